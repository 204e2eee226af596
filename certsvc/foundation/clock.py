"""Time as an argument: UTC inside, China Standard Time for people.

What a client sends is read here and nowhere else, in one strict form and within one range.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

CHINA_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China Standard Time; without daylight saving since 1992, so a fixed offset is exact."""

EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""What a client may name, the end left out: a year inside of what a calendar holds, so that any
offset, a time limit or a day can be added to it, here and in a database."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?P<fraction>\.[0-9]{1,9})?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class TimeUnreadableError(ValueError):
    """A text is not an instant or day in the accepted format and range."""


class Clock(Protocol):
    """Source of the current time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)  # noqa: TID251  the one place where the wall clock is read


class FixedClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move forward by a span of time."""
        self._at += by


def in_china(at: datetime) -> datetime:
    """Return an aware instant in China Standard Time.

    The last hours of the year 9999, by which a certificate says that it has no end (RFC 5280
    §4.1.2.5), have no such time in Python's calendar: they stay as they are.
    """
    try:
        return at.astimezone(CHINA_TIME)
    except OverflowError:
        return at


def china_day(at: datetime) -> date:
    """Return the day of an aware instant in China Standard Time."""
    return in_china(at).date()


def rfc3339(at: datetime) -> str:
    """Write an instant in China Standard Time, to the second, with its offset (RFC 3339)."""
    return in_china(at).isoformat(timespec="seconds")


def compact(at: datetime) -> str:
    """Write an instant as YYYYMMDDhhmmss in China Standard Time (GB/T 36903)."""
    return at.astimezone(CHINA_TIME).strftime("%Y%m%d%H%M%S")


def read_instant(text: str) -> datetime:
    """Read an instant that somebody sent: RFC 3339 §5.6 `date-time` and nothing else, in UTC.

    No week dates, no day numbers, no form without separators, no blank in place of `T`, no leap
    second. Digits after the microsecond are dropped.

    Raises:
        TimeUnreadableError: it is of another form, no such instant there is, or out of range.
    """
    parts = _INSTANT.fullmatch(text)
    if parts is None:
        raise TimeUnreadableError
    fraction, offset = (parts["fraction"] or "")[:7], parts["offset"].upper()
    try:
        at = datetime.fromisoformat(f"{parts['day']}T{parts['time']}{fraction}{offset}")
    except ValueError as error:
        raise TimeUnreadableError from error
    if not EARLIEST <= at < LATEST:
        raise TimeUnreadableError
    return at.astimezone(UTC)


def read_day(text: str) -> date:
    """Read a day that somebody sent: RFC 3339 §5.6 `full-date` and nothing else.

    Raises:
        TimeUnreadableError: it is of another form, no such day there is, or out of range.
    """
    if _DAY.fullmatch(text) is None:
        raise TimeUnreadableError
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise TimeUnreadableError from error
    if not EARLIEST.date() <= day < LATEST.date():
        raise TimeUnreadableError
    return day
