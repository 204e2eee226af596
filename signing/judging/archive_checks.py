"""The archive timestamps of a document, from the last to the first (EN 319 102-1 5.6.2.4).

1. each covers the file from its start to the end of its revision, but its own hole;
2. what follows that revision only archives;
3. its token is of these bytes, and of a trusted authority
(:mod:`signing.judging.timestamp_checks`);
4. the last must be good now, each earlier one when the next was made;
5. no two are one and the same under two names, and there is a limit to what they may cost.

So each proves that what it covers existed at its time, and nothing of what was added later.
"""

from collections.abc import Sequence
from datetime import datetime

from signing.checklist import Evidence, StepFailedError, StepUnfinishedError
from signing.cms.foreign_cms import cut_foreign_container
from signing.judging.coverage_checks import check_whole_file, cut_container, find_hole
from signing.judging.timestamp_checks import check_timestamp
from signing.judging.validation_context import ArchiveTime, ValidationContext
from signing.reading.signature_fields import SignatureFacts
from signing.report import SubIndication

_COVERED_LIMIT = 4 << 30
"""Bytes that the timestamps of a file may cover together: they are digested anew for each."""

_CONTAINERS_LIMIT = 2 << 20
"""Bytes that their containers may have together."""

_TIMESTAMP_LIMIT = 100
"""A file that is archived anew each year needs one a year."""

_SUB_FILTER = "/ETSI.RFC3161"


def check_archive_timestamps(
    document: bytes, timestamps: Sequence[SignatureFacts], context: ValidationContext
) -> tuple[ArchiveTime, ...]:
    """Check all of them.

    Args:
        document: The file.
        timestamps: Its document timestamps, in the order of what they cover.
        context: Whom to trust, and when.

    Returns:
        What they prove, the first one first.

    Raises:
        StepFailedError: One of them breaks a rule.
        StepUnfinishedError: There are too many to be looked at.
    """
    if len({facts.byte_range for facts in timestamps}) < len(timestamps):
        raise StepFailedError("repeated", SubIndication.SIG_CONSTRAINTS_FAILURE)
    contained = sum(len(facts.contents.rstrip(b"\x00")) for facts in timestamps)
    most = min(_TIMESTAMP_LIMIT, _COVERED_LIMIT // len(document))
    if len(timestamps) > most or contained > _CONTAINERS_LIMIT:
        raise StepUnfinishedError("too-costly")
    times: list[ArchiveTime] = []
    for facts in reversed(timestamps):
        proven_at = times[0].at if times else context.at
        times.insert(0, _check_one(document, facts, context, proven_at))
    return tuple(times)


def _check_one(
    document: bytes, facts: SignatureFacts, context: ValidationContext, proven_at: datetime
) -> ArchiveTime:
    if facts.sub_filter != _SUB_FILTER:
        raise StepFailedError("sub-filter", SubIndication.FORMAT_FAILURE)
    hole = find_hole(document, facts)
    check_whole_file(document, hole, facts)
    cut = cut_container if hole.ours else _cut_foreign
    checked = check_timestamp(
        cut(facts.contents),
        lambda name: hole.digest(document, name),
        context=context,
        proven_at=proven_at,
        strict=hole.ours,
    )
    return ArchiveTime(at=checked.at, covered_end=hole.covered_end)


def _cut_foreign(contents: bytes) -> bytes:
    encoded, _ = cut_foreign_container(contents)
    return encoded


def describe(times: tuple[ArchiveTime, ...]) -> Evidence:
    """Evidence of timestamps that passed."""
    return {"count": len(times), "first": times[0].at.isoformat(), "last": times[-1].at.isoformat()}
