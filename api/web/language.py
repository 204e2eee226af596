"""The language of a page: asked for in the address, remembered in a cookie, else the browser's."""

from typing import Annotated

from fastapi import Depends, Request

from api.shared.language import parse_language, preferred_language
from certsvc.foundation.messages.catalogue import Language

COOKIE = "certsvc-lang"
PARAMETER = "lang"
REMEMBERED_S = 365 * 24 * 3600


def page_language(request: Request) -> Language:
    """Return the language to show a page in."""
    return (
        parse_language(request.query_params.get(PARAMETER))
        or parse_language(request.cookies.get(COOKIE))
        or preferred_language(request.headers.get("accept-language"))
    )


PageLanguage = Annotated[Language, Depends(page_language)]
