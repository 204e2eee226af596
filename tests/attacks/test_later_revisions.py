"""Hundreds of later revisions that draw something, hide something or only pretend to archive.

Each is appended without any key to a good file, drawn by two viewers and judged once; whatever
is not what our archiver writes is accepted by nobody.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pytest

from certsvc.verification.authenticity.offline import check_file_offline
from certsvc.verification.authenticity.rules import AuthenticityAnswer
from signing.archiving import renew_archive
from signing.report import Outcome, Verdict
from tests.attacks.later_pictures import by_mupdf, by_pdfium
from tests.attacks.later_subjects import Subject, subject
from tests.attacks.later_variants import VARIANTS, Variant
from tests.support import foreign_updates as updates
from tests.support.foreign_seals import Wishes, sign
from tests.support.seals import NOW, material_gatherer, timestamp_authority, trust

_MINIMUM = 300
_PARTS = 8


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What came of a variant."""

    name: str
    verdict: Verdict
    answer: AuthenticityAnswer
    intact: bool
    """The signed part is said to be as it was signed."""
    drawn_by_pdfium: bool
    """PDFium draws the page in another way than that of the good file."""
    drawn_by_mupdf: bool


@cache
def _good_pictures(name: str) -> tuple[bytes | None, bytes | None]:
    content = subject(name).content
    (by_second,) = by_mupdf([content])
    return by_pdfium(content), by_second


def _judged(variant: Variant, content: bytes, by_second: bytes | None) -> Judged:
    good: Subject = subject(variant.subject)
    pictures = _good_pictures(variant.subject)
    report = good.check(content)
    passed = {step.name for step in report.checks if step.outcome is Outcome.PASSED}
    return Judged(
        name=variant.name,
        verdict=report.verdict,
        answer=report.answer,
        intact={"digest", "signature"} <= passed,
        drawn_by_pdfium=by_pdfium(content) != pictures[0],
        drawn_by_mupdf=by_second != pictures[1],
    )


@cache
def _part(part: int) -> tuple[Judged, ...]:
    """Every eighth variant, each built, drawn and judged once."""
    variants = VARIANTS[part::_PARTS]
    contents = [variant.content() for variant in variants]
    drawn = by_mupdf(contents)
    return tuple(map(_judged, variants, contents, drawn))


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_later_revision_but_our_archivers_is_accepted(part: int) -> None:
    judged = _part(part)
    passed = [item.name for item in judged if item.verdict is Verdict.TOTAL_PASSED]
    assert passed == []
    assert [item.name for item in judged if item.answer is AuthenticityAnswer.AUTHENTIC] == []
    # Viewers do draw what was appended, so the answers mean something.
    assert sum(item.drawn_by_pdfium for item in judged) > len(judged) // 10
    assert sum(item.drawn_by_mupdf for item in judged) > len(judged) // 10


@pytest.mark.parametrize("part", range(_PARTS))
def test_a_foreign_file_is_intact_as_signed(part: int) -> None:
    judged = zip(VARIANTS[part::_PARTS], _part(part), strict=True)
    foreign = [item for variant, item in judged if variant.leaves_the_seal and not variant.is_ours]
    assert foreign
    assert [item.name for item in foreign if not item.intact] == []


def test_there_are_enough_of_every_kind() -> None:
    assert len(VARIANTS) >= _MINIMUM
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)
    assert min(Counter(variant.subject for variant in VARIANTS).values()) >= 40


_SECOND = Wishes(field="Second", kind="rsa")
_SIGNED_AGAIN, _FILLED = "validation.whole-file.signed-again", "validation.whole-file.form-filled"


@pytest.mark.parametrize("name", ["foreign, no certification", "foreign, forms permitted"])
def test_what_is_lawful_in_a_foreign_file_stays_told_as_it_is(name: str) -> None:
    good = subject(name)
    signed, filled = sign(good.content, _SECOND), updates.form_filled(good.content)
    (signed_picture,) = by_mupdf([signed])
    assert (by_pdfium(signed), signed_picture) == _good_pictures(name)
    for content, code in ((signed, _SIGNED_AGAIN), (filled, _FILLED)):
        report = good.check(content)
        steps = {step.name: step for step in report.checks if step.seal == 0}
        assert steps["digest"].outcome is steps["signature"].outcome is Outcome.PASSED
        assert steps["whole-file"].code == code
        assert report.verdict is not Verdict.TOTAL_FAILED
    assert good.check(filled).verdict is Verdict.INDETERMINATE


def test_our_own_archives_are_accepted() -> None:
    good = subject("ours archived")
    content = good.content
    for years in range(1, 4):
        at = NOW + years * timedelta(days=30)
        content = renew_archive(
            content,
            timestamp_authority=timestamp_authority(at=at),
            gatherer=material_gatherer(at=at),
            at=at,
        )
    report = check_file_offline(content, trust=trust(), now=at)
    assert report.verdict is Verdict.TOTAL_PASSED
    (picture,) = by_mupdf([content])
    assert (by_pdfium(content), picture) == _good_pictures(good.name)
