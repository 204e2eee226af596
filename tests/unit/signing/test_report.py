"""The verdict follows from the checks and never says more than the weakest."""

import itertools

import pytest

from signing.report import Check, Outcome, SubIndication, ValidationReport, Verdict, judge
from tests.support.seals import NOW


def _check(outcome: Outcome, why: SubIndication | None = None) -> Check:
    return Check(name="digest", outcome=outcome, code="validation.digest.x", sub_indication=why)


_PASSED, _SKIPPED = _check(Outcome.PASSED), _check(Outcome.NOT_CHECKED)
_WEAK = _check(Outcome.FAILED, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
_BROKEN = _check(Outcome.FAILED, SubIndication.HASH_FAILURE)


@pytest.mark.parametrize(
    ("checks", "verdict", "why"),
    [
        ([], Verdict.INDETERMINATE, SubIndication.GENERIC),
        ([_SKIPPED], Verdict.INDETERMINATE, SubIndication.GENERIC),
        ([_PASSED, _SKIPPED], Verdict.TOTAL_PASSED, None),
        ([_PASSED, _WEAK], Verdict.INDETERMINATE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        ([_WEAK, _BROKEN], Verdict.TOTAL_FAILED, SubIndication.HASH_FAILURE),
        ([_check(Outcome.FAILED)], Verdict.INDETERMINATE, SubIndication.GENERIC),
    ],
)
def test_verdicts(checks: list[Check], verdict: Verdict, why: SubIndication | None) -> None:
    for order in itertools.permutations(checks):
        report = ValidationReport(checks=order, validated_at=NOW)
        assert (report.verdict, report.sub_indication) == (verdict, why)


@pytest.mark.parametrize("why", list(SubIndication))
def test_no_failure_passes(why: SubIndication) -> None:
    verdict, said = judge([_PASSED, _check(Outcome.FAILED, why)])
    assert verdict is not Verdict.TOTAL_PASSED
    assert said is why


def test_a_check_is_found_by_name() -> None:
    report = ValidationReport(checks=(_PASSED,), validated_at=NOW)
    assert report.check("digest") is _PASSED
    with pytest.raises(KeyError):
        report.check("timestamp")
