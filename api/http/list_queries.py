"""How each list may be sorted and narrowed down over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Query

from api.shared.paging import NumberWanted, PageWanted, narrowed_page
from certsvc.certificates.batches.rules import BatchState
from certsvc.certificates.extraction.rules import CopyState
from certsvc.foundation.db.paging import PageRequest

CopySort = Literal[
    "extracted_at", "-extracted_at", "valid_until", "-valid_until", "matter", "-matter"
]
BatchSort = Literal["created_at", "-created_at", "rows", "-rows"]
_SORTED = "How it is sorted; with `-` the largest first"
From = Annotated[
    date | None, Query(description="From this day in China on", examples=["2026-11-01"])
]
Before = Annotated[
    date | None, Query(description="Before this day in China", examples=["2026-12-01"])
]
TypeCode = Annotated[
    str | None,
    Query(
        alias="type",
        max_length=60,
        pattern=r"^[0-9A-Za-z._\-]+$",
        description="Code of the certificate type",
        examples=["social-insurance"],
    ),
]
MatterCode = Annotated[
    str | None,
    Query(
        max_length=60,
        pattern=r"^[0-9A-Za-z._\-]+$",
        description="Code of the matter",
        examples=["talent-subsidy"],
    ),
]


def copies_wanted(  # noqa: PLR0913  the query
    page: PageWanted,
    *,
    sort: Annotated[
        CopySort, Query(description=_SORTED, examples=["-extracted_at"])
    ] = "-extracted_at",
    state: Annotated[
        CopyState | None, Query(description="How they stand now", examples=["revoked"])
    ] = None,
    kind: TypeCode = None,
    matter: MatterCode = None,
    extracted_from: From = None,
    extracted_before: Before = None,
    q: NumberWanted = None,
) -> PageRequest:
    """Return which copies are wanted."""
    return narrowed_page(
        page,
        sort=sort,
        words=q,
        state=state,
        type=kind,
        matter=matter,
        extracted_from=extracted_from,
        extracted_before=extracted_before,
    )


def batches_wanted(
    page: PageWanted,
    *,
    sort: Annotated[
        BatchSort, Query(description=_SORTED, examples=["-created_at"])
    ] = "-created_at",
    state: Annotated[
        BatchState | None, Query(description="How they stand now", examples=["done"])
    ] = None,
    created_from: From = None,
    created_before: Before = None,
    q: NumberWanted = None,
) -> PageRequest:
    """Return which batches are wanted."""
    return narrowed_page(
        page,
        sort=sort,
        words=q,
        state=state,
        created_from=created_from,
        created_before=created_before,
    )


CopiesWanted = Annotated[PageRequest, Depends(copies_wanted)]
BatchesWanted = Annotated[PageRequest, Depends(batches_wanted)]
