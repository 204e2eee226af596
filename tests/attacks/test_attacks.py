"""Every published class of attack on signed PDFs, rebuilt against our own seals: none is accepted.

The table is in the `cases_…` files beside this one.
"""

import importlib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from certsvc.foundation.messages.catalogue import Language, load_catalogue
from signing.report import Check, Outcome, SubIndication, ValidationReport, Verdict
from signing.validation import validate_document
from tests.attacks.catalogue import ATTACKS
from tests.support.seals import NOW, sealed_document

for _file in sorted(Path(__file__).parent.glob("cases_*.py")):
    importlib.import_module(f"tests.attacks.{_file.stem}")

_MINIMUM = 60
_PUBLISHED = {
    "universal signature forgery",
    "incremental saving",
    "signature wrapping",
    "shadow",
    "evil annotation",
    "sneaky signature",
    "byte range",
    "cross-references",
    "polyglot",
    "certificate",
    "algorithm downgrade",
    "timestamp",
}


@cache
def _file(label: str) -> bytes:
    return ATTACKS[label].make()


@cache
def _report(label: str) -> ValidationReport:
    """Each attack is built and judged once, if one process runs all that is asked of it."""
    return validate_document(_file(label), trust=ATTACKS[label].trusting(), at=NOW)


def _failed(report: ValidationReport) -> list[Check]:
    return [check for check in report.checks if check.outcome is Outcome.FAILED]


@pytest.mark.parametrize("label", ATTACKS)
def test_no_attack_is_accepted_and_the_right_step_says_so_in_words(label: str) -> None:
    report = _report(label)
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert report.sub_indication is not None
    failed = _failed(report)
    codes = [check.code.removeprefix("validation.") for check in failed]
    step = ATTACKS[label].step
    assert any(code == step or code.split(".")[0] == step for code in codes), codes
    catalogue = load_catalogue()
    for check in failed:
        assert check.code in catalogue
        for language in Language:
            assert catalogue.text(check.code, language, check.params).strip()


def test_there_are_enough_of_every_class() -> None:
    groups = Counter(attack.group for attack in ATTACKS.values())
    assert len(ATTACKS) >= _MINIMUM
    assert set(groups) >= _PUBLISHED
    assert all(groups[name] >= 3 for name in _PUBLISHED), groups


def test_each_is_a_file_of_its_own() -> None:
    # Signatures are random, so only what the attacker laid out can be compared: all of them
    # but the honest file, and each other.
    files = {label: _file(label) for label in ATTACKS}
    assert [label for label, file in files.items() if file == sealed_document()] == []
    twins = [file for file, count in Counter(files.values()).items() if count > 1]
    assert [label for label, file in files.items() if file in twins] == []


@pytest.mark.parametrize(
    "label",
    [
        "incremental saving/content replaced",
        "incremental saving/catalog replaced",
        "incremental saving/comment appended",
        "evil annotation/free text",
    ],
)
def test_an_update_of_a_certified_file_is_a_definite_failure(label: str) -> None:
    report = _report(label)
    assert (report.verdict, report.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.FORMAT_FAILURE,
    )
    assert report.check("digest").outcome is Outcome.PASSED  # the sealed part is as it was
