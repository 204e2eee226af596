"""What a hostile file calls itself cannot forge a line of the report."""

import unicodedata
from dataclasses import asdict, replace

import pytest

from signing.pdf.foreign_text import presentable
from signing.report import Verdict
from signing.validation import validate_document
from tests.attacks.cases_identity import root, sealed_as, trusting
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import NOW, sample_document, seal, seal_spec, validate

_HOSTILE = "\x1b[2J\x1b[32m真实 \u202egnp\u202c\x07\r\n结论：真实\u2028x\x00"
_CLEAN = r"\u001b[2J\u001b[32m真实 \u202egnp\u202c\u0007\u000d\u000a结论：真实\u2028x\u0000"


def _invisible(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}]


def test_a_certificate_cannot_speak_to_the_terminal() -> None:
    issued = issue(Wish(name=_HOSTILE), root())
    report = validate_document(sealed_as(issued), trust=trusting(), at=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.seals[0].signer_name == _CLEAN
    shown = [*asdict(report.seals[0]).values()]
    shown += [value for check in report.checks for value in check.params.values()]
    assert [value for value in shown if isinstance(value, str) and _invisible(value)] == []


def test_a_signature_cannot_either() -> None:
    spec = replace(seal_spec(reason=_HOSTILE), location=_HOSTILE, field_name="x\x1b[0m")
    reported = validate(seal(sample_document(), spec=spec)).seals[0]
    assert (reported.reason, reported.location) == (_CLEAN, _CLEAN)
    assert reported.field_name == r"x\u001b[0m"


@pytest.mark.parametrize("text", ["示范区人民政府（演示）", "O'Neil & Søn", "𠮷野 🏛", ""])
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert presentable(text) == text


def test_a_text_is_not_endless() -> None:
    assert len(presentable("甲" * 10_000)) == 500


def test_a_spelled_out_escape_is_not_like_ours() -> None:
    assert presentable("a\u202eb") == r"a\u202eb"
    assert presentable(r"a\u202eb") == r"a\\u202eb"


def test_no_escape_is_cut_in_two() -> None:
    assert presentable("甲" * 499 + "\\") == presentable("甲" * 499 + "\u202e") == "甲" * 499
