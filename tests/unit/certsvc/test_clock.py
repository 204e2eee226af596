"""Instants and days that somebody sends: one strict form, one range."""

from datetime import UTC, date, datetime

import pytest

from certsvc.foundation.clock import (
    CHINA_TIME,
    TimeUnreadableError,
    read_day,
    read_instant,
    rfc3339,
)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-21T10:00:00+08:00", datetime(2026, 11, 21, 2, tzinfo=UTC)),
        ("2026-11-21t02:00:00z", datetime(2026, 11, 21, 2, tzinfo=UTC)),
        ("2026-11-21T02:00:00-00:00", datetime(2026, 11, 21, 2, tzinfo=UTC)),
        ("2026-11-21T02:00:00.5Z", datetime(2026, 11, 21, 2, 0, 0, 500_000, UTC)),
        ("2026-11-21T02:00:00.123456789Z", datetime(2026, 11, 21, 2, 0, 0, 123_456, UTC)),
        ("0002-01-01T00:00:00Z", datetime(2, 1, 1, tzinfo=UTC)),
        ("9998-12-31T23:59:59Z", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read(text: str, at: datetime) -> None:
    found = read_instant(text)
    assert (found, found.tzinfo) == (at, UTC)
    assert rfc3339(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21",
        "2026-11-21T10:00:00",
        "2026-11-21T10:00+08:00",
        "2026-11-21 10:00:00+08:00",
        "2026-11-21\x0010:00:00+08:00",
        "2026-11-21T10:00:00+08:00\n",
        " 2026-11-21T10:00:00+08:00",
        "2026-11-21T10:00:00+0800",
        "2026-11-21T10:00:00+08",
        "2026-11-21T10:00:00+08:00:30",
        "2026-11-21T10:00:00,5+08:00",
        "2026-11-21T10:00:00.+08:00",
        "20261121T100000Z",
        "2026-W47-6T10:00:00+08:00",
        "2026-325T10:00:00+08:00",
        "2026-02-30T10:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:59:60Z",
        "2026-11-21T10:00:00+24:00",
        "２０２６-11-21T10:00:00Z",
        "0001-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "9999-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "9998-12-31T23:59:59-00:01",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadableError):
        read_instant(text)


def test_a_day_has_one_form() -> None:
    assert read_day("2026-11-21") == date(2026, 11, 21)
    for text in ("20261121", "2026-W47-6", "2026-325", "2026-02-30", " 2026-11-21", "0001-01-01"):
        with pytest.raises(TimeUnreadableError):
            read_day(text)


def test_every_day_that_is_read_has_an_instant() -> None:
    for text in ("0002-01-01", "9998-12-31"):
        day = datetime.combine(read_day(text), datetime.min.time(), CHINA_TIME)
        assert day.astimezone(UTC)
