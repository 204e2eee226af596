"""The validator's report: a checklist with evidence, and the verdict derived from it.

* Verdict and sub-indication are those of ETSI EN 319 102-1 clause 5.1.3.
* The verdict is computed from the checks and never says more than the weakest of them.
* A step that was not done is reported as *not checked*, never as passed. It lowers the verdict to
  INDETERMINATE only if it has a sub-indication: the step could not be finished, for a limit or a
  defect of ours, so nobody knows how it would have ended.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from signing.levels import Level


class Outcome(enum.Enum):
    """How one step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"
    """Not done, or not finished: :func:`is_unfinished`."""


class Verdict(enum.Enum):
    """ETSI EN 319 102-1 main status indication."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


class SubIndication(enum.Enum):
    """ETSI EN 319 102-1 tables 5 and 6, as far as this validator uses them."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    GENERIC = "GENERIC"


_DEFINITE = {
    SubIndication.FORMAT_FAILURE,
    SubIndication.HASH_FAILURE,
    SubIndication.SIG_CRYPTO_FAILURE,
    SubIndication.REVOKED,
}

Param = str | int


@dataclass(frozen=True, kw_only=True)
class Check:
    """One step of the checklist."""

    name: str
    """Stable name of the step, such as ``digest``."""

    outcome: Outcome
    """How it ended."""

    code: str
    """Stable code of the sentence, such as ``validation.digest.passed``."""

    params: Mapping[str, Param] = field(default_factory=dict)
    """Fill the sentence."""

    evidence: Mapping[str, Param] = field(default_factory=dict)
    """What was looked at: offsets, algorithms, serial numbers, times."""

    sub_indication: SubIndication | None = None
    """Why it lowers the verdict, in the standard's terms; none of a step that does not."""

    seal: int | None = None
    """Index of the seal it is about; ``None`` for the document."""


@dataclass(frozen=True, kw_only=True)
class ReportedSeal:
    """One seal as it presents itself; the checks say which of its claims hold."""

    field_name: str
    """Name of the signature field."""

    signer_name: str
    """Common name of the signing certificate."""

    organisation: str
    """Organisation of the signing certificate."""

    issuer_name: str
    """Common name of its issuer."""

    certificate_serial: str
    """Serial number of the signing certificate, hexadecimal."""

    reason: str
    """What the seal says it is for."""

    location: str
    """Where the seal says it was made."""

    claimed_at: datetime | None
    """When the signer says it was made; proves nothing."""

    timestamp_at: datetime | None
    """When a trusted authority saw it; ``None`` unless the timestamp check passed."""

    level: Level | None
    """Baseline level reached; ``None`` if it is no valid baseline signature."""

    signature_algorithm: str = ""
    """Algorithm of the signature value."""


@dataclass(frozen=True, kw_only=True)
class ValidationReport:
    """A validation report."""

    checks: tuple[Check, ...]
    """Every step, in order."""

    seals: tuple[ReportedSeal, ...] = ()
    """Every seal found."""

    validated_at: datetime
    """The time the validation was done for."""

    @property
    def verdict(self) -> Verdict:
        """The overall status: what the weakest check allows."""
        return judge(self.checks)[0]

    @property
    def sub_indication(self) -> SubIndication | None:
        """Why it is not passed."""
        return judge(self.checks)[1]

    def check(self, name: str, *, seal: int | None = 0) -> Check:
        """The check of that name, of the document or of the seal.

        Raises:
            KeyError: There is none.
        """
        for check in self.checks:
            if check.name == name and check.seal in (None, seal):
                return check
        raise KeyError(name)


def judge(checks: Iterable[Check]) -> tuple[Verdict, SubIndication | None]:
    """Overall status of a checklist; an empty one is not a pass."""
    checks = tuple(checks)
    failed = [check.sub_indication or SubIndication.GENERIC for check in checks if _failed(check)]
    definite = next((reason for reason in failed if reason in _DEFINITE), None)
    if definite is not None:
        return Verdict.TOTAL_FAILED, definite
    if failed:
        return Verdict.INDETERMINATE, failed[0]
    if any(is_unfinished(check) for check in checks):
        return Verdict.INDETERMINATE, SubIndication.GENERIC
    if not any(check.outcome is Outcome.PASSED for check in checks):
        return Verdict.INDETERMINATE, SubIndication.GENERIC
    return Verdict.TOTAL_PASSED, None


def is_unfinished(check: Check) -> bool:
    """Whether the step was begun and not finished, for a limit or a defect of ours."""
    return check.outcome is Outcome.NOT_CHECKED and check.sub_indication is not None


def _failed(check: Check) -> bool:
    return check.outcome is Outcome.FAILED
