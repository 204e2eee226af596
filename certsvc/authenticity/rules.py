"""What an authenticity check answers.

- The answer lists what was checked and what was not; it never says more than its weakest part.
- A genuine file can be out of force: expired or withdrawn copies are not "authentic".
- Whoever only scans a QR code sees masked data and never the file.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from signing.report import Check, Outcome, ReportedSeal, ValidationReport, Verdict


class AuthenticityVerdict(StrEnum):
    """The answer in one word."""

    AUTHENTIC = "authentic"
    """Genuine, unchanged and in force; registered here, where the register was asked."""
    NOT_IN_FORCE = "not_in_force"
    """Genuine, but the copy has expired."""
    UNDECIDED = "undecided"
    """Something that is needed for an answer could not be checked."""
    NOT_AUTHENTIC = "not_authentic"
    """Changed, not sealed, or not what it claims to be."""


VALIDITY = "validity"
"""Name of the check whether the copy is in force."""


class CopyState(StrEnum):
    """How a registered copy stands."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class CopySummary:
    """What anyone may know of a registered copy."""

    type_name: str
    """Certificate type."""
    identifier: str
    """证照标识."""
    copy_number: str
    """Number of the copy."""
    masked_holder_name: str
    """Holder's name, all but the first character hidden."""
    masked_holder_code: str
    """Holder's code, its middle hidden."""
    producing_unit: str
    """制作单位."""
    extracting_unit: str
    """提取单位."""
    matter: str
    """事项."""
    extracted_at: datetime
    """提取时间."""
    valid_until: date
    """Last day of the copy's life."""
    state: CopyState
    """How it stands now."""


@dataclass(frozen=True, kw_only=True)
class AuthenticityReport:
    """The answer to a check."""

    verdict: AuthenticityVerdict
    """In one word."""
    sub_indication: str | None
    """Reason in EN 319 102-1 terms, if the seal did not pass."""
    checked_at: datetime
    """When."""
    checks: tuple[Check, ...]
    """Everything that was looked at, in order."""
    seals: tuple[ReportedSeal, ...]
    """The seals that were found."""
    copy: CopySummary | None
    """The registered copy, if there is one."""


def judge(report: ValidationReport, register: tuple[Check, ...]) -> AuthenticityVerdict:
    """Draw the verdict from the file's own validation and the register.

    1. The seal failed: not authentic.
    2. It could not be judged, or bears no trusted timestamp: undecided.
    3. Its validity has ended: not in force.
    4. The register does not know it: undecided.
    5. Nothing failed: authentic.
    """
    if report.verdict is Verdict.TOTAL_FAILED:
        return AuthenticityVerdict.NOT_AUTHENTIC
    if report.verdict is Verdict.INDETERMINATE:
        return AuthenticityVerdict.UNDECIDED
    if not all(_is_timestamped(report, number) for number in range(len(report.seals))):
        return AuthenticityVerdict.UNDECIDED
    failed = {check.name for check in register if check.outcome is Outcome.FAILED}
    if VALIDITY in failed:
        return AuthenticityVerdict.NOT_IN_FORCE
    return AuthenticityVerdict.UNDECIDED if failed else AuthenticityVerdict.AUTHENTIC


def _is_timestamped(report: ValidationReport, seal: int) -> bool:
    # Our seals all are (PAdES B-T); without one nobody knows when the seal was made.
    return report.check("timestamp", seal=seal).outcome is Outcome.PASSED
