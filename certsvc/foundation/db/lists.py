"""Lists that the database narrows down, sorts and cuts into pages: what each may be asked for.

- A list says once how it is sorted and narrowed down; pages and interface ask by the same names.
- Every order ends with the list's key, so that it is total and pages follow one another whatever
  is written meanwhile. A cursor fits the order and the narrowing that it was made for alone.
- What a list does not know is refused, never ignored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.db.paging import Column, Order, Page, PageRequest, take_page
from certsvc.foundation.errors import InvalidInputError

DESCENDING = "-"
"""Before the name of a sort: the largest comes first."""
Condition = Callable[[str], ColumnElement[bool]]
"""Makes the condition of a value that was asked for. Raises: ValueError: it is none."""


class SortUnknownError(InvalidInputError):
    """The list is not sorted like that. Params: `sort`, `known`."""

    code = "db.sort-unknown"


class FilterInvalidError(InvalidInputError):
    """The list cannot be narrowed down by such a value. Params: `name`, `value`."""

    code = "db.filter-invalid"


@dataclass(frozen=True, kw_only=True)
class SqlList:
    """A list of the database."""

    name: str
    """Its name; with whose it is, so that a cursor fits that list alone."""
    sorts: Mapping[str, Sequence[Column]]
    """How it may be sorted: name, and columns of which none is ever NULL."""
    key: Sequence[Column]
    """Columns that are unique together; every order ends with them."""
    usual: str
    """How it is sorted if nobody says."""
    filters: Mapping[str, Condition] = field(default_factory=dict)
    """By what it may be narrowed down."""
    words: Condition | None = None
    """What is found by a word; None if it cannot be searched."""

    @property
    def known_sorts(self) -> list[str]:
        """Return every way in which it may be sorted."""
        return [mark + name for name in self.sorts for mark in ("", DESCENDING)]

    def take(
        self, session: Session, rows: Select[*tuple[Any, ...]], page: PageRequest
    ) -> Page[Any]:
        """Return a page of what a statement finds, as it was asked for.

        Raises:
            SortUnknownError: it is not sorted like that.
            FilterInvalidError: a value is none that it is narrowed down by.
            CursorInvalidError: the page does not follow one of this list.
        """
        order = self._order(page)
        return take_page(session, self.narrowed(rows, page), order=order, page=page)

    def narrowed(
        self, rows: Select[*tuple[Any, ...]], page: PageRequest
    ) -> Select[*tuple[Any, ...]]:
        """Return a statement with what the list is narrowed down by.

        Raises:
            FilterInvalidError: a value is none that it is narrowed down by.
        """
        for name, value in page.filters.items():
            rows = rows.where(_condition(self.filters.get(name), name, value))
        if page.words:
            rows = rows.where(_condition(self.words, "q", page.words))
        return rows

    def _order(self, page: PageRequest) -> Order:
        wanted = page.sort or self.usual
        name = wanted.removeprefix(DESCENDING)
        if name not in self.sorts:
            raise SortUnknownError(sort=wanted[:60], known=", ".join(self.known_sorts))
        columns = [*self.sorts[name]]
        columns += [each for each in self.key if not any(each is other for other in columns)]
        narrowing = [*sorted(page.filters.items()), ("q", page.words)]
        return Order(
            name=f"{self.name} {wanted} {narrowing}",
            columns=columns,
            descending=wanted.startswith(DESCENDING),
        )


def _condition(make: Condition | None, name: str, value: str) -> ColumnElement[bool]:
    try:
        if make is not None:
            return make(value)
    except ValueError as error:
        raise FilterInvalidError(name=name, value=value[:60]) from error
    raise FilterInvalidError(name=name, value=value[:60])


def equals(column: Column) -> Condition:
    """Narrow down to one value of a column."""
    return lambda value: column == value


def from_day(column: Column) -> Condition:
    """Narrow down to instants from the beginning of a day in China on."""
    return lambda value: column >= begin_of_day(date.fromisoformat(value))


def before_day(column: Column) -> Condition:
    """Narrow down to instants before the beginning of a day in China."""
    return lambda value: column < begin_of_day(date.fromisoformat(value))


def begin_of_day(day: date) -> datetime:
    """Return the first instant of a day in China."""
    return datetime.combine(day, time(), CHINA_TIME)
