"""Draw a round seal (圆形印章) from its words, as vectors.

* Text runs from left to right round the rim, in simplified Song type (国发(1999)25号).
* A special-purpose seal is told from the official seal by its words and a star; a national
  or other emblem is never drawn here.
* Long words are set narrower, then smaller; what would not be legible is refused.
* All lengths are true millimetres.
"""

import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from signing.errors import SealImageError
from signing.images.drawings import SealImage, Shape
from signing.images.glyph_outlines import Glyph, OutlineFont, outline_font
from signing.images.seal_lettering import (
    NARROWEST,
    NATURAL_WIDTH,
    Line,
    advance,
    around,
    straight,
)
from signing.images.vector_paths import Point, Segment, circle, move, polygon

__all__ = ["DIAMETERS_MM", "RED", "SealImage", "round_seal"]

DIAMETERS_MM = (20.0, 60.0)
"""Smallest legible, and largest there is: the State Council's (国发(1999)25号)."""
RED = (0.843, 0.0, 0.059)  # #D7000F
_RING_MM = 1.2
# Proportions to the diameter, as customary on seals of 42 mm: a star of 14 mm, a rim text of
# 6.3 mm, a purpose of 4 mm, a number of 1.5 mm.
_STAR_RADIUS = 1 / 6
_RIM_GAP, _RIM_HEIGHT = 0.036, 0.150
_SMALLER, _RIM_SIZES = 0.005, 14  # down to 0.085
_LINE_HEIGHT, _LINE_LOWEST = 0.095, 0.055
_ONE_LINE, _TWO_LINES = (-0.255,), (-0.232, -0.325)
_NUMBER_HEIGHT, _NUMBER_GAP = 0.036, 0.018
_SPACED = 1.34  # of a character's width, from one to the next round the rim
_ARCS = (math.radians(232), math.radians(262))  # leave the lower part to the purpose
_WIDEST_NUMBER = math.radians(80)
_ASIDE = 0.02  # between the purpose and what is beside it


@dataclass(frozen=True, kw_only=True)
class _Rim:
    """The rim text as set."""

    segments: list[Segment]
    foot_mm: float
    """Radius of its inner edge."""
    lowest_mm: float
    """How far down it reaches, from the centre upwards."""


def round_seal(
    *,
    text_around: str,
    bottom_text: str = "",
    second_line: str = "",
    rim_number: str = "",
    star: bool = True,
    diameter_mm: float = 42.0,
    font_path: Path,
) -> SealImage:
    """Draw a round seal.

    Args:
        text_around: Name of the unit, along the rim.
        bottom_text: What the seal is for, on a straight line below the centre.
        second_line: What stands below it, such as “(1)”.
        rim_number: Number of the seal, small, along the lowest part of the rim.
        star: Whether a five-pointed star stands in the centre.
        diameter_mm: Outer diameter; 42 mm for a unit's special-purpose seal.
        font_path: A Song (宋体) font with every character.

    Raises:
        SealImageError: A text is empty or too long, the diameter is none that seals have, or the
            font lacks a character.
    """
    if not text_around.strip():
        raise SealImageError(reason="text", character="")
    smallest, largest = DIAMETERS_MM
    if not smallest <= diameter_mm <= largest:
        raise SealImageError(reason="size", character="")
    font = outline_font(font_path)
    radius = diameter_mm / 2
    segments = [*circle((0, 0), radius), *circle((0, 0), radius - _RING_MM, clockwise=True)]
    free = radius - _RING_MM - _ASIDE * diameter_mm
    if star:
        segments += _star(_STAR_RADIUS * diameter_mm)
    if rim_number:
        segments += _number(_glyphs(font, rim_number), diameter_mm)
        free -= (_NUMBER_GAP + _NUMBER_HEIGHT) * diameter_mm
    lines = [_glyphs(font, text) for text in (bottom_text, second_line) if text]
    segments += _words(_glyphs(font, text_around), lines, diameter_mm, free)
    shape = Shape(segments=tuple(move(segments, radius, radius)), colour=RED)
    return SealImage(shapes=(shape,), width_mm=diameter_mm, height_mm=diameter_mm)


