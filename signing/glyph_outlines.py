"""Outlines of characters, taken from an open-licence font."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.ttCollection import TTCollection

from signing.errors import SealImageError
from signing.vector_paths import Point, Segment


@dataclass(frozen=True, kw_only=True)
class Glyph:
    """One character's outline in units of the em (1.0 = font size), y upwards."""

    segments: tuple[Segment, ...]
    left: float
    bottom: float
    right: float
    top: float


class OutlineFont:
    """A font opened once; hands out the outline of any character it has."""

    def __init__(self, path: Path) -> None:
        """Open a font.

        Args:
            path: A .ttf, .otf, or .ttc; of a collection, the simplified Chinese member.

        Raises:
            SealImageError: It cannot be read as a font.
        """
        try:
            self._font = _open(path)
            self._glyphs = self._font.getGlyphSet()
            self._names: dict[int, str] = self._font.getBestCmap()
            self._em: int = self._font["head"].unitsPerEm
        except (OSError, TTLibError, KeyError, AssertionError) as error:
            raise SealImageError(reason="font", character="") from error

    def glyph(self, character: str) -> Glyph:
        """The outline of one character.

        Raises:
            SealImageError: The font lacks it.
        """
        name = self._names.get(ord(character))
        if name is None:
            raise SealImageError(reason="glyph", character=character)
        bounds = BoundsPen(self._glyphs)
        self._glyphs[name].draw(bounds)
        if bounds.bounds is None:
            raise SealImageError(reason="glyph", character=character)
        recording = DecomposingRecordingPen(self._glyphs)
        pen = _SegmentPen(self._glyphs, self._em)
        self._glyphs[name].draw(recording)
        recording.replay(pen)
        left, bottom, right, top = (value / self._em for value in bounds.bounds)
        return Glyph(segments=tuple(pen.segments), left=left, bottom=bottom, right=right, top=top)


class _SegmentPen(BasePen):  # type: ignore[misc]  # fontTools is untyped
    """Collects an outline; quadratic curves arrive here already as cubic ones."""

    def __init__(self, glyphs: Any, em: int) -> None:  # noqa: ANN401  # untyped glyph set
        super().__init__(glyphs)
        self._em = em
        self.segments: list[Segment] = []

    def _add(self, operator: str, *points: Point) -> None:
        scaled = tuple((x / self._em, y / self._em) for x, y in points)
        self.segments.append(Segment(operator, scaled))

    def _moveTo(self, pt: Point) -> None:  # noqa: N802  # name given by BasePen
        self._add("m", pt)

    def _lineTo(self, pt: Point) -> None:  # noqa: N802
        self._add("l", pt)

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802
        self._add("c", pt1, pt2, pt3)

    def _closePath(self) -> None:  # noqa: N802
        self._add("h")


def _open(path: Path) -> TTFont:
    # From memory: a lazy font would keep the file open for as long as it lives.
    content = BytesIO(path.read_bytes())
    if path.suffix.lower() != ".ttc":
        return TTFont(content, lazy=True)
    members = list(_members(content))
    # Noto names its members "… CJK SC", "… CJK JP" and so on.
    return next((font for font in members if "SC" in _family(font).split()), members[0])


def _members(content: BytesIO) -> Iterator[TTFont]:
    yield from TTCollection(content, lazy=True).fonts


def _family(font: TTFont) -> str:
    return str(font["name"].getBestFamilyName() or "")
