"""Outlines of characters, taken from an open-licence font."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.ttCollection import TTCollection

from signing.errors import SealImageError
from signing.images.segment_pen import SegmentPen
from signing.images.vector_paths import Segment


@dataclass(frozen=True, kw_only=True)
class Glyph:
    """One character's outline in units of the em (1.0 = font size), y upwards."""

    segments: tuple[Segment, ...]
    left: float
    bottom: float
    right: float
    top: float
    advance: float
    """From this character to the next."""


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
        pen = SegmentPen(self._em)
        self._glyphs[name].draw(recording)
        recording.replay(pen)
        left, bottom, right, top = (value / self._em for value in bounds.bounds)
        return Glyph(
            segments=tuple(pen.segments),
            left=left,
            bottom=bottom,
            right=right,
            top=top,
            advance=self._glyphs[name].width / self._em,
        )


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
