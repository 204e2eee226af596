"""The answer follows from the steps, and never says more than the weakest of them."""

from datetime import UTC, datetime

import pytest

from certsvc.verification.authenticity.rules import AuthenticityAnswer, check, conclude, judge
from signing.report import (
    Check,
    Outcome,
    ReportedSeal,
    SubIndication,
    ValidationReport,
    Verdict,
)

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PASSED, FAILED, NOT_CHECKED = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_CHECKED
SEAL = ReportedSeal(
    field_name="f",
    signer_name="s",
    organisation="o",
    issuer_name="i",
    certificate_serial="1",
    reason="",
    location="",
    claimed_at=None,
    timestamp_at=NOW,
    level=None,
)


def step(
    name: str, outcome: Outcome, why: SubIndication | None = None, seal: int | None = None
) -> Check:
    return Check(name=name, outcome=outcome, code=name, sub_indication=why, seal=seal)


def report(*checks: Check, seals: int = 1) -> ValidationReport:
    timestamps = [step("timestamp", PASSED, seal=number) for number in range(seals)]
    return ValidationReport(checks=(*checks, *timestamps), seals=(SEAL,) * seals, validated_at=NOW)


PRESENT = step("seal-present", PASSED)
IRREGULAR = step("file-structure", FAILED, SubIndication.SIG_CONSTRAINTS_FAILURE)
DAMAGED = step("file-structure", FAILED, SubIndication.FORMAT_FAILURE)
NO_SEAL = step("seal-present", FAILED, SubIndication.SIGNED_DATA_NOT_FOUND)
CHANGED = step("digest", FAILED, SubIndication.HASH_FAILURE, seal=0)
EXPIRED = check("validity", FAILED, "expired")
KNOWN = check("register", PASSED, "known")
OFFLINE = check("register", NOT_CHECKED, "not-asked")
ADDED = check("register", FAILED, "added")
DREW = check("pictures", FAILED, "picture")
UNKNOWN = check("register", FAILED, "unknown")
NOT_OURS = check("register", NOT_CHECKED, "not-ours")
IN_HAND = check("in-hand", NOT_CHECKED, "not-compared")
STOPPED = check("seal-status-then", FAILED, "not-in-use", seal=0)


@pytest.mark.parametrize(
    ("validated", "own", "answer"),
    [
        (report(PRESENT), (KNOWN,), AuthenticityAnswer.AUTHENTIC),
        (report(PRESENT), (OFFLINE,), AuthenticityAnswer.AUTHENTIC),
        (report(PRESENT), (), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (ADDED,), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (ADDED, EXPIRED), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (KNOWN, DREW), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (OFFLINE, DREW), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (KNOWN, ADDED), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (KNOWN, IN_HAND), AuthenticityAnswer.REGISTERED),
        (report(PRESENT), (KNOWN, EXPIRED), AuthenticityAnswer.NOT_IN_FORCE),
        (report(PRESENT), (KNOWN, EXPIRED, IN_HAND), AuthenticityAnswer.NOT_IN_FORCE),
        (report(PRESENT), (EXPIRED, UNKNOWN), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (KNOWN, STOPPED), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT), (NOT_OURS,), AuthenticityAnswer.UNDECIDED),
        (report(PRESENT, CHANGED), (KNOWN,), AuthenticityAnswer.NOT_AUTHENTIC),
        (report(PRESENT, IRREGULAR), (KNOWN,), AuthenticityAnswer.UNDECIDED),
        (report(DAMAGED, step("seal-present", NOT_CHECKED), seals=0), (), "unreadable"),
        (report(step("file-structure", PASSED), NO_SEAL, seals=0), (), "unsealed"),
        (report(IRREGULAR, NO_SEAL, seals=0), (), "unsealed"),
    ],
)
def test_the_answer(
    validated: ValidationReport, own: tuple[Check, ...], answer: AuthenticityAnswer
) -> None:
    assert judge(validated, own) == answer


def test_each_seal_is_concluded_by_itself() -> None:
    first, second = conclude(report(PRESENT, CHANGED, seals=2), (EXPIRED, UNKNOWN))
    assert (first.verdict, first.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.HASH_FAILURE,
    )
    assert second.verdict is Verdict.TOTAL_PASSED
    (stopped,) = conclude(report(PRESENT), (STOPPED,))
    assert stopped.verdict is Verdict.INDETERMINATE
    (document,) = conclude(report(PRESENT, IRREGULAR), ())
    assert document.verdict is Verdict.INDETERMINATE
