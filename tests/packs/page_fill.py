"""How full a page is, measured on a picture of it: the layout's own numbers are not asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2

from templates.checking_content import PDFIUM

_DOTS_PER_MM = 3
_TOP_MM, _BOTTOM_MM, _LEFT_MM, _RIGHT_MM = 37, 297 - 35, 28, 210 - 26
"""The type area of GB/T 9704-2012: what stands outside is on every page."""
_INK = 160
"""Darker than the shade of a table's header."""


@dataclass(frozen=True, kw_only=True)
class Fill:
    """Of one page's type area."""

    used: float
    """How much of its height lies above the lowest ink, 0 to 1."""
    widest_gap_mm: float
    """The widest blank band between ink and ink."""


def fill_of(document: bytes) -> list[Fill]:
    """Measure every page of a paper."""
    with PDFIUM, pypdfium2.PdfDocument(document) as pdf:
        return [_measured([*_inked(page)]) for page in pdf]


def _inked(page: pypdfium2.PdfPage) -> Iterator[int]:
    """The rows of dots with ink, from the top of the type area."""
    bitmap = page.render(scale=_DOTS_PER_MM * 25.4 / 72, grayscale=True)
    rows = memoryview(bytes(bitmap.buffer))
    for number in range(_TOP_MM * _DOTS_PER_MM, _BOTTOM_MM * _DOTS_PER_MM):
        start = number * bitmap.stride
        row = rows[start + _LEFT_MM * _DOTS_PER_MM : start + _RIGHT_MM * _DOTS_PER_MM]
        if min(row) < _INK:
            yield number - _TOP_MM * _DOTS_PER_MM


def _measured(inked: list[int]) -> Fill:
    steps = [after - before for before, after in pairwise(inked)]
    return Fill(
        used=(inked[-1] + 1) / ((_BOTTOM_MM - _TOP_MM) * _DOTS_PER_MM),
        widest_gap_mm=max(steps) / _DOTS_PER_MM,
    )
