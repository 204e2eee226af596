"""Draw a round seal (圆形印章) from its words, as vectors.

* Text runs from left to right round the rim, in simplified Song type (国发(1999)25号).
* A special-purpose seal is told from the official seal by its words and a star; a national
  or other emblem is never drawn here.
* All lengths are true millimetres.
"""

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from signing.errors import SealImageError
from signing.glyph_outlines import Glyph, OutlineFont
from signing.vector_paths import Point, Segment, circle, polygon, to_pdf, to_svg

POINTS_PER_MM = 72 / 25.4
_RED = (0.843, 0.0, 0.059)  # #D7000F
_RING_MM = 1.2
# Proportions to the diameter, measured on seals of 42 mm.
_ARC_GAP, _ARC_HEIGHT, _STAR_RADIUS = 0.036, 0.150, 0.155
_BOTTOM_LINE, _BOTTOM_HEIGHT, _BOTTOM_LOWEST = -0.255, 0.095, 0.055
_WIDEST_ARC = math.radians(232)  # leaves the lower part to the bottom line
_CHARACTER_WIDTH = 0.78  # rim characters are taller than wide
_NARROWEST = 0.5


@dataclass(frozen=True, kw_only=True)
class SealImage:
    """A seal image (印章图像): one red filled outline on a transparent ground."""

    segments: tuple[Segment, ...]
    """The outline, millimetres, origin bottom left."""

    width_mm: float
    """Width on paper."""

    height_mm: float
    """Height on paper."""

    colour: tuple[float, float, float] = _RED
    """Red, green and blue, 0 to 1."""

    @cached_property
    def content(self) -> bytes:
        """PDF content: the colour and the filled path, in millimetres."""
        red, green, blue = self.colour
        return b"%.3f %.3f %.3f rg\n%b\nf" % (red, green, blue, to_pdf(self.segments))

    @cached_property
    def compressed(self) -> bytes:
        """What a form XObject of true size draws, deflated once for every document."""
        scale = b"%.6f" % POINTS_PER_MM
        drawing = b"q /Seal gs %b 0 0 %b 0 0 cm\n%b\nQ" % (scale, scale, self.content)
        return zlib.compress(drawing)

    def to_svg(self) -> str:
        """A stand-alone SVG in true millimetres, for web pages."""
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in self.colour)
        width, height = f"{self.width_mm:g}", f"{self.height_mm:g}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {width} {height}"><path fill="{colour}" '
            f'd="{to_svg(self.segments, height_mm=self.height_mm)}"/></svg>'
        )


def round_seal(
    *,
    text_around: str,
    bottom_text: str = "",
    star: bool = True,
    diameter_mm: float = 42.0,
    font_path: Path,
) -> SealImage:
    """Draw a round seal.

    Args:
        text_around: Name of the unit, along the rim.
        bottom_text: What the seal is for, on a straight line below the centre.
        star: Whether a five-pointed star stands in the centre.
        diameter_mm: Outer diameter; 42 mm for a unit's special-purpose seal.
        font_path: A Song (宋体) font with every character.

    Raises:
        SealImageError: A text is empty or too long, or the font lacks a character.
    """
    if not text_around.strip() or diameter_mm <= 0:
        raise SealImageError(reason="text", character="")
    font = OutlineFont(font_path)
    radius = diameter_mm / 2
    segments = [*circle((0, 0), radius), *circle((0, 0), radius - _RING_MM, clockwise=True)]
    segments += _rim_text([font.glyph(character) for character in text_around], diameter_mm)
    if star:
        segments += _star(_STAR_RADIUS * diameter_mm)
    if bottom_text:
        segments += _bottom_line([font.glyph(character) for character in bottom_text], diameter_mm)
    placed = tuple(_move(segments, radius, radius))
    return SealImage(segments=placed, width_mm=diameter_mm, height_mm=diameter_mm)


def _rim_text(glyphs: list[Glyph], diameter_mm: float) -> list[Segment]:
    height = _ARC_HEIGHT * diameter_mm
    foot = diameter_mm / 2 - _RING_MM - _ARC_GAP * diameter_mm - height
    middle = foot + height / 2
    width = height * _CHARACTER_WIDTH
    roomy = 1.34 * width / middle
    step = min(roomy, _WIDEST_ARC / len(glyphs))
    width = min(width, step * middle * 0.9)
    if width < height * _NARROWEST:
        raise SealImageError(reason="text", character="")
    segments: list[Segment] = []
    for index, glyph in enumerate(glyphs):
        angle = step * ((len(glyphs) - 1) / 2 - index)
        upright = _fit(glyph, width, height, (0, foot + height / 2))
        segments += _turn(upright, angle)
    return segments


def _bottom_line(glyphs: list[Glyph], diameter_mm: float) -> list[Segment]:
    height = _BOTTOM_HEIGHT * diameter_mm
    line = _BOTTOM_LINE * diameter_mm
    inner = diameter_mm / 2 - _RING_MM - 0.025 * diameter_mm
    # The chord at the lower edge of the line is the narrowest place it must fit.
    chord = 2 * math.sqrt(inner**2 - (abs(line) + height / 2) ** 2)
    step = min(height * 0.95, chord / len(glyphs))
    width = step * 0.94
    height = min(height, width / _NARROWEST)
    if height < _BOTTOM_LOWEST * diameter_mm:
        raise SealImageError(reason="text", character="")
    segments: list[Segment] = []
    for index, glyph in enumerate(glyphs):
        across = step * (index - (len(glyphs) - 1) / 2)
        segments += _fit(glyph, width, height, (across, line))
    return segments


def _star(radius_mm: float) -> tuple[Segment, ...]:
    # The inner corners of a regular pentagram lie at cos 72° / cos 36° of its radius.
    inner = radius_mm * math.cos(math.radians(72)) / math.cos(math.radians(36))
    corners: list[Point] = []
    for corner in range(10):
        angle = math.radians(90 + 36 * corner)
        reach = radius_mm if corner % 2 == 0 else inner
        corners.append((reach * math.cos(angle), reach * math.sin(angle)))
    return polygon(corners)


def _fit(glyph: Glyph, width_mm: float, height_mm: float, centre: Point) -> list[Segment]:
    """Scale an em square to the box; a thin character such as 一 keeps its weight and place."""
    x, y = centre
    em_bottom = -0.12  # ideographic em box of the Noto and Source Han families
    return [
        Segment(
            segment.operator,
            tuple(
                (x + (px - 0.5) * width_mm, y + (py - em_bottom - 0.5) * height_mm)
                for px, py in segment.points
            ),
        )
        for segment in glyph.segments
    ]


def _turn(segments: Iterable[Segment], angle: float) -> list[Segment]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return [
        Segment(
            segment.operator,
            tuple((x * cosine - y * sine, x * sine + y * cosine) for x, y in segment.points),
        )
        for segment in segments
    ]


def _move(segments: Iterable[Segment], right_mm: float, up_mm: float) -> list[Segment]:
    return [
        Segment(segment.operator, tuple((x + right_mm, y + up_mm) for x, y in segment.points))
        for segment in segments
    ]
