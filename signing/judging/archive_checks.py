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
from time import thread_time

from signing.checklist import Evidence, StepFailedError
from signing.cms.foreign_cms import cut_foreign_container
from signing.judging.coverage_checks import check_whole_file, cut_container, find_hole
from signing.judging.timestamp_checks import check_timestamp
from signing.judging.validation_context import ArchiveTime, ValidationContext
from signing.reading.document_facts import SignatureFacts
from signing.report import SubIndication

_TIME_LIMIT_S = 1.0
"""Seconds of processor time after which no further timestamp is looked at."""

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
    """
    if len({facts.byte_range for facts in timestamps}) < len(timestamps):
        raise StepFailedError("repeated", SubIndication.SIG_CONSTRAINTS_FAILURE)
    times: list[ArchiveTime] = []
    started = thread_time()
    for facts in reversed(timestamps):
        if thread_time() - started > _TIME_LIMIT_S:
            raise StepFailedError("too-costly", SubIndication.GENERIC)
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
