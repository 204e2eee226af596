"""Lists page by page, by keyset: a page begins after the last row of the one before.

- Rows inserted between two requests do not shift the pages, as they would with an offset.
- The columns of the order are unique together; the last of them makes them so.
- A cursor is opaque and checks itself: one that was cut, or belongs to another list, is refused.
  It is no right to anything: every page is asked for with the caller's own rights.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.errors import InvalidInputError

DEFAULT_LIMIT = 50
MOST_AT_ONCE = 200
_CHECK_BYTES = 8
_LONGEST = 600
_LARGEST = 2**63

Item = TypeVar("Item")
Value = str | int | date | datetime
Column = InstrumentedAttribute[Any]


class CursorInvalidError(InvalidInputError):
    """The cursor was not issued by this list."""

    code = "db.cursor-invalid"


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """Which part of a list is wanted."""

    limit: int = DEFAULT_LIMIT
    """How many items at most, from 1 to `MOST_AT_ONCE`."""
    after: str | None = None
    """Cursor of the page before; the beginning if None."""
    sort: str | None = None
    """How it is sorted; as usual if None."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """What it is narrowed down by: names and values."""
    words: str = ""
    """What is searched for."""


FIRST_PAGE = PageRequest()


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Item]):
    """A part of a list."""

    items: list[Item]
    """Its items."""
    next: str | None
    """Cursor of the page that follows; None at the end."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """How a list is ordered."""

    name: str
    """Name of the list including its filters, so that a cursor is valid for that list only."""
    columns: Sequence[Column]
    """Columns, unique together, none of them ever NULL."""
    descending: bool = False
    """Whether the largest comes first."""


def take_page(
    session: Session, rows: Select[*tuple[Any, ...]], *, order: Order, page: PageRequest
) -> Page[Any]:
    """Return a page of what a statement finds: rows, or the objects of one with a single entity.

    Raises:
        CursorInvalidError: the cursor belongs to another list, or was changed.
    """
    columns = list(order.columns)
    if page.after is not None:
        last = _read_cursor(order, page.after)
        typed: list[ColumnElement[Any]] = [
            literal(value, column.type) for value, column in zip(last, columns, strict=True)
        ]
        mine, theirs = tuple_(*columns), tuple_(*typed)
        rows = rows.where(mine < theirs if order.descending else mine > theirs)
    rows = rows.order_by(*(each.desc() if order.descending else each for each in columns))
    single = len(rows.column_descriptions) == 1
    found = session.execute(rows.add_columns(*columns).limit(page.limit + 1)).unique().all()
    kept = found[: page.limit]
    width = len(columns)
    return Page(
        items=[row[0] if single else row[:-width] for row in kept],
        next=_write_cursor(order, kept[-1][-width:]) if len(found) > page.limit else None,
    )


def _write_cursor(order: Order, values: Sequence[Value]) -> str:
    content = json.dumps([_as_json(value) for value in values]).encode()
    return base64.urlsafe_b64encode(_check(order, content) + content).decode().rstrip("=")


def _read_cursor(order: Order, cursor: str) -> list[Value]:
    try:
        if len(cursor) > _LONGEST:
            raise CursorInvalidError
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        check, content = packed[:_CHECK_BYTES], packed[_CHECK_BYTES:]
        if check != _check(order, content):
            raise CursorInvalidError
        values = json.loads(content)
        pairs = zip(values, order.columns, strict=True)
        return [_as_value(value, _kind_of(column)) for value, column in pairs]
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise CursorInvalidError from error


def _check(order: Order, content: bytes) -> bytes:
    return hashlib.sha256(order.name.encode() + b"\0" + content).digest()[:_CHECK_BYTES]


def _kind_of(column: Column) -> type:
    return datetime if isinstance(column.type, UtcDateTime) else column.type.python_type


def _as_json(value: Value) -> str | int:
    return value.isoformat() if isinstance(value, date) else value


def _as_value(value: object, kind: type) -> Value:
    if kind in {date, datetime} and isinstance(value, str):
        read: Value = kind.fromisoformat(value)
        # Only as we write it: in UTC, so that no instant lies outside of what there is in UTC.
        if value != _as_json(read) or (isinstance(read, datetime) and read.tzinfo is not UTC):
            raise ValueError
        return read
    if not isinstance(value, str | int) or type(value) is not kind:
        raise ValueError
    if isinstance(value, int) and abs(value) >= _LARGEST:
        raise ValueError
    return value
