"""A list that is declared once: its columns, how it is narrowed down, what is said if it is empty.

::

    NOTES = Listing(
        name="notes",
        columns=(
            Column(name="title", label="notes.title", text=lambda note, _: note.title),
            Column(name="state", label="notes.state", text=..., is_filter=True),
        ),
        empty="notes.empty",
    )

- Rows come by pages: from the database by keyset, or from a list that is short anyhow.
- What is searched stands in the address. A list whose search would name a person asks by a form.
- An export is the whole list as it is narrowed down, not the page that is seen.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from starlette.responses import Response

from api.shared.sentences import sentence
from api.web.visits import Visit
from certsvc.foundation.db.paging import (
    MOST_AT_ONCE,
    CursorInvalidError,
    Page,
    PageRequest,
)
from certsvc.foundation.tables.safe_tables import csv_table
from certsvc.foundation.tables.safe_workbooks import xlsx_table

Row = TypeVar("Row")
Fetch = Callable[[PageRequest], Page[Row]]
"""Returns a page of a list."""
ExportKind = Literal["csv", "xlsx"]
SEARCH, SORT = "q", "sort"
_LONGEST = 140
MOST_EXPORTED = 10_000
"""Rows of an export; beyond, a command is the better way."""
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, kw_only=True)
class Column(Generic[Row]):
    """A column: of the table, and of the export."""

    name: str
    """As addresses name it."""
    label: str
    """Code of its title."""
    text: Callable[[Row, Visit], str]
    """What stands in it, as people read it."""
    order: Callable[[Row], str | int | float] | None = None
    """What it is sorted by; None: by its text."""
    address: Callable[[Row], str] | None = None
    """Page that it leads to."""
    is_filter: bool = False
    """Whether the list may be narrowed down to one of its values."""
    is_mono: bool = False
    """Whether its letters are all of one width."""


@dataclass(frozen=True, kw_only=True)
class ListFilter:
    """By what a list of the database may be narrowed down."""

    name: str
    """As addresses and the list name it."""
    label: str
    """Code of what people call it."""
    choices: Callable[[Visit], Sequence[tuple[str, str]]] | None = None
    """Values and their words; None: a day."""


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Row]):
    """A list."""

    name: str
    """Name of the exported file."""
    columns: Sequence[Column[Row]]
    """Its columns."""
    empty: str
    """Code of what is said if there is nothing: what to do next."""
    step: tuple[str, str] | None = None
    """Address of what to do next, and code of its words."""
    per_page: int = 20
    """Rows of a page."""
    heading: str = ""
    """Code of a title; empty where the page has its own."""
    filters: Sequence[ListFilter] = ()
    """How the database narrows it down, besides by columns."""
    sorts: Sequence[tuple[str, str]] = ()
    """How the database sorts it: names, and codes of what people call them."""
    search: str = ""
    """Code of what the database searches it for; empty if it cannot be searched."""

    def asked(self, visit: Visit) -> PageRequest:
        """Return what the address asks the database for, from the beginning."""
        kept = kept_of(visit, self)
        names = {each.name for each in self.filters}
        return PageRequest(
            limit=self.per_page,
            sort=kept.get(SORT) if self.sorts else None,
            filters={name: value for name, value in kept.items() if name in names},
            words=kept.get(SEARCH, "") if self.search else "",
        )

    def all_rows(self, fetch: Fetch[Row], asked: PageRequest) -> Iterator[Row]:
        """Go through a list page by page, as far as an export goes."""
        after, taken = None, 0
        while taken < MOST_EXPORTED:
            page = fetch(replace(asked, limit=MOST_AT_ONCE, after=after))
            yield from page.items
            taken, after = taken + len(page.items), page.next
            if after is None:
                return

    def export(self, visit: Visit, kind: ExportKind, fetch: Fetch[Row]) -> Response:
        """Send the list as a table that no spreadsheet computes anything in."""
        titles = [sentence(column.label, visit.language) for column in self.columns]
        lines = [
            titles,
            *(
                [column.text(row, visit) for column in self.columns]
                for row in self.all_rows(fetch, self.asked(visit))
            ),
        ]
        return table_response(self.name, kind, lines)


def kept_of(visit: Visit, listing: Listing[Row]) -> dict[str, str]:
    """Return what an address searches, narrows down and sorts a list by."""
    asked = visit.request.query_params
    columns = [each.name for each in listing.columns if each.is_filter]
    names = (SEARCH, SORT, *columns, *(each.name for each in listing.filters))
    return {name: asked[name].strip()[:_LONGEST] for name in names if asked.get(name, "").strip()}


def table_response(name: str, kind: ExportKind, lines: Iterable[Sequence[str]]) -> Response:
    """Send the lines of a table, its titles first, as a file that computes nothing."""
    write = csv_table if kind == "csv" else xlsx_table
    return Response(
        write(lines),
        media_type=_MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{kind}"',
            "Cache-Control": "private, no-store",
        },
    )


def pages_of(rows: Sequence[Row]) -> Fetch[Row]:
    """Return a short list by pages; its cursor is how many rows came before."""

    def fetch(page: PageRequest) -> Page[Row]:
        begin = 0
        if page.after is not None:
            if not (page.after.isascii() and page.after.isdigit()):
                raise CursorInvalidError
            begin = int(page.after[:9])
        end = begin + page.limit
        return Page(items=list(rows[begin:end]), next=str(end) if end < len(rows) else None)

    return fetch
