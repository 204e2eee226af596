"""The fonts a paper is set in, and which characters they have.

- Fonts come only from the folder the caller names; system fonts are never used, so a paper looks
  the same on every machine.
- A character that no font has is an error that names it, never an empty box on a proof.
- Coverage is read once per folder and process (0.3 s), then answered from memory.
"""

from collections.abc import Iterable
from functools import cached_property
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
                with TTFont(self.folder / name, fontNumber=number, lazy=True) as font:
                    points.update(font.getBestCmap())
            except (TTLibError, OSError) as error:
                raise FontsMissingError(folder=str(self.folder), files=name) from error
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
