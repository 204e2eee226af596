"""English pages name types and matters in English; where Chinese stands, the page says so."""

import re
from html.parser import HTMLParser

from sqlalchemy import text

from tests.support.visitors import Visitor

HAN = re.compile(r"[\u3400-\u9fff]+")
TYPE, MATTER = "Certificate of No Criminal Record", "Talent subsidy"
PROPER_NAMES = (
    "SELECT name FROM units UNION SELECT name FROM staff_members UNION SELECT name FROM seals"
)


class _Words(HTMLParser):
    """Collects what a page says in its own language, and what is marked as Chinese."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.own: list[str] = []
        self.chinese: list[str] = []
        self._open: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"meta", "link", "input", "br", "img", "hr"}:
            return
        inherited = bool(self._open and self._open[-1])
        language = dict(attrs).get("lang")
        self._open.append(language.startswith("zh") if language else inherited)

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open.pop()

    def handle_data(self, data: str) -> None:
        (self.chinese if self._open and self._open[-1] else self.own).append(data)


def in_english(visitor: Visitor) -> Visitor:
    visitor.client.headers["Accept-Language"] = "en"
    return visitor


def proper_names(visitor: Visitor) -> list[str]:
    with visitor.world.services.database.reading() as session:
        names = list(session.scalars(text(PROPER_NAMES)))
    return sorted([*names, visitor.world.resident.name], key=len, reverse=True)


def chinese_left(visitor: Visitor, page: str) -> list[str]:
    """What of a page is Chinese, not marked as such, and no proper name."""
    words = "\n".join(_Words(page).own)
    for name in proper_names(visitor):
        words = words.replace(name, "")
    return HAN.findall(words)
