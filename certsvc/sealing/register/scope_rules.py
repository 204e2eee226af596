"""Scope of a seal: purposes, hours and limits of use.

- The route is the seal's own and never changes (市中区规则第九条); everything here is narrower.
- Hours are those of China Standard Time; outside of them nothing is sealed.
- A count is of authorisations, whatever became of them: nobody can know that a key was not used.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time

from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.errors import InvalidInputError, RefusedError

MOST_USES = 2**31 - 1
LONGEST_STOP_BEFORE_DAYS = 365
DEFAULT_STOP_BEFORE_DAYS = 30
OFFICE_HOURS = "1-5 08:30-12:00,13:30-17:30"
"""Hours that count as office hours where a seal has none of its own."""

_PART = re.compile(r"([1-7])(?:-([1-7]))? (\S+)")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_LONGEST_HOURS = 200
_DAY_MINUTES = 24 * 60


class ScopeInvalidError(InvalidInputError):
    """An entry of a scope is malformed. Params: `entry`."""

    code = "seals.scope-invalid"


class OutsideScopeError(RefusedError):
    """The seal may not be used for this. Params: `seal`, `reason`, `hours`."""

    code = "seals.outside-scope"


@dataclass(frozen=True)
class ServiceHours:
    """用印时段: per weekday, the spans of minutes in which a seal may be used."""

    text: str
    """As a custodian writes them: `1-5 08:30-12:00,13:30-17:30; 6 09:00-12:00`; 1 is Monday."""
    spans: tuple[tuple[int, int, int], ...]
    """Weekday from 1 (Monday), first minute, and the minute after the last."""

    @classmethod
    def parse(cls, text: str) -> "ServiceHours":
        """Read hours; an empty text means at any time.

        Raises:
            ScopeInvalidError: the text is no hours.
        """
        plain = " ".join(text.replace("；", ";").replace("，", ",").replace("：", ":").split())
        spans = [
            span
            for part in re.split(r"\s*;\s*", plain.strip("; "))
            if part
            for span in _parse_part(part)
        ]
        if len(plain) > _LONGEST_HOURS or (plain and not spans):
            raise ScopeInvalidError(entry="service_hours")
        return cls(plain, tuple(sorted(spans)))

    def include(self, at: datetime) -> bool:
        """Tell whether an instant lies within them."""
        local = at.astimezone(CHINA_TIME)
        minute = _minute_of(local.time())
        return not self.spans or any(
            day == local.isoweekday() and first <= minute < end for day, first, end in self.spans
        )


def _parse_part(part: str) -> list[tuple[int, int, int]]:
    matched = _PART.fullmatch(part)
    if matched is None:
        raise ScopeInvalidError(entry="service_hours")
    first_day, last_day = int(matched[1]), int(matched[2] or matched[1])
    days = range(first_day, last_day + 1)
    spans = [_parse_span(span) for span in matched[3].split(",")]
    if not days:
        raise ScopeInvalidError(entry="service_hours")
    return [(day, *span) for day in days for span in spans]


def _parse_span(span: str) -> tuple[int, int]:
    matched = _SPAN.fullmatch(span)
    if matched is None:
        raise ScopeInvalidError(entry="service_hours")
    hour, minute, end_hour, end_minute = (int(part) for part in matched.groups())
    first, end = hour * 60 + minute, end_hour * 60 + end_minute
    if not first < end <= _DAY_MINUTES:
        raise ScopeInvalidError(entry="service_hours")
    return first, end


def _minute_of(moment: time) -> int:
    return moment.hour * 60 + moment.minute


@dataclass(frozen=True, kw_only=True)
class SealScope:
    """使用范围: what a seal may be used for within its route."""

    type_codes: frozenset[str] = frozenset()
    """Certificate types; empty: every type that comes by the route."""
    unit_codes: frozenset[str] = frozenset()
    """Units that may have something sealed; empty: every unit."""
    service_hours: str = ""
    """When it may be used, as `ServiceHours` reads it; empty: at any time."""
    daily_limit: int | None = None
    """Uses in one day of China Standard Time, after which it waits for the next; None: any."""
    total_limit: int | None = None
    """Uses in its whole life, after which the system stops it; None: any."""
    stop_before_days: int = DEFAULT_STOP_BEFORE_DAYS
    """How many days before its signing certificate ends the system stops it."""


def check_scope(scope: SealScope) -> SealScope:
    """Return a scope in the form it is kept in.

    Raises:
        ScopeInvalidError: hours, a limit or the number of days is malformed.
    """
    hours = ServiceHours.parse(scope.service_hours)
    for entry in ("daily_limit", "total_limit"):
        limit = getattr(scope, entry)
        if limit is not None and not 0 < limit <= MOST_USES:
            raise ScopeInvalidError(entry=entry)
    if not 0 <= scope.stop_before_days <= LONGEST_STOP_BEFORE_DAYS:
        raise ScopeInvalidError(entry="stop_before_days")
    return SealScope(
        type_codes=scope.type_codes,
        unit_codes=scope.unit_codes,
        service_hours=hours.text,
        daily_limit=scope.daily_limit,
        total_limit=scope.total_limit,
        stop_before_days=scope.stop_before_days,
    )


def require_within(
    scope: SealScope, *, seal: str, type_code: str, unit_code: str, now: datetime
) -> None:
    """Check that the scope permits a use.

    Raises:
        OutsideScopeError: another type, another unit, or outside the hours; `reason` says which.
    """
    hours = ServiceHours.parse(scope.service_hours)
    for reason, permitted in (
        ("type", not scope.type_codes or type_code in scope.type_codes),
        ("unit", not scope.unit_codes or unit_code in scope.unit_codes),
        ("hours", hours.include(now)),
    ):
        if not permitted:
            raise OutsideScopeError(seal=seal, reason=reason, hours=hours.text)
