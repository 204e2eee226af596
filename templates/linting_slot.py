"""Lint of the seal's slot: it lies on the page, and under it stand unit and date alone.

The seal presses on the issuing line (骑年盖月, GB/T 9704-2012 §7.3.5.1), so those two lines belong
there; any other word would be covered.
"""

from collections.abc import Iterator
from datetime import date

import pypdfium2

from templates.checking_content import PDFIUM, POINTS_PER_INCH, squeezed
from templates.defects import Finding, PackDefect
from templates.face import Face
from templates.printed import SHANGHAI, printed_date
from templates.rendering import RenderedDocument

_PT_PER_MM = POINTS_PER_INCH / 25.4
_SAME_LINE_PT = 4.0
"""Letters of one line stand closer than this, those of two lines never."""


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
    allowed = (squeezed(face.producing_unit), squeezed(printed_date(issued_on)))
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
        for line_y, letters in lines:
            if abs(line_y - at_y) <= _SAME_LINE_PT:
                letters.append((at_x, letter))
                break
        else:
            lines.append((at_y, [(at_x, letter)]))
    return ["".join(letter for _, letter in sorted(letters)) for _, letters in lines]
