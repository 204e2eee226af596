"""Set the lettering of a seal image: along a circle, or on a straight line."""

from collections.abc import Iterator
from dataclasses import dataclass

from signing.images.glyph_outlines import Glyph
from signing.images.vector_paths import Point, Segment, turn

NATURAL_WIDTH = 0.78
"""Characters of a seal are taller than wide."""
NARROWEST = 0.5
"""Narrower ones run together."""
_EM_BOTTOM = -0.12  # ideographic em box of the Noto and Source Han families


@dataclass(frozen=True, kw_only=True)
class Line:
    """Characters of one size."""

    glyphs: list[Glyph]
    """The characters."""

    width_mm: float
    """Width of an em."""

    height_mm: float
    """Height of an em."""


def advance(glyphs: list[Glyph]) -> float:
    """Length of a line, in ems."""
    return sum(glyph.advance for glyph in glyphs)


def around(line: Line, radius_mm: float, step: float) -> list[Segment]:
    """Set a line along a circle about the origin.

    Args:
        line: The characters.
        radius_mm: Radius through their middle; negative: at the bottom, heads to the centre.
        step: Angle of one em.
    """
    segments: list[Segment] = []
    clockwise = 1 if radius_mm > 0 else -1
    for glyph, at in _middles(line.glyphs):
        segments += turn(placed(glyph, line, (0, radius_mm)), -clockwise * at * step)
    return segments


def straight(line: Line, height_mm: float, step_mm: float) -> list[Segment]:
    """Set a line across, centred.

    Args:
        line: The characters.
        height_mm: Where their middle is, from the origin upwards.
        step_mm: From one em to the next.
    """
    segments: list[Segment] = []
    for glyph, at in _middles(line.glyphs):
        segments += placed(glyph, line, (at * step_mm, height_mm))
    return segments


def placed(glyph: Glyph, line: Line, centre: Point) -> list[Segment]:
    """Scale an em square to the box; a thin character such as 一 keeps its weight and place."""
    x, y = centre
    return [
        Segment(
            segment.operator,
            tuple(
                (
                    x + (px - glyph.advance / 2) * line.width_mm,
                    y + (py - _EM_BOTTOM - 0.5) * line.height_mm,
                )
                for px, py in segment.points
            ),
        )
        for segment in glyph.segments
    ]


def _middles(glyphs: list[Glyph]) -> Iterator[tuple[Glyph, float]]:
    """Each character, and where its middle is from the middle of the line, in ems."""
    at = -advance(glyphs) / 2
    for glyph in glyphs:
        yield glyph, at + glyph.advance / 2
        at += glyph.advance
