"""Time as an argument: UTC inside, China Standard Time for people."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

CHINA_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China Standard Time; without daylight saving since 1992, so a fixed offset is exact."""


class Clock(Protocol):
    """Where the service reads the time."""

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


def rfc3339(at: datetime) -> str:
    """Write an instant in China Standard Time, to the second, with its offset (RFC 3339)."""
    return in_china(at).isoformat(timespec="seconds")


def compact(at: datetime) -> str:
    """Write an instant as YYYYMMDDhhmmss in China Standard Time (GB/T 36903)."""
    return at.astimezone(CHINA_TIME).strftime("%Y%m%d%H%M%S")