def _glyphs(font: OutlineFont, text: str) -> list[Glyph]:
    return [font.glyph(character) for character in text]


def _words(
    name: list[Glyph], lines: list[list[Glyph]], diameter_mm: float, free_mm: float
) -> list[Segment]:
    """The name at the largest size at which everything fits, on a short arc if possible."""
    centres = _TWO_LINES if len(lines) > 1 else _ONE_LINE
    for arc, number in product(_ARCS, range(_RIM_SIZES)):
        rim = _rim_text(name, (_RIM_HEIGHT - number * _SMALLER) * diameter_mm, diameter_mm, arc)
        if rim is None:
            continue
        purposes = [
            _purpose(line, diameter_mm, centre * diameter_mm, free_mm, rim)
            for line, centre in zip(lines, centres, strict=False)
        ]
        if all(purpose is not None for purpose in purposes):
            return rim.segments + [step for purpose in purposes for step in purpose or ()]
    raise SealImageError(reason="long", character="")


def _rim_text(glyphs: list[Glyph], height_mm: float, diameter_mm: float, arc: float) -> _Rim | None:
    total = advance(glyphs)
    top = diameter_mm / 2 - _RING_MM - _RIM_GAP * diameter_mm
    middle = top - height_mm / 2
    step = min(_SPACED * NATURAL_WIDTH * height_mm / middle, arc / total)
    width = min(NATURAL_WIDTH * height_mm, step * middle * 0.9)
    if width < height_mm * NARROWEST:
        return None
    line = Line(glyphs=glyphs, width_mm=width, height_mm=height_mm)
    return _Rim(
        segments=around(line, middle, step),
        foot_mm=top - height_mm,
        lowest_mm=top * math.cos(step * total / 2),
    )


def _purpose(
    glyphs: list[Glyph], diameter_mm: float, centre_mm: float, free_mm: float, rim: _Rim
) -> list[Segment] | None:
    height = _LINE_HEIGHT * diameter_mm
    if rim.lowest_mm < centre_mm + height / 2:  # the name reaches down beside the line
        free_mm = min(free_mm, rim.foot_mm - _ASIDE * diameter_mm)
    total, lowest = advance(glyphs), _LINE_LOWEST * diameter_mm
    while height >= lowest:
        # The chord at the lower edge of the line is the narrowest place it must fit.
        reach = free_mm**2 - (abs(centre_mm) + height / 2) ** 2
        step = min(height * 0.95, 2 * math.sqrt(max(0.0, reach)) / total)
        if step * 0.94 >= height * NARROWEST:
            line = Line(glyphs=glyphs, width_mm=step * 0.94, height_mm=height)
            return straight(line, centre_mm, step)
        height -= _SMALLER * diameter_mm
    return None


def _number(glyphs: list[Glyph], diameter_mm: float) -> list[Segment]:
    height = _NUMBER_HEIGHT * diameter_mm
    middle = diameter_mm / 2 - _RING_MM - _NUMBER_GAP * diameter_mm - height / 2
    step = 1.25 * height / middle
    if step * advance(glyphs) > _WIDEST_NUMBER:
        raise SealImageError(reason="long", character="")
    line = Line(glyphs=glyphs, width_mm=height, height_mm=height)
    return around(line, -middle, step)


def _star(radius_mm: float) -> tuple[Segment, ...]:
    # The inner corners of a regular pentagram lie at cos 72° / cos 36° of its radius.
    inner = radius_mm * math.cos(math.radians(72)) / math.cos(math.radians(36))
    corners: list[Point] = []
    for corner in range(10):
        angle = math.radians(90 + 36 * corner)
        reach = radius_mm if corner % 2 == 0 else inner
        corners.append((reach * math.cos(angle), reach * math.sin(angle)))
    return polygon(corners)
