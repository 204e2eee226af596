"""The visible page: cropped, rotated and scaled, in true points from its lower left corner.

* What is seen is the crop box within the media box (ISO 32000-2 14.11.2.1); without a crop box the
  media box. Both are inherited, and may name any two opposite corners (7.9.5).
* /Rotate turns it clockwise in quarters (table 31); it is inherited.
* A unit is /UserUnit of 1/72 inch (table 31); it is not inherited.
"""

from dataclasses import dataclass

import pikepdf
from pikepdf import Array

from signing.errors import SealPlacementError
from signing.pdf.page_attributes import inherited

_CORNERS = 4
_QUARTER, _WHOLE = 90, 360
_LARGEST_UNIT = 1000.0
_SMALLEST_SIDE_PT = 1.0
_FURTHEST = 1e6

Box = tuple[float, float, float, float]
"""Left, bottom, right and top."""

Matrix = tuple[float, float, float, float, float, float]
"""As in PDF (ISO 32000-2 8.3.3)."""

UPRIGHT: Matrix = (1, 0, 0, 1, 0, 0)
_TURNS: dict[int, Matrix] = {
    0: UPRIGHT,
    90: (0, 1, -1, 0, 0, 0),
    180: (-1, 0, 0, -1, 0, 0),
    270: (0, -1, 1, 0, 0, 0),
}


@dataclass(frozen=True, kw_only=True)
class SeenPage:
    """The visible part of a page."""

    width_pt: float
    """From left to right as seen, true points."""

    height_pt: float
    """From bottom to top as seen, true points."""

    to_page: Matrix
    """From what is seen, in true points from its lower left corner, to the page's own space."""

    turn: Matrix
    """What makes a drawing stand upright on the page."""

    def rectangle(self, seen: Box) -> Box:
        """The rectangle of the page's own space that is seen there."""
        x, y = zip(*(apply(self.to_page, *corner) for corner in (seen[:2], seen[2:])), strict=True)
        return min(x), min(y), max(x), max(y)


def see_page(page: pikepdf.Object, index: int) -> SeenPage:
    """Compute the visible part of a page.

    Args:
        page: The page.
        index: Which it is, from 0; for the words of an error.

    Raises:
        SealPlacementError: Nothing of it is seen, or readers would disagree about what; the reason
            is ``box``, ``rotation`` or ``unit``.
        InputNotPdfError: The page tree is too deep to be sound.
    """
    left, bottom, right, top = _seen_box(page, index)
    unit, quarter = _unit(page, index), _rotation(page, index)
    wide, high = (right - left) * unit, (top - bottom) * unit
    if min(wide, high) < _SMALLEST_SIDE_PT:
        raise SealPlacementError(page=index + 1, reason="box")
    origin = {0: (left, bottom), 90: (right, bottom), 180: (right, top), 270: (left, top)}[quarter]
    turn = _TURNS[quarter]
    if quarter % (2 * _QUARTER):
        wide, high = high, wide
    a, b, c, d = (part / unit for part in turn[:4])
    return SeenPage(width_pt=wide, height_pt=high, to_page=(a, b, c, d, *origin), turn=turn)


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Where a matrix takes a point."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def after(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does one thing and then another."""
    (a, b), (c, d) = apply((*then[:4], 0, 0), *first[:2]), apply((*then[:4], 0, 0), *first[2:4])
    return (a, b, c, d, *apply(then, *first[4:]))


def undone(turn: Matrix) -> Matrix:
    """The turn that takes another back."""
    a, b, c, d, _, _ = turn
    return (a, c, b, d, 0, 0)


def _seen_box(page: pikepdf.Object, index: int) -> Box:
    media = _box(inherited(page, "/MediaBox"), index)
    crop = inherited(page, "/CropBox")
    if crop is None:
        return media
    box = _box(crop, index)
    return (
        max(media[0], box[0]),
        max(media[1], box[1]),
        min(media[2], box[2]),
        min(media[3], box[3]),
    )


def _box(value: object, index: int) -> Box:
    numbers = [_number(part, None) for part in value] if isinstance(value, Array) else []
    near = [number for number in numbers if number is not None and abs(number) <= _FURTHEST]
    if len(near) != len(numbers) or len(near) != _CORNERS:
        raise SealPlacementError(page=index + 1, reason="box")
    x1, y1, x2, y2 = near
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _rotation(page: pikepdf.Object, index: int) -> int:
    value = _number(inherited(page, "/Rotate"), 0)
    # Readers round or ignore any other angle, each in its own way.
    if value is None or value % _QUARTER:
        raise SealPlacementError(page=index + 1, reason="rotation")
    return int(value) % _WHOLE


def _unit(page: pikepdf.Object, index: int) -> float:
    value = _number(page.get("/UserUnit"), 1)
    if value is None or not 0 < value <= _LARGEST_UNIT:
        raise SealPlacementError(page=index + 1, reason="unit")
    return value


def _number(value: object, missing: float | None) -> float | None:
    if value is None:
        return missing
    try:
        return float(value)  # type: ignore[arg-type]  # anything else is caught
    except (TypeError, ValueError):
        return None
