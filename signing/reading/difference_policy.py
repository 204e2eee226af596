"""pyHanko's rules for what may be added to a signed file, and one more."""

from collections.abc import Iterator

from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    ModificationLevel,
    ReferenceUpdate,
    StandardDiffPolicy,
    WhitelistRule,
)
from typing_extensions import override


class _UnlistedStreamRule(WhitelistRule):
    """Lets the number of a cross-reference stream that does not list itself be used again.

    PDFBox, and so EU DSS, gives it to the next object. Should anything have pointed to that number
    before, the second opinion sees the difference.
    """

    @override
    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        xrefs = new.reader.xrefs
        for revision in range(old.revision + 1):
            stream = xrefs.get_xref_container_info(revision).stream_ref
            if stream is not None and xrefs.get_historical_ref(stream, old.revision) is None:
                yield ReferenceUpdate(stream)


POLICY = StandardDiffPolicy(
    global_rules=[
        *DEFAULT_DIFF_POLICY.global_rules,
        _UnlistedStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    form_rule=DEFAULT_DIFF_POLICY.form_rule,
)
