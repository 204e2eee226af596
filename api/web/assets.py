"""The style sheet and the scripts: read once, and named by what is in them.

- The style sheet is written in several files, in the order of their names, and sent as one.
- An address bears a digest of the content, so that a browser never shows new pages in old clothes.
- Icons are Heroicons, drawn into the page: no file more to fetch, and no colour of their own.
"""

import hashlib
from functools import cache
from pathlib import Path

from heroicons.jinja import heroicon_outline
from markupsafe import Markup

_STATIC = Path(__file__).parent / "static"
STYLE = "style.css"


@cache
def content_of(name: str) -> str:
    """Return the style sheet or a script."""
    parts = sorted(_STATIC.glob("*.css")) if name == STYLE else [_STATIC / name]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


@cache
def address_of_asset(name: str) -> str:
    """Return the address of the style sheet or a script; another one for another content."""
    digest = hashlib.sha256(content_of(name).encode()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@cache
def icon(name: str, kind: str = "icon") -> Markup:
    """Draw an icon of the set; it says nothing that the words beside it do not say.

    Raises:
        IconDoesNotExist: the set has no icon of this name.
    """
    drawn = str(heroicon_outline(name, size=None, aria_hidden="true", focusable="false"))
    return Markup(drawn.replace("<svg ", f'<svg class="{kind}" ', 1))  # noqa: S704  drawn by the set
