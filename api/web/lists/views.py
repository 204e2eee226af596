"""A list as a template shows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from api.shared.addresses import address_of
from api.shared.sentences import sentence
from api.web.lists.listing import Column, ExportKind, Fetch, Listing, pages_of
from api.web.visits import Visit
from certsvc.foundation.db.paging import PageRequest

Row = TypeVar("Row")
EXPORTS: tuple[ExportKind, ...] = ("csv", "xlsx")
SEARCH, SORT, AFTER, EXPORT = "q", "sort", "after", "export"
_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A choice that narrows the list down."""

    name: str
    """As the address names it."""
    label: str
    """What people call it."""
    value: str
    """What is chosen; empty: all."""
    values: Sequence[str]
    """What may be chosen."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of the table."""

    label: str
    """Title of its column."""
    text: str
    """What stands in it."""
    address: str | None
    """Page that it leads to."""
    is_mono: bool
    """Whether its letters are all of one width."""


@dataclass(frozen=True, kw_only=True)
class ListView(Generic[Row]):
    """A page of a list, with all that is around it."""

    rows: Sequence[Row]
    """What is on this page."""
    table: Sequence[Sequence[Cell]]
    """The same as cells."""
    titles: Sequence[str]
    """Titles of the columns."""
    action: str
    """Address of the list."""
    count: int | None
    """How many there are, as it is narrowed down; None if nobody counted."""
    search: str | None
    """What is searched for; None if the list cannot be searched."""
    filters: Sequence[Filter]
    """How it may be narrowed down."""
    sorts: Sequence[tuple[str, str]]
    """How it may be sorted: value and words."""
    sort: str
    """How it is sorted; empty: as usual."""
    is_narrowed: bool
    """Whether anything is left out."""
    first: str | None
    """Address of the first page, from any other."""
    next: str | None
    """Address of the next page."""
    exports: Sequence[tuple[str, str]]
    """Kind and address of each export."""
    empty: str
    """What is said if there is nothing."""
    step: tuple[str, str] | None
    """Address and words of what to do next."""
    heading: str = ""
    """Its title."""


def list_page(
    visit: Visit,
    listing: Listing[Row],
    fetch: Fetch[Row],
    *,
    keep: Mapping[str, str] | None = None,
    exports: bool = True,
    action: str | None = None,
    count: int | None = None,
) -> ListView[Row]:
    """Lay out a page of a list that the database narrows down, sorts and cuts into pages.

    Args:
        visit: The request.
        listing: The list.
        fetch: Returns a page of it.
        keep: What the address narrows it down by, kept from page to page.
        exports: Whether it may be taken along.
        action: Address of the list, where another page shows it.
        count: How many there are, if somebody counted.
    """
    asked = visit.request.query_params.get(AFTER)
    page = fetch(PageRequest(limit=listing.per_page, after=asked or None))
    kept = {name: value for name, value in (keep or {}).items() if value}
    return _view(
        visit,
        listing,
        page.items,
        following=page.next,
        kept=kept,
        exports=exports,
        count=count,
        action=action,
    )


def short_list(
    visit: Visit, listing: Listing[Row], rows: Sequence[Row], *, exports: bool = True
) -> ListView[Row]:
    """Lay out a page of a list that is short anyhow: search, filters and sort are found here."""
    asked = visit.request.query_params
    kept = _kept(visit, listing)
    found = narrowed(visit, listing, rows)
    page = pages_of(found)(PageRequest(limit=listing.per_page, after=asked.get(AFTER) or None))
    filters = [
        Filter(
            name=column.name,
            label=sentence(column.label, visit.language),
            value=kept.get(column.name, ""),
            values=sorted({column.text(row, visit) for row in rows}),
        )
        for column in listing.columns
        if column.is_filter
    ]
    return _view(
        visit,
        listing,
        page.items,
        following=page.next,
        kept=kept,
        exports=exports,
        count=len(found),
        filters=[each for each in filters if len(each.values) > 1 or each.value],
        is_searched=len(rows) > 1,
    )


def narrowed(visit: Visit, listing: Listing[Row], rows: Sequence[Row]) -> list[Row]:
    """Return what the address asks for of a short list, in the order that it asks for."""
    kept = _kept(visit, listing)
    words, columns = kept.get(SEARCH, "").casefold(), {each.name: each for each in listing.columns}
    found = [
        row
        for row in rows
        if all(word in _all_text(listing, row, visit) for word in words.split())
        and all(
            columns[name].text(row, visit) == value
            for name, value in kept.items()
            if name in columns and columns[name].is_filter
        )
    ]
    column = columns.get(kept.get(SORT, "").removeprefix("-"))
    if column is not None:
        found.sort(key=column.order or _by_text(column, visit), reverse=kept[SORT].startswith("-"))
    return found


def wanted_export(visit: Visit) -> ExportKind | None:
    """Return as which kind of table the address asks for the list, if at all."""
    asked = visit.request.query_params.get(EXPORT)
    return next((kind for kind in EXPORTS if kind == asked), None)


def _by_text(column: Column[Row], visit: Visit) -> Callable[[Row], str]:
    return lambda row: column.text(row, visit)


def _all_text(listing: Listing[Row], row: Row, visit: Visit) -> str:
    return "\n".join(column.text(row, visit) for column in listing.columns).casefold()


def _kept(visit: Visit, listing: Listing[Row]) -> dict[str, str]:
    asked = visit.request.query_params
    names = (SEARCH, SORT, *(each.name for each in listing.columns if each.is_filter))
    return {name: asked[name].strip()[:_LONGEST] for name in names if asked.get(name, "").strip()}


def _view(  # noqa: PLR0913  what surrounds a list
    visit: Visit,
    listing: Listing[Row],
    rows: Sequence[Row],
    *,
    following: str | None,
    kept: Mapping[str, str],
    exports: bool,
    count: int | None,
    filters: Sequence[Filter] = (),
    is_searched: bool = False,
    action: str | None = None,
) -> ListView[Row]:
    action, language = action or address_of(visit.request), visit.language
    titles = [sentence(column.label, language) for column in listing.columns]

    def address(**more: str) -> str:
        query = urlencode({**kept, **more})
        return f"{action}?{query}" if query else action

    is_narrowed = any(name != SORT for name in kept)
    return ListView(
        rows=rows,
        table=[
            [
                Cell(
                    label=title,
                    text=column.text(row, visit),
                    address=column.address(row) if column.address else None,
                    is_mono=column.is_mono,
                )
                for title, column in zip(titles, listing.columns, strict=True)
            ]
            for row in rows
        ],
        titles=titles,
        action=action,
        count=count,
        search=kept.get(SEARCH, "") if is_searched or kept.get(SEARCH) else None,
        filters=filters,
        sorts=_sorts(listing, visit) if is_searched else (),
        sort=kept.get(SORT, ""),
        is_narrowed=is_narrowed,
        first=address() if visit.request.query_params.get(AFTER) else None,
        next=address(after=following) if following else None,
        exports=[(kind, address(export=kind)) for kind in EXPORTS] if exports and rows else (),
        empty=sentence(listing.empty, language),
        step=(listing.step[0], sentence(listing.step[1], language)) if listing.step else None,
        heading=sentence(listing.heading, language) if listing.heading else "",
    )


def _sorts(listing: Listing[Row], visit: Visit) -> list[tuple[str, str]]:
    sorts = []
    for column in listing.columns:
        title = sentence(column.label, visit.language)
        descending = sentence("list.sort.descending", visit.language, {"column": title})
        sorts += [(column.name, title), (f"-{column.name}", descending)]
    return sorts
