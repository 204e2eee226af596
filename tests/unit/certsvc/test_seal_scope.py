"""Hours and scopes as custodians write them."""

from datetime import datetime, timedelta

import pytest

from certsvc.foundation.clock import CHINA_TIME
from certsvc.sealing.register.scope_rules import (
    OFFICE_HOURS,
    OutsideScopeError,
    ScopeInvalidError,
    SealScope,
    ServiceHours,
    check_scope,
    require_within,
)

MONDAY = datetime(2026, 11, 23, tzinfo=CHINA_TIME)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of that week; 1 is Monday."""
    return MONDAY + timedelta(days=day - 1, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (
            OFFICE_HOURS,
            [at(1, 8, 30), at(5, 11, 59), at(3, 13, 30)],
            [at(1, 8, 29), at(1, 12), at(1, 13, 29), at(1, 17, 30), at(6, 9), at(7, 9)],
        ),
        ("7 00:00-24:00", [at(7, 0), at(7, 23, 59)], [at(6, 23, 59), at(1, 0)]),
        ("1 09:00-12:00；  6-7  10：00-11：00", [at(1, 9), at(7, 10)], [at(2, 9), at(6, 9)]),
        ("", [at(1, 0), at(7, 23)], []),
    ],
)
def test_hours_are_of_china_standard_time(
    text: str, inside: list[datetime], outside: list[datetime]
) -> None:
    hours = ServiceHours.parse(text)
    assert [moment for moment in inside if not hours.include(moment)] == []
    assert [moment for moment in outside if hours.include(moment)] == []
    assert ServiceHours.parse(hours.text) == hours, "what is kept reads the same again"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        ";",
        "0 09:00-12:00",
        "8 09:00-12:00",
        "5-1 09:00-12:00",
        "1 9:00-12:00",
        "1 12:00-12:00",
        "1 12:00-11:00",
        "1 00:00-24:01",
        "1 25:00-26:00",
        "1 09:00-12:60",
        "1 09:00-12:00,",
        "1, 09:00-12:00",
        "1 09:00-12:00; ;; 2",
        "; ".join(["1 09:00-12:00"] * 20),
    ],
)
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ScopeInvalidError):
        ServiceHours.parse(text)


def test_an_empty_scope_permits_everything() -> None:
    scope = check_scope(SealScope())
    require_within(scope, seal="章", type_code="a", unit_code="b", now=at(7, 3))


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (SealScope(type_codes=frozenset({"b"})), "type"),
        (SealScope(unit_codes=frozenset({"a"})), "unit"),
        (SealScope(service_hours=OFFICE_HOURS), "hours"),
    ],
)
def test_what_a_scope_does_not_permit(scope: SealScope, reason: str) -> None:
    with pytest.raises(OutsideScopeError) as refused:
        require_within(scope, seal="章", type_code="a", unit_code="b", now=at(7, 3))
    assert refused.value.params["reason"] == reason
