"""Examining a file without the register, and assembling the report of all steps.

Nothing here asks a database, so that a file can be checked where there is none.
"""

from dataclasses import dataclass
from datetime import date, datetime

from certsvc.certificates.extraction.rules import is_in_force
from certsvc.certificates.extraction.twins import (
    Twin,
    TwinForeignError,
    TwinMalformedError,
    read_twin,
)
from certsvc.foundation.storage.objects import digest_of
from certsvc.verification.authenticity.defects import guarded
from certsvc.verification.authenticity.file_kinds import kind_of
from certsvc.verification.authenticity.pictures import check_pictures, not_compared, sealed_sizes
from certsvc.verification.authenticity.rules import (
    VALIDITY,
    AuthenticityAnswer,
    AuthenticityReport,
    CopySummary,
    Original,
    check,
    conclude,
    judge,
)
from certsvc.verification.authenticity.twin import TWIN_NAME, GetPaperParts, check_twin
from signing.pdf.attachments import read_attachment
from signing.report import Check, Outcome, Param, ValidationReport, Verdict

THEN, NOW = "seal-status-then", "seal-status-now"
"""Names of the checks of a seal's state when it was used, and now."""
_MOST_DRAWN = 3
"""Seals in one file whose pages are compared."""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A document and what the validator and the comparison of its data found."""

    content: bytes
    report: ValidationReport
    twin: Check
    data: Twin | None = None
    """What a file that passed says of itself."""

    @property
    def has_passed(self) -> bool:
        """Whether every seal passed."""
        return self.report.verdict is Verdict.TOTAL_PASSED


def examine(content: bytes, report: ValidationReport, parts: GetPaperParts | None) -> Examined:
    """Compare the data of a document that passed with its pages.

    Args:
        content: The document.
        report: What the validator found in it.
        parts: Opens what the paper is set with again; None: it is not set again.
    """
    if report.verdict is not Verdict.TOTAL_PASSED:
        twin = check("twin", Outcome.NOT_CHECKED, "not-reached")
        return Examined(content=content, report=report, twin=twin)
    twin = guarded("twin", lambda: check_twin(content, parts))
    return Examined(content=content, report=report, twin=twin, data=_read_data(content))


def _read_data(content: bytes) -> Twin | None:
    try:
        return read_twin(read_attachment(content, TWIN_NAME) or b"null")
    except (TwinForeignError, TwinMalformedError):
        return None


def compare_pictures(examined: Examined, *, is_claimed: bool) -> list[Check]:
    """Compare the pages with those of each seal that only an archive's revisions follow."""
    if not examined.has_passed:
        return []
    sizes = sealed_sizes(examined.content, examined.report)
    if len(sizes) > _MOST_DRAWN:
        return [not_compared(is_claimed=is_claimed)]
    return [
        check_pictures(examined.content[:size], examined.content, is_claimed=is_claimed)
        for size in sizes
    ]


def check_sealed_validity(data: Twin | None, now: datetime) -> Check:
    """Check the last day of validity according to the sealed data."""
    if data is None:
        return check(VALIDITY, Outcome.NOT_CHECKED, "unknown")
    return check_last_day(data.valid_until, now)


def statuses_not_asked(count: int, reason: str) -> tuple[Check, ...]:
    """Return steps saying that the register was not consulted, one per seal."""
    return tuple(
        check(name, Outcome.NOT_CHECKED, reason, seal=number)
        for number in range(count)
        for name in (THEN, NOW)
    )


def check_last_day(valid_until: date, now: datetime) -> Check:
    """Check the last day of validity."""
    params: dict[str, Param] = {"date": valid_until.isoformat()}
    if is_in_force(valid_until, now):
        return check(VALIDITY, Outcome.PASSED, "in-force", params)
    return check(VALIDITY, Outcome.FAILED, "expired", params)


def assemble(
    examined: Examined,
    own: list[Check],
    now: datetime,
    *,
    copy: CopySummary | None = None,
    original: Original | None = None,
) -> AuthenticityReport:
    """Assemble the report from the validator's steps and the service's own."""
    report, own_checks = examined.report, tuple(own)
    answer = judge(report, own_checks)
    is_unreadable = answer is AuthenticityAnswer.UNREADABLE
    return AuthenticityReport(
        answer=answer,
        file_kind=kind_of(examined.content) if is_unreadable else None,
        checked_at=now,
        sha256=digest_of(examined.content),
        size=len(examined.content),
        checks=(*report.checks, *own_checks),
        seals=conclude(report, own_checks),
        copy=copy,
        original=original,
    )
