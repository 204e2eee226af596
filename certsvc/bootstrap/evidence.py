"""Parts of the wing `evidence`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.sealing import SealingParts

if TYPE_CHECKING:
    from certsvc.evidence.sources.call_log import SourceCallLog
    from certsvc.evidence.sources.service import SourceRegister


class EvidenceParts(SealingParts):
    """Adds the sources of data."""

    @cached_property
    def sources(self) -> SourceRegister:
        """The connected departments' databases."""
        from certsvc.evidence.sources.configuration import read_sources
        from certsvc.evidence.sources.service import SourceRegister

        path = self.settings.in_home(self.settings.sources_file, "sources.toml")
        return SourceRegister(
            read_sources(path),
            http=self.http.direct,
            record=self.source_calls.add,
            clock=self.clock,
            fictional_areas=self.settings.mode == "demonstration",
        )

    @cached_property
    def source_calls(self) -> SourceCallLog:
        """Stores the outcomes of calls to the sources."""
        from certsvc.evidence.sources.call_log import SourceCallLog

        return SourceCallLog(self.database)
