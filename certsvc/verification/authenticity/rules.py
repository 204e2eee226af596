"""Answers of authenticity checks.

- The verdict is that of ETSI EN 319 102-1, over every step that was done: no failed step, ours or
  the validator's, goes with a pass. Each seal has a verdict of its own beside it.
- The answer is the service's own word for people, and never says more than the verdict.
- No answer is better than the register's: a file that says it is ours is authentic only if it is
  what we registered.
- A genuine file can be out of force: an expired or withdrawn copy, or one of a record that was
  suspended, revoked, cancelled or superseded, is not "authentic".
- Whoever only scans a QR code sees masked data and never the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from certsvc.certificates.extraction.rules import CopyState
from certsvc.certificates.records.rules import ReasonCode, RecordState
from signing.report import (
    Check,
    Outcome,
    Param,
    ReportedSeal,
    SubIndication,
    ValidationReport,
    Verdict,
    is_unfinished,
)
from signing.report import judge as weakest


class AuthenticityAnswer(StrEnum):
    """The overall answer."""

    AUTHENTIC = "authentic"
    """Authentic, unchanged and in force; registered here, if the register was consulted."""
    REGISTERED = "registered"
    """The code belongs to a copy in force; the paper itself was not compared."""
    NOT_IN_FORCE = "not_in_force"
    """Genuine, but not to be used: the copy has expired or was withdrawn, or its record was
    suspended, revoked, cancelled or superseded."""
    UNDECIDED = "undecided"
    """Something that is needed for an answer could not be checked."""
    UNSEALED = "unsealed"
    """A sound file without any seal: nothing says where it comes from."""
    UNREADABLE = "unreadable"
    """No PDF, or one that cannot be read whole: a photo, an archive, half a download."""
    NOT_AUTHENTIC = "not_authentic"
    """Changed, or not what it claims to be."""


VALIDITY = "validity"
"""Name of the check whether the copy is in force."""
RECORD_STATE = "record-state"
"""Name of the check how the record stands that the copy was made of."""
REGISTER = "register"
"""Name of the check how the file stands to what was issued here."""
IN_HAND = "in-hand"
"""Name of the check that the paper in somebody's hand is the registered copy."""


@dataclass(frozen=True, kw_only=True)
class RecordStanding:
    """Public state of a record: with the reason code, never the reason itself."""

    state: RecordState
    """State now."""
    since: datetime
    """Since when: for an expired record, of its last change."""
    reason_code: ReasonCode
    """Reason code of the last change."""
    successor: str | None = None
    """证照标识 of the version that was issued in its place."""


@dataclass(frozen=True, kw_only=True)
class CopySummary:
    """Public data of a registered copy."""

    type_name: str
    """Certificate type."""
    type_name_en: str | None
    """Its English name."""
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
    matter_en: str | None
    """Its English name."""
    extracted_at: datetime
    """提取时间."""
    valid_until: date
    """Last day of the copy's life."""
    state: CopyState
    """How it stands now, its record's end included."""
    record: RecordStanding
    """How the record stands that it was made of."""
    withdrawn_at: datetime | None = None
    """When its unit withdrew it."""


@dataclass(frozen=True, kw_only=True)
class Original:
    """Public data of the original of a file that falsely claims to be ours."""

    copy_number: str | None
    """提取编号; None if only the record is known."""
    identifier: str
    """证照标识."""
    producing_unit: str
    """制作单位, whom anyone may ask."""
    extracting_unit: str | None
    """提取单位, which has the original."""


@dataclass(frozen=True, kw_only=True)
class SealConclusion:
    """Verdict on one seal, independent of the certificate's state."""

    seal: ReportedSeal
    """The seal as it presents itself."""
    verdict: Verdict
    """Of this seal."""
    sub_indication: SubIndication | None
    """Why it did not pass."""


@dataclass(frozen=True, kw_only=True)
class AuthenticityReport:
    """The answer to a check."""

    answer: AuthenticityAnswer
    """Overall answer."""
    file_kind: str | None
    """What an unreadable file looks like; None for any other."""
    checked_at: datetime
    """When."""
    sha256: str
    """Digest of the bytes that were checked."""
    size: int
    """Their number."""
    checks: tuple[Check, ...]
    """All steps, in order."""
    seals: tuple[SealConclusion, ...]
    """The seals that were found."""
    copy: CopySummary | None
    """The registered copy, if the file is it."""
    original: Original | None = None
    """The registered original, if the file says it is ours and is not."""

    @property
    def is_compared(self) -> bool:
        """Whether the file was compared with the register."""
        return not any(step.code == NOT_ASKED for step in self.checks)

    @property
    def verdict(self) -> Verdict:
        """EN 319 102-1 main status: what the weakest of all steps allows."""
        return weakest(self.checks)[0]

    @property
    def sub_indication(self) -> SubIndication | None:
        """Why it is not TOTAL-PASSED."""
        return weakest(self.checks)[1]


