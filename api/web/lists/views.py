"""A list as a template shows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import urlencode

from api.shared.addresses import address_of
from api.shared.sentences import sentence
from api.web.lists.listing import (
    SEARCH,
    SORT,
    Column,
    ExportKind,
    Fetch,
    ListFilter,
    Listing,
    kept_of,
    pages_of,
)
from api.web.visits import Visit
from certsvc.foundation.db.paging import PageRequest

Row = TypeVar("Row")
EXPORTS: tuple[ExportKind, ...] = ("csv", "xlsx")
AFTER, EXPORT = "after", "export"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A choice that narrows the list down."""

    name: str
    """As the address names it."""
    label: str
    """What people call it."""
    value: str
    """What is chosen; empty: all."""
    values: Sequence[tuple[str, str]]
    """What may be chosen: values and their words."""
    is_day: bool = False
    """Whether a day is asked for."""


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
    search_label: str
    """What people call what it is searched for."""
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
    after = visit.request.query_params.get(AFTER)
    page = fetch(replace(listing.asked(visit), after=after or None))
    kept = kept_of(visit, listing) if _is_narrowable(listing) else {}
    kept |= {name: value for name, value in (keep or {}).items() if value}
    return _view(
        visit,
        listing,
        page.items,
        following=page.next,
        kept=kept,
        exports=exports,
        count=count,
        action=action,
        filters=[_filter(visit, each, kept.get(each.name, "")) for each in listing.filters],
        is_searched=bool(listing.search),
        sorts=_sorts(visit, listing.sorts),
    )


def short_list(
    visit: Visit, listing: Listing[Row], rows: Sequence[Row], *, exports: bool = True
) -> ListView[Row]:
    """Lay out a page of a list that is short anyhow: search, filters and sort are found here."""
    asked = visit.request.query_params
    kept = kept_of(visit, listing)
    found = narrowed(visit, listing, rows)
    page = pages_of(found)(PageRequest(limit=listing.per_page, after=asked.get(AFTER) or None))
    filters = [
        Filter(
            name=column.name,
            label=sentence(column.label, visit.language),
            value=kept.get(column.name, ""),
            values=[(text, text) for text in sorted({column.text(row, visit) for row in rows})],
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
        sorts=_sorts(visit, [(each.name, each.label) for each in listing.columns])
        if len(rows) > 1
        else (),
    )


def narrowed(visit: Visit, listing: Listing[Row], rows: Sequence[Row]) -> list[Row]:
    """Return what the address asks for of a short list, in the order that it asks for."""
    kept = kept_of(visit, listing)
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


def _is_narrowable(listing: Listing[Row]) -> bool:
    return bool(listing.filters or listing.sorts or listing.search)


def _filter(visit: Visit, wanted: ListFilter, value: str) -> Filter:
    return Filter(
        name=wanted.name,
        label=sentence(wanted.label, visit.language),
        value=value,
        values=wanted.choices(visit) if wanted.choices else (),
        is_day=wanted.choices is None,
    )


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
    sorts: Sequence[tuple[str, str]] = (),
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
        search_label=sentence(listing.search or "list.search", language),
        filters=filters,
        sorts=sorts,
        sort=kept.get(SORT, ""),
        is_narrowed=is_narrowed,
        first=address() if visit.request.query_params.get(AFTER) else None,
        next=address(after=following) if following else None,
        exports=[(kind, address(export=kind)) for kind in EXPORTS] if exports and rows else (),
        empty=sentence(listing.empty, language),
        step=(listing.step[0], sentence(listing.step[1], language)) if listing.step else None,
        heading=sentence(listing.heading, language) if listing.heading else "",
    )


def _sorts(visit: Visit, names: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    sorts = []
    for name, label in names:
        title = sentence(label, visit.language)
        descending = sentence("list.sort.descending", visit.language, {"column": title})
        sorts += [(name, title), (f"-{name}", descending)]
    return sorts
