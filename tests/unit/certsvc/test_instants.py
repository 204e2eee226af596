"""Instants at the ends of the calendar, which a stranger may send and a certificate may name."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import literal, select

from api.shared.sentences import shown_value
from certsvc.foundation.clock import in_china, rfc3339
from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.engine import Database, ValueRefusedError
from certsvc.foundation.db.paging import CursorInvalidError, Order, _check, _read_cursor
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.accounts.records import LogInFailures
from certsvc.people.oidc.id_tokens import _check_time
from certsvc.people.oidc.rules import TimeWrongError
from tests.support.world import NOW

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))
ORDER = Order(name="failures", columns=(LogInFailures.failed_at, LogInFailures.subject_hmac))


def cursor_of(*values: str) -> str:
    content = json.dumps(values).encode()
    return base64.urlsafe_b64encode(_check(ORDER, content) + content).decode()


def test_a_cursor_has_its_instant_as_we_write_it() -> None:
    assert _read_cursor(ORDER, cursor_of(NOW.isoformat(), "1")) == [NOW, "1"]


@pytest.mark.parametrize(
    "instant",
    [
        FIRST.isoformat(),
        "9999-12-31T23:59:59-08:00",
        "2026-11-21T10:00:00+08:00",
        "2026-W47-6T02:00:00+00:00",
        "2026-11-21 02:00:00+00:00",
        "2026-11-21T02:00:00Z",
    ],
)
def test_a_cursor_with_any_other_instant_is_refused(instant: str) -> None:
    with pytest.raises(CursorInvalidError):
        _read_cursor(ORDER, cursor_of(instant, "1"))


def test_the_last_instant_can_be_shown() -> None:
    assert rfc3339(LAST) == "9999-12-31T23:59:59+00:00"
    assert in_china(NOW).hour == 10
    assert shown_value("until", rfc3339(LAST), Language.EN) == "9999-12-31 23:59:59"


def test_a_token_may_be_good_for_ever() -> None:
    _check_time({"exp": LAST.timestamp(), "iat": NOW.timestamp()}, NOW)
    with pytest.raises(TimeWrongError):
        _check_time({"exp": NOW.timestamp() - 3600, "iat": NOW.timestamp()}, NOW)


def test_what_no_database_can_hold_is_the_senders_fault() -> None:
    database = Database("sqlite://")
    for statement in (select(literal(FIRST, UtcDateTime)), select(literal(2**64))):
        with pytest.raises(ValueRefusedError), database.reading() as session:
            session.scalar(statement)
    database.close()
