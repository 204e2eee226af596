"""A text of a page that tells to press something names what is really there."""

import re
from pathlib import Path

from certsvc.foundation.messages.catalogue import Language, load_catalogue

_ROOT = Path(__file__).parents[2]
_EXAMPLES = {
    "page.desk.purpose.hint": "a purpose that somebody may type",
    "page.desk.preview.picture.alt": "a word that lies over the picture",
}
"""Texts that quote something else than a name of ours, and what."""
_SUFFIXES = {".html", ".js", ".py"}


def used_text() -> str:
    """Everything of the pages' code that can show a text."""
    files = [path for path in (_ROOT / "api").rglob("*") if path.suffix in _SUFFIXES]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def is_shown(code: str, pages: str) -> bool:
    """Tell whether a page asks for a code, whole or by its beginning."""
    begin = code.rpartition(".")[0] + "."
    whole = f'"{code}"' in pages or f"'{code}'" in pages
    return whole or any(f"{begin}{mark}" in pages for mark in "\"'{")


def test_whatever_a_pages_text_quotes_is_there() -> None:
    texts, pages = load_catalogue().texts, used_text()
    missing = []
    for code, entry in texts.items():
        if not code.startswith("page.") or code in _EXAMPLES:
            continue
        for language in Language:
            for name in re.findall("“([^”{]+)”", entry[language]):
                holders = [other for other, each in texts.items() if each[language] == name]
                if not any(is_shown(other, pages) for other in holders):
                    missing.append((code, language.value, name))
    assert missing == []


def test_every_exception_is_needed() -> None:
    texts = load_catalogue().texts
    assert all("“" in texts[code][Language.EN] for code in _EXAMPLES)
