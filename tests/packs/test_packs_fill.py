"""No page is half empty without need: measured on pictures, of samples and with more rows."""

import re
from dataclasses import replace
from typing import Any

import pytest

from templates.checking_content import page_texts
from templates.face import Face
from templates.samples import SAMPLES, SampleName
from tests.packs.page_fill import fill_of
from tests.packs.papers import CODES, pack_of, rendered, renderer, sample

TWO_LANGUAGES = "tax-payment"
"""Labels and rows in both have twice the height."""
ROWS = {
    "education": ("records", 7),
    "household": ("members", 7),
    "no-violation": ("checks", 10),
    "real-estate": ("holdings", 2),
}
"""The table of a pack, and how many ordinary rows of it one page holds."""
_NATURAL_GAP_MM = 15
"""Around the title; nothing else stands further apart."""


def with_rows(code: str, count: int) -> Face:
    face = sample(code)
    table: Any = face.fields[ROWS[code][0]]
    return replace(face, fields={**face.fields, ROWS[code][0]: (table * count)[:count]})


@pytest.mark.parametrize("code", [code for code in CODES if code != TWO_LANGUAGES])
def test_an_ordinary_proof_is_one_page(code: str) -> None:
    (only,) = fill_of(rendered(code).pdf)
    assert 0.6 < only.used <= 1


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SAMPLES)
def test_there_are_no_holes_in_a_page(code: str, name: SampleName) -> None:
    for page in fill_of(rendered(code, name).pdf):
        assert page.widest_gap_mm <= _NATURAL_GAP_MM, page


@pytest.mark.parametrize("code", CODES)
def test_pages_of_the_hardest_papers_are_full(code: str) -> None:
    """What stands beside the closing is taken from the page before; the others are full."""
    *full, last = [page.used for page in fill_of(rendered(code, "sample-hard").pdf)]
    assert all(used > 0.65 for used in full[:-1]), full
    assert full[-1:] == [] or full[-1] > 0.35
    assert last > 0.65


@pytest.mark.parametrize("code", ROWS)
def test_a_page_holds_as_many_rows_as_an_ordinary_case_has(code: str) -> None:
    most = ROWS[code][1]
    assert len(fill_of(renderer().render(pack_of(code), with_rows(code, most)).pdf)) == 1
    pages = [
        page.used
        for page in fill_of(renderer().render(pack_of(code), with_rows(code, most + 1)).pdf)
    ]
    assert len(pages) == 2
    assert min(pages) > 0.5, pages


@pytest.mark.parametrize("count", [8, 9, 12, 17, 18, 19, 22, 40])
def test_three_rows_stand_on_each_side_of_a_break(count: int) -> None:
    document = renderer().render(pack_of("household"), with_rows("household", count))
    pages = page_texts(document.pdf)
    rows = [len(re.findall(r"(?m)^\d+ \S+ \S+ [男女] ", text)) for text in pages]
    assert sum(rows) == count
    assert min(rows) >= 3
