"""民政: registrations of marriages, divorces and what came after."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Integer, String, Table

from certsvc.demonstration.departments.department import TABLES, Department, Rows, as_of
from certsvc.demonstration.people import FIRST, HARD_CASES, make_residents
from certsvc.demonstration.units import CIVIL_AFFAIRS

_ADULT_AGE = 20
"""民法典第一千零四十七条: nobody marries before."""
_REGISTRY = "青禾市云岭区民政局"
_PERSONS = Table(
    "mz_persons",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("zjlx", String(20)),
    Column("zjlxdm", String(3)),
    Column("xm", String(100)),
    Column("xb", String(2)),
    Column("csrq", Date),
    Column("cxqsrq", Date),
    Column("cxjzrq", Date),
)
_REGISTRATIONS = Table(
    "mz_registrations",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("djrq", Date),
    Column("lb", String(10)),
    Column("zh", String(40)),
    Column("dfxm", String(100)),
    Column("djjg", String(100)),
)


def _rows(day: date) -> Rows:
    return {_PERSONS: _persons(day), _REGISTRATIONS: _registrations(day)}


def _persons(day: date) -> Iterator[dict[str, Any]]:
    for person in make_residents():
        if person.age_on(day) >= _ADULT_AGE:
            yield {
                "zjhm": person.identity_number,
                "zjlx": person.document,
                "zjlxdm": person.kind.value,
                "xm": person.name,
                "xb": person.sex,
                "csrq": person.born_on,
                "cxqsrq": date(person.born_on.year + _ADULT_AGE, person.born_on.month, 1),
                "cxjzrq": as_of(day),
            }


def _registrations(day: date) -> Iterator[dict[str, Any]]:
    spouse, first = HARD_CASES["spouse"].name, FIRST.identity_number
    yield _registration(first, date(2014, 5, 20), "结婚登记", "J990101-2014-000520", "云中鹤")
    yield _registration(first, date(2018, 9, 3), "离婚登记", "L990101-2018-000317", "云中鹤")
    yield _registration(first, date(2021, 10, 8), "结婚登记", "J990101-2021-001008", spouse)
    number = HARD_CASES["interpunct"].identity_number
    wed_on = date(2006, 8, 18)
    yield _registration(number, wed_on, "结婚登记", None, "阿依古丽·买买提艾力")
    # Every third of the others has married, at thirty.
    for count, person in enumerate(make_residents()[1 + len(HARD_CASES) :: 3], start=1):
        wed_on = date(person.born_on.year + 30, person.born_on.month, 8)
        if wed_on < day:
            number = f"J990101-{wed_on.year}-{count:06d}"
            yield _registration(person.identity_number, wed_on, "结婚登记", number, "木诚信")


def _registration(
    holder: str, on: date, kind: str, number: str | None, other: str
) -> dict[str, Any]:
    return {
        "zjhm": holder,
        "djrq": on,
        "lb": kind,
        "zh": number,
        "dfxm": other,
        "djjg": _REGISTRY,
    }


MARRIAGES = Department(code="marriage-registry", unit=CIVIL_AFFAIRS, rows=_rows)
