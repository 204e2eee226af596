"""Outlines of characters, taken from an open-licence font.

A font of Chinese takes 90 MB while it is open, and its tables refer to each other in circles, so
that a dropped one stays until the collector of circles happens to run: it counts objects, not
bytes. Therefore each font is opened once in a process and kept.
"""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock

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


_MOST_OPEN = 2
_OPENING = Lock()


def outline_font(path: Path) -> "OutlineFont":
    """Return a font that is opened once in this process; a file put in its place is opened anew.

    Args:
        path: A .ttf, .otf, or .ttc; of a collection, the simplified Chinese member.

    Raises:
        SealImageError: It cannot be read as a font.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise SealImageError(reason="font", character="") from error
    with _OPENING:
        return _kept(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=_MOST_OPEN)
def _kept(path: Path, _written_ns: int, _size: int) -> "OutlineFont":
    return OutlineFont(path)


class OutlineFont:
    """A font; hands out the outline of any character it has, to one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open a font.

        Args:
            path: A .ttf, .otf, or .ttc; of a collection, the simplified Chinese member.

        Raises:
            SealImageError: It cannot be read as a font.
        """
        self._reading = Lock()
        """Held while tables are read, which a lazy font does at their first use."""
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
        with self._reading:
            return self._read(character)

    def _read(self, character: str) -> Glyph:
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
    members = list(TTCollection(content, lazy=True).fonts)
    # Noto names its members "… CJK SC", "… CJK JP" and so on.
    return next((font for font in members if "SC" in _family(font).split()), members[0])


def _family(font: TTFont) -> str:
    return str(font["name"].getBestFamilyName() or "")
