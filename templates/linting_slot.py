"""Lint of the seal's slot: it lies on the page, and under it stand unit and date alone.

- A paper in two languages has its date in both.
- The seal presses on the issuing line (骑年盖月, GB/T 9704-2012 §7.3.5.1), so those lines belong
  there; any other word would be covered.
"""

import ctypes
from collections.abc import Iterator
from datetime import date

import pypdfium2

from templates.checking_content import PDFIUM, POINTS_PER_INCH, squeezed
from templates.defects import Finding, PackDefect
from templates.english import english_date
from templates.face import Face
from templates.printed import SHANGHAI, printed_date
from templates.rendering import RenderedDocument

_PT_PER_MM = POINTS_PER_INCH / 25.4
_SAME_LINE_PT = 4.0
"""Letters of one line stand on one baseline, whatever their own height; two lines never do."""


def lint_slot(document: RenderedDocument, face: Face) -> Iterator[Finding]:
    """Judge the slot of a rendered sample."""
    slot = document.seal_slot
    params = {"page": slot.page_index + 1}
    with PDFIUM, pypdfium2.PdfDocument(document.pdf) as pdf:
        page = pdf[slot.page_index]
        width, height = page.get_size()
        radius = slot.diameter_mm / 2 * _PT_PER_MM
        x, y = slot.center_x_mm * _PT_PER_MM, height - slot.center_y_mm * _PT_PER_MM
        if not (radius <= x <= width - radius and radius <= y <= height - radius):
            yield _covered(PackDefect.SEAL_SLOT_OUTSIDE, params)
            return
        lines = _lines_within(page.get_textpage(), x, y, radius)
    issued_on: date = face.extracted_at.astimezone(SHANGHAI).date()
    days = (printed_date(issued_on), english_date(issued_on))
    allowed = tuple(map(squeezed, (face.producing_unit, *days)))
    if not all(any(line in text for text in allowed) for line in lines):
        yield _covered(PackDefect.SEAL_SLOT_COVERED, params)


def _covered(defect: PackDefect, params: dict[str, int]) -> Finding:
    return Finding(defect=defect, file="layout.typ", params=params)


def _lines_within(text: pypdfium2.PdfTextPage, x: float, y: float, radius: float) -> list[str]:
    """The parts of lines whose letters stand inside of a circle, from the left."""
    lines: list[tuple[float, list[tuple[float, str]]]] = []
    for index in range(text.count_chars()):
        letter = squeezed(text.get_text_range(index, 1))
        left, bottom, right, top = text.get_charbox(index)
        at_x, at_y = (left + right) / 2, (bottom + top) / 2
        if not letter or (at_x - x) ** 2 + (at_y - y) ** 2 > radius**2:
            continue
        baseline = _baseline(text, index)
        for line_y, letters in lines:
            if abs(line_y - baseline) <= _SAME_LINE_PT:
                letters.append((at_x, letter))
                break
        else:
            lines.append((baseline, [(at_x, letter)]))
    return ["".join(letter for _, letter in sorted(letters)) for _, letters in lines]


def _baseline(text: pypdfium2.PdfTextPage, index: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pypdfium2.raw.FPDFText_GetCharOrigin(text, index, x, y)
    return y.value
