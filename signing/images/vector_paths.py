"""Filled outlines in millimetres, written as PDF operators or as SVG path data."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

# Control-point distance of the cubic Bézier that stays closest to a quarter circle.
_QUARTER = 0.5522847498

Point = tuple[float, float]


@dataclass(frozen=True)
class Segment:
    """One drawing step; y grows upwards."""

    operator: str
    """``m`` move, ``l`` line, ``c`` cubic Bézier, ``h`` close: PDF's own letters."""

    points: tuple[Point, ...] = ()


def circle(centre: Point, radius_mm: float, *, clockwise: bool = False) -> tuple[Segment, ...]:
    """A circle; a clockwise one inside another cuts a hole (non-zero winding rule)."""
    x, y = centre
    sign = -1 if clockwise else 1
    reach = radius_mm * _QUARTER
    axis = [(1, 0), (0, sign), (-1, 0), (0, -sign), (1, 0)]
    segments = [Segment("m", ((x + radius_mm, y),))]
    for (ax, ay), (bx, by) in pairwise(axis):
        start = (x + ax * radius_mm + bx * reach, y + ay * radius_mm + by * reach)
        end = (x + bx * radius_mm + ax * reach, y + by * radius_mm + ay * reach)
        segments.append(Segment("c", (start, end, (x + bx * radius_mm, y + by * radius_mm))))
    return (*segments, Segment("h"))


def polygon(corners: Iterable[Point]) -> tuple[Segment, ...]:
    """A closed polygon."""
    first, *others = corners
    lines = (Segment("l", (corner,)) for corner in others)
    return (Segment("m", (first,)), *lines, Segment("h"))


def turn(segments: Iterable[Segment], angle: float) -> list[Segment]:
    """Outlines turned about the origin, in radians to the left."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return [
        Segment(
            segment.operator,
            tuple((x * cosine - y * sine, x * sine + y * cosine) for x, y in segment.points),
        )
        for segment in segments
    ]


def move(segments: Iterable[Segment], right_mm: float, up_mm: float) -> list[Segment]:
    """Outlines moved."""
    return [
        Segment(segment.operator, tuple((x + right_mm, y + up_mm) for x, y in segment.points))
        for segment in segments
    ]


def to_pdf(segments: Iterable[Segment]) -> bytes:
    """Path construction operators in millimetres (scale with ``cm`` first)."""
    lines = []
    for segment in segments:
        numbers = [_number(value) for point in segment.points for value in point]
        lines.append(" ".join((*numbers, segment.operator)))
    return "\n".join(lines).encode("ascii")


def to_svg(segments: Iterable[Segment], *, height_mm: float) -> str:
    """SVG path data; SVG's y grows downwards, hence the height."""
    letters = {"m": "M", "l": "L", "c": "C", "h": "Z"}
    parts = []
    for segment in segments:
        numbers = (f"{_number(x)} {_number(height_mm - y)}" for x, y in segment.points)
        parts.append(letters[segment.operator] + " ".join(numbers))
    return "".join(parts)


def _number(value: float) -> str:
    # A micrometre is finer than any printer; "-0" would be noise.
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
