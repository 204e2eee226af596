"""Reading sentences from the catalogue.

- A file of `texts/` holds the texts whose codes begin with its name; no text stands twice.
- Every text has both languages; a text with one is a defect found at start.
- A sentence's parameters are filled in literally; nothing in them is interpreted.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("texts")
_PLACE = re.compile(r"\{(\w+)\}")


class Language(StrEnum):
    """Languages of the service."""

    ZH = "zh"
    """zh-CN, the first language."""
    EN = "en"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All sentences, by code."""

    texts: Mapping[str, Mapping[str, str]]

    def __contains__(self, code: str) -> bool:
        return code in self.texts

    def text(
        self, code: str, language: Language, params: Mapping[str, str | int] | None = None
    ) -> str:
        """Return the sentence of a code, its places filled in.

        Returns the code itself if it is unknown. A test proves that no code of the program is.
        """
        entry = self.texts.get(code)
        if entry is None:
            return code
        values = params or {}
        return _PLACE.sub(lambda m: str(values.get(m[1], "")), entry[language.value])


@cache
def load_catalogue() -> Catalogue:
    """Read the catalogue of this program.

    Raises:
        ValueError: a text lacks a language, stands in the wrong file, or stands twice.
    """
    texts: dict[str, Mapping[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            misplaced = code in texts or not code.startswith(f"{path.stem}.")
            if misplaced or set(entry) != {language.value for language in Language}:
                raise ValueError(code)
            texts[code] = entry
    return Catalogue(texts=texts)
