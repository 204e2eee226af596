"""The fonts a paper is set in, and which characters they have.

- Fonts come only from the folder the caller names; system fonts are never used, so a paper looks
  the same on every machine.
- A character that no font has is an error that names it, never an empty box on a proof.
- Coverage is read once per folder and process (0.3 s), then answered from memory.
"""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from pathlib import Path

import typst
from fontTools.ttLib import TTFont, TTLibError

from templates.errors import FontsMissingError, GlyphMissingError
from templates.face import named_all

FILES = {
    "FandolFang-Regular.otf": -1,
    "LiberationSerif-Regular.ttf": -1,
    "LiberationSerif-Bold.ttf": -1,
    "NotoSerifCJK-Regular.ttc": 2,
    "NotoSerifCJK-Bold.ttc": 2,
    "NotoSansCJK-Regular.ttc": 2,
    "HanaMinA.ttf": -1,
    "HanaMinB.ttf": -1,
}
"""File → number of the simplified-Chinese font in a collection, -1 for a single font."""


HAN_ONLY = frozenset({"HanaMinA.ttf", "HanaMinB.ttf"})
"""Fallbacks the layouts use for Chinese characters alone; they also hold emoji and the like."""

HAN = frozenset(
    chain(
        range(0x2E80, 0x2FE0),
        range(0x3005, 0x3008),
        range(0x3021, 0x302A),
        range(0x3400, 0x4DC0),
        range(0x4E00, 0xA000),
        range(0xF900, 0xFB00),
        range(0x20000, 0x33480),
    )
)
"""Blocks of Chinese characters (Unicode 17, script Han)."""


class FontFolder:
    """The fonts laid out by ``scripts/fonts``."""

    def __init__(self, folder: Path) -> None:
        """Take the folder in use.

        Raises:
            FontsMissingError: a file is not there; run ``scripts/fonts``.
        """
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise FontsMissingError(folder=str(folder), files=", ".join(missing))
        self.folder = folder

    @cached_property
    def for_layout(self) -> typst.Fonts:
        """The folder as the layout engine takes it."""
        return typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[self.folder],
        )

    @cached_property
    def coverage(self) -> frozenset[int]:
        """Code points at least one of the fonts has a glyph for."""
        points: set[int] = set()
        for name, number in FILES.items():
            try:
                with (
                    (self.folder / name).open("rb") as file,
                    TTFont(file, fontNumber=number, lazy=True) as font,
                ):
                    # Names of glyphs are not looked at, and reading them is most of the work.
                    font.setGlyphOrder(range(font["maxp"].numGlyphs))
                    found = font.getBestCmap()
            except (TTLibError, OSError) as error:
                raise FontsMissingError(folder=str(self.folder), files=name) from error
            points.update(HAN.intersection(found) if name in HAN_ONLY else found)
        return frozenset(points)

    def check_coverage(self, texts: Iterable[str]) -> None:
        """Make sure every character can be drawn.

        Raises:
            GlyphMissingError: names the characters.
        """
        missing = [
            character for text in texts for character in text if ord(character) not in self.coverage
        ]
        if missing:
            raise GlyphMissingError(characters=named_all(missing))
