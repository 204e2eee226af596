"""税务: what people and firms paid."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Column, Date, Integer, String, Table

from certsvc.demonstration.departments.department import (
    TABLES,
    Department,
    Rows,
    last_month,
    months_back,
)
from certsvc.demonstration.firms import make_firms
from certsvc.demonstration.people import FIRST, HARD_CASES, make_residents
from certsvc.demonstration.units import TAX_BUREAU

_PAYERS = Table(
    "sw_payers",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("zjlx", String(20)),
    Column("zjlxdm", String(3)),
    Column("mc", String(100)),
    Column("ywmc", String(120)),
    Column("skqsrq", Date),
    Column("skjzrq", Date),
)
_PAYMENTS = Table(
    "sw_payments",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("pzh", String(30)),
    Column("sz", String(20)),
    Column("ssq_q", Date),
    Column("ssq_z", Date),
    Column("rkrq", Date),
    Column("je_fen", Integer),
)
_WORKING_AGES = range(22, 60)
_MONTHS = 12
_SHORT_MONTHS = 3
_LONG_MONTHS = 150
"""A table of so many rows."""


def _rows(day: date) -> Rows:
    return {_PAYERS: _payers(day), _PAYMENTS: _payments(day)}


def _payers(day: date) -> Iterator[dict[str, Any]]:
    last = last_month(day)
    period = {"skqsrq": months_back(last, _MONTHS - 1), "skjzrq": last}
    long_period = {"skqsrq": months_back(last, _LONG_MONTHS - 1), "skjzrq": last}
    for person in make_residents():
        yield {
            "zjhm": person.identity_number,
            "zjlx": person.document,
            "zjlxdm": person.kind.value,
            "mc": person.name,
            "ywmc": person.name_en,
            **(long_period if person is HARD_CASES["long-table"] else period),
        }
    for firm in make_firms():
        yield {
            "zjhm": firm.credit_code,
            "zjlx": "统一社会信用代码",
            "zjlxdm": firm.holder.kind.value,
            "mc": firm.name,
            "ywmc": None,
            **period,
        }


def _payments(day: date) -> Iterator[dict[str, Any]]:
    last = last_month(day)
    number = 0
    for person in make_residents():
        if person.age_on(day) in _WORKING_AGES and person.died_on is None:
            long_table = person is HARD_CASES["long-table"]
            months = _LONG_MONTHS if long_table else _MONTHS if person is FIRST else _SHORT_MONTHS
            for back in reversed(range(months)):
                number += 1
                month = months_back(last, back)
                yield _payment(person.identity_number, number, "个人所得税", month, 32_650)
    refunded = months_back(last, 4)
    yield _payment(FIRST.identity_number, number + 1, "个人所得税", refunded, -41_820)
    for firm in make_firms():
        for back in reversed(range(_MONTHS)):
            number += 2
            month = months_back(last, back)
            yield _payment(firm.credit_code, number, "增值税", month, 1_250_000 + number)


def _payment(holder: str, number: int, tax: str, month: date, fen: int) -> dict[str, Any]:
    end = months_back(month, -1) - timedelta(days=1)
    return {
        "zjhm": holder,
        "pzh": f"399016{month:%y%m}{number:08d}",
        "sz": tax,
        "ssq_q": months_back(month, 1),
        "ssq_z": month - timedelta(days=1),
        "rkrq": min(month + timedelta(days=13), end),
        "je_fen": fen,
    }


TAX = Department(code="tax-registry", unit=TAX_BUREAU, rows=_rows)
