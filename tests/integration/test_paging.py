"""Lists page by page, on each engine."""

import base64
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.paging import CursorInvalidError, Order, PageRequest, _check, take_page
from certsvc.people.accounts.records import LogInFailures
from certsvc.people.units.records import Unit
from tests.support.world import NOW

ORDER = Order(
    name="failures", columns=(LogInFailures.failed_at, LogInFailures.subject_hmac), descending=True
)


def add(database: Database, *numbers: int) -> None:
    """Add rows; two and two have the same instant."""
    with database.transaction() as session:
        for number in numbers:
            at = NOW + timedelta(microseconds=number // 2)
            session.add(LogInFailures(subject_hmac=f"{number:04}", count=1, failed_at=at))


def walk(database: Database, limit: int, order: Order = ORDER) -> list[str]:
    found, after = [], None
    while True:
        with database.reading() as session:
            page = take_page(
                session,
                select(LogInFailures),
                order=order,
                page=PageRequest(limit=limit, after=after),
            )
        found += [row.subject_hmac for row in page.items]
        assert len(page.items) <= limit
        if page.next is None:
            return found
        after = page.next


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_every_row_comes_once_and_in_order(migrated_database: Database, limit: int) -> None:
    add(migrated_database, *range(7))
    expected = [f"{number:04}" for number in reversed(range(7))]
    assert walk(migrated_database, limit) == expected
    ascending = Order(name="failures", columns=ORDER.columns)
    assert walk(migrated_database, limit, ascending) == expected[::-1]


def test_rows_that_come_meanwhile_move_nothing(migrated_database: Database) -> None:
    add(migrated_database, 1, 2, 3, 4)
    with migrated_database.reading() as session:
        first = take_page(session, select(LogInFailures), order=ORDER, page=PageRequest(limit=2))
    add(migrated_database, 8, 9)
    with migrated_database.reading() as session:
        second = take_page(
            session,
            select(LogInFailures),
            order=ORDER,
            page=PageRequest(limit=2, after=first.next),
        )
    assert [row.subject_hmac for row in second.items] == ["0002", "0001"]


def test_several_entities_are_given_as_rows(migrated_database: Database) -> None:
    add(migrated_database, 1)
    with migrated_database.transaction() as session:
        session.add(Unit(code="1" * 18, name="单位", kind="government", area_code="990101"))
    with migrated_database.reading() as session:
        page = take_page(
            session,
            select(LogInFailures, Unit).join(Unit, Unit.code == "1" * 18),
            order=ORDER,
            page=PageRequest(),
        )
    ((failure, unit),) = page.items
    assert (failure.subject_hmac, unit.name, page.next) == ("0001", "单位", None)


def cursor_of(database: Database, order: Order = ORDER) -> str:
    add(database, 1, 2)
    with database.reading() as session:
        page = take_page(session, select(LogInFailures), order=order, page=PageRequest(limit=1))
    assert page.next is not None
    return page.next


def reread(database: Database, cursor: str, order: Order = ORDER) -> None:
    with database.reading() as session:
        take_page(session, select(LogInFailures), order=order, page=PageRequest(after=cursor))


def test_a_cursor_of_another_list_is_refused(migrated_database: Database) -> None:
    other = Order(name="others", columns=ORDER.columns)
    cursor = cursor_of(migrated_database, other)
    reread(migrated_database, cursor, other)
    with pytest.raises(CursorInvalidError):
        reread(migrated_database, cursor)


def test_a_changed_cursor_is_refused(migrated_database: Database) -> None:
    cursor = cursor_of(migrated_database)
    for place in range(len(cursor)):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        if place == len(cursor) - 1 and _bytes(changed) == _bytes(cursor):
            continue  # the last letter holds bits that no byte has
        with pytest.raises(CursorInvalidError):
            reread(migrated_database, changed)


def _bytes(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["2026-11-21T02:00:00+00:00"],
        ["2026-11-21T02:00:00", "1"],
        ["never", "1"],
        [1, "1"],
        ["2026-11-21T02:00:00+00:00", 1],
        ["2026-11-21T02:00:00+00:00", None],
        ["2026-11-21T02:00:00+00:00", "1", "2"],
        {"a": 1, "b": 2},
        7,
    ],
)
def test_a_cursor_that_somebody_made_themselves(
    migrated_database: Database, values: object
) -> None:
    content = json.dumps(values).encode()
    check = _check(ORDER, content)
    cursor = base64.urlsafe_b64encode(check + content).decode()
    with pytest.raises(CursorInvalidError):
        reread(migrated_database, cursor)


@pytest.mark.parametrize("cursor", ["", "x", "é", "=", "A" * 601, "\x00", "[" * 500])
def test_what_is_no_cursor(migrated_database: Database, cursor: str) -> None:
    with pytest.raises(CursorInvalidError):
        reread(migrated_database, cursor)