def check(
    name: str,
    outcome: Outcome,
    reason: str,
    params: Mapping[str, Param] | None = None,
    *,
    why: SubIndication | None = None,
    seal: int | None = None,
) -> Check:
    """Create a step of the service's own; its sentence is `check.<name>.<reason>`.

    `why` is for failed steps: GENERIC unless the standard has a closer word.
    """
    failed = outcome is Outcome.FAILED
    return Check(
        name=name,
        outcome=outcome,
        code=f"check.{name}.{reason}",
        params=params or {},
        evidence=params or {},
        sub_indication=(why or SubIndication.GENERIC) if failed else None,
        seal=seal,
    )


def conclude(report: ValidationReport, own: tuple[Check, ...]) -> tuple[SealConclusion, ...]:
    """Draw each seal's verdict from the steps about the document and about that seal."""
    document = [step for step in report.checks if step.seal is None]
    own = tuple(step for step in own if step.name in _ABOUT_SEALS)
    found = []
    for number, seal in enumerate(report.seals):
        steps = [step for step in (*report.checks, *own) if step.seal == number]
        verdict, reason = weakest([*document, *steps])
        found.append(SealConclusion(seal=seal, verdict=verdict, sub_indication=reason))
    return tuple(found)


_ABOUT_SEALS = frozenset({"seal-status-then", "seal-status-now"})


def judge(report: ValidationReport, own: tuple[Check, ...]) -> AuthenticityAnswer:
    """Draw the answer from the file's own validation and the service's steps.

    1. A limit or a defect of ours ended a step, and nothing is proven false: undecided.
    2. No PDF that can be read: unreadable. No seal on it: unsealed.
    3. The seal failed: not authentic.
    4. It could not be judged, or bears no trusted timestamp: undecided.
    5. The register was asked and did not find it, or another step of the service failed that is
       not about validity and record: undecided.
    6. Its validity has ended, or its record is not in force: not in force.
    7. Only the registered file was looked at, not what is in somebody's hand: registered.
    8. Nothing failed: authentic.
    """
    is_proven_false = report.verdict is Verdict.TOTAL_FAILED
    if any(map(is_unfinished, report.checks)):
        answers = AuthenticityAnswer
        return answers.NOT_AUTHENTIC if is_proven_false else answers.UNDECIDED
    failed = {step.name for step in report.checks if step.outcome is Outcome.FAILED}
    if report.check("seal-present").outcome is Outcome.NOT_CHECKED:
        return AuthenticityAnswer.UNREADABLE
    if not report.seals and failed <= {"file-structure", "seal-present"}:
        return AuthenticityAnswer.UNSEALED
    if is_proven_false:
        return AuthenticityAnswer.NOT_AUTHENTIC
    timestamped = all(_is_timestamped(report, number) for number in range(len(report.seals)))
    if report.verdict is Verdict.INDETERMINATE or not timestamped:
        return AuthenticityAnswer.UNDECIDED
    return _judge_own(own)


def _judge_own(own: tuple[Check, ...]) -> AuthenticityAnswer:
    failed = {step.name for step in own if step.outcome is Outcome.FAILED}
    if failed - {VALIDITY, RECORD_STATE} or not _has_the_registers_word(own):
        return AuthenticityAnswer.UNDECIDED
    if failed:
        return AuthenticityAnswer.NOT_IN_FORCE
    by_code = any(step.name == IN_HAND for step in own)
    return AuthenticityAnswer.REGISTERED if by_code else AuthenticityAnswer.AUTHENTIC


def _has_the_registers_word(own: tuple[Check, ...]) -> bool:
    """Tell whether the file is registered, or there is no register."""
    asked = [step for step in own if step.name == REGISTER]
    return bool(asked) and all(
        step.outcome is Outcome.PASSED or step.code == NOT_ASKED for step in asked
    )


NOT_OURS = "check.register.not-ours"
"""Code of the register's step for a file whose seal is none of this installation's."""
NOT_ASKED = "check.register.not-asked"
"""Code of the register's step where there is no register."""


def _is_timestamped(report: ValidationReport, seal: int) -> bool:
    # All of our seals have one (PAdES B-T and above); without it the time of sealing is unproven.
    return report.check("timestamp", seal=seal).outcome is Outcome.PASSED
