"""社会保险: who is insured, and what was paid."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Integer, Numeric, String, Table

from certsvc.demonstration.departments.department import (
    TABLES,
    Department,
    Rows,
    as_of,
    last_month,
    months_back,
)
from certsvc.demonstration.firms import EMPLOYER_NAME
from certsvc.demonstration.people import FIRST, HARD_CASES, Resident, make_residents
from certsvc.demonstration.units import SOCIAL_INSURANCE

_INSURED = Table(
    "si_persons",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("sfzh", String(40), index=True),
    Column("zjlx", String(20)),
    Column("zjlxdm", String(3)),
    Column("xm", String(100)),
    Column("cbd", String(40)),
    Column("jzrq", Date),
)
_PAYMENTS = Table(
    "si_payments",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("sfzh", String(40), index=True),
    Column("xz", String(30)),
    Column("qsny", String(7)),
    Column("zzny", String(7)),
    Column("ys", Integer),
    Column("jfjs", Numeric(10, 2, asdecimal=True)),
    Column("dwmc", String(100)),
)
_KINDS = ("企业职工基本养老保险", "失业保险", "工伤保险")
_FIRST_WORKING_AGE, _LAST_WORKING_AGE = 22, 60
_LONG_HISTORY_YEARS = 15
_SHORT_HISTORY_YEARS = 2
_LONG_TABLE_QUARTERS = 50
"""150 rows: three kinds of insurance in each of so many quarters."""


def _rows(day: date) -> Rows:
    payments = list(_payments(last_month(day)))
    insured = {payment["sfzh"] for payment in payments}
    persons = [person for person in make_residents() if person.identity_number in insured]
    return {_INSURED: [_insured(person, day) for person in persons], _PAYMENTS: payments}


def _insured(person: Resident, day: date) -> dict[str, Any]:
    return {
        "sfzh": person.identity_number,
        "zjlx": person.document,
        "zjlxdm": person.kind.value,
        "xm": person.name,
        "cbd": "青禾市云岭区",
        "jzrq": as_of(day),
    }


def _payments(last: date) -> Iterator[dict[str, Any]]:
    for person in make_residents():
        if person.died_on is None:
            long_table = person is HARD_CASES["long-table"]
            yield from _by_quarter(person, last) if long_table else _by_year(person, last)


def _by_year(person: Resident, last: date) -> Iterator[dict[str, Any]]:
    known = person is FIRST or person in HARD_CASES.values()
    years = _LONG_HISTORY_YEARS if known else _SHORT_HISTORY_YEARS
    first_year = max(last.year - years + 1, person.born_on.year + _FIRST_WORKING_AGE)
    last_year = min(last.year, person.born_on.year + _LAST_WORKING_AGE)
    for year in range(first_year, last_year + 1):
        months = last.month if year == last.year else 12
        yield from _of_all_kinds(person, date(year, 1, 1), date(year, months, 1))


def _by_quarter(person: Resident, last: date) -> Iterator[dict[str, Any]]:
    for quarters in reversed(range(_LONG_TABLE_QUARTERS)):
        to_month = months_back(last, 3 * quarters)
        yield from _of_all_kinds(person, months_back(to_month, 2), to_month)


def _of_all_kinds(person: Resident, first: date, last: date) -> Iterator[dict[str, Any]]:
    for kind in _KINDS:
        yield {
            "sfzh": person.identity_number,
            "xz": kind,
            "qsny": f"{first:%Y-%m}",
            "zzny": f"{last:%Y-%m}",
            "ys": (last.year - first.year) * 12 + last.month - first.month + 1,
            "jfjs": _base_yuan(person, first.year),
            "dwmc": EMPLOYER_NAME,
        }


def _base_yuan(person: Resident, year: int) -> int:
    # Of person and year alone, so that no day rewrites the past.
    chance = random.Random(f"{person.identity_number}-{year}")  # noqa: S311  made-up payments
    return chance.randrange(4250, 21_000)


INSURANCE = Department(code="social-insurance-registry", unit=SOCIAL_INSURANCE, rows=_rows)
