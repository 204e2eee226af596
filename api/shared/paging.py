"""Lists page by page: `limit`, `after`, `next`."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from api.shared.addresses import address_of
from certsvc.foundation.db.paging import DEFAULT_LIMIT, MOST_AT_ONCE, PageRequest

_CURSOR_MAX_LENGTH = 600


class ListAnswer(BaseModel):
    """Base of every list: its items are the endpoint's own."""

    next: Annotated[
        str | None,
        Field(
            description="Cursor of the page that follows, for `after`; null at the end."
            " The header `Link` (RFC 8288) has the whole address"
        ),
    ] = None


def page_request(
    limit: Annotated[
        int, Query(ge=1, le=MOST_AT_ONCE, description="Items at most", examples=[DEFAULT_LIMIT])
    ] = DEFAULT_LIMIT,
    after: Annotated[
        str | None,
        Query(
            description="`next` of the page before; the beginning if left out",
            max_length=_CURSOR_MAX_LENGTH,
            examples=["MW0UUkLGg2lbIjIwMjYtMTEtMjFUMDI6MDA6MDArMDA6MDAiLCAiUzVBWTVaREYiXQ"],
        ),
    ] = None,
) -> PageRequest:
    """Return which part of the list is wanted."""
    return PageRequest(limit=limit, after=after)


PageWanted = Annotated[PageRequest, Depends(page_request)]


NumberWanted = Annotated[
    str | None,
    Query(
        alias="q",
        max_length=140,
        description="A number as it stands on the paper; never a person's",
        examples=["S5AY5ZDFJEWYQF1V8JSH"],
    ),
]


def narrowed_page(
    page: PageRequest,
    *,
    sort: str | None = None,
    words: str | None = None,
    **filters: str | date | None,
) -> PageRequest:
    """Return which part of a list is wanted, narrowed down by what was given."""
    given = {name: value for name, value in filters.items() if value is not None}
    texts = {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in given.items()
    }
    return replace(page, sort=sort, words=words or "", filters=texts)


def link_next(request: Request, response: Response, following: str | None) -> None:
    """Name the address of the page that follows, on this server."""
    if following is None:
        return
    asked = [pair for pair in request.query_params.multi_items() if pair[0] != "after"]
    query = urlencode([*asked, ("after", following)])
    response.headers["Link"] = f'<{address_of(request)}?{query}>; rel="next"'
