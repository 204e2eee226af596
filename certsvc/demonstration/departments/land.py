"""不动产登记: who holds what, what is mortgaged and what is seized."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Integer, String, Table

from certsvc.demonstration.departments.department import TABLES, Department, Rows, as_of
from certsvc.demonstration.firms import make_firms
from certsvc.demonstration.people import FIRST, HARD_CASES, make_residents
from certsvc.demonstration.units import LAND_REGISTRY
from certsvc.foundation.codes.holder import HolderCode

_PERSONS = Table(
    "bdc_persons",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("zjlx", String(20)),
    Column("zjlxdm", String(3)),
    Column("qlr", String(100)),
    Column("jzrq", Date),
)
_HOLDINGS = Table(
    "bdc_holdings",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("qzh", String(60)),
    Column("dyh", String(28)),
    Column("zl", String(200)),
    Column("yt", String(40)),
    Column("mj_cm2", Integer),
    Column("gyqk", String(10)),
    Column("djsj", Date),
)
_MORTGAGES = Table(
    "bdc_mortgages",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("zmh", String(60)),
    Column("qzh", String(60)),
    Column("dyqr", String(100)),
    Column("je_fen", Integer),
    Column("qx_q", Date),
    Column("qx_z", Date),
    Column("djsj", Date),
)
_SEIZURES = Table(
    "bdc_seizures",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("zjhm", String(40), index=True),
    Column("qzh", String(60)),
    Column("cfjg", String(100)),
    Column("cfwh", String(60)),
    Column("cfq", Date),
    Column("cfz", Date),
    Column("djsj", Date),
)
_HOME = "城镇住宅用地/成套住宅"
_FIRST_HOME = "青（2019）云岭区不动产权第0003127号"
_LONG_LIST = 150
"""Parking spaces of the resident whose list is long."""


def _rows(day: date) -> Rows:
    return {
        _PERSONS: _persons(day),
        _HOLDINGS: _holdings(),
        _MORTGAGES: [_mortgage()],
        _SEIZURES: [_seizure()],
    }


def _persons(day: date) -> Iterator[dict[str, Any]]:
    for person in make_residents():
        yield _person(person.holder, person.document, person.name, day)
    for firm in make_firms():
        yield _person(firm.holder, "统一社会信用代码", firm.name, day)


def _person(holder: HolderCode, document: str, name: str, day: date) -> dict[str, Any]:
    return {
        "zjhm": holder.value,
        "zjlx": document,
        "zjlxdm": holder.kind.value,
        "qlr": name,
        "jzrq": as_of(day),
    }


def _holdings() -> Iterator[dict[str, Any]]:
    yield _holding(FIRST.identity_number, 3127, 2019, FIRST.address, area_cm2=964_200)
    parking = "青禾市云岭区青苗街道禾苗路18号云溪花园地下一层车位086号"
    yield _holding(FIRST.identity_number, 10466, 2023, parking, area_cm2=132_500)
    long_address = HARD_CASES["long-address"]
    yield _holding(long_address.identity_number, 20001, 2020, long_address.address)
    many = HARD_CASES["long-table"].identity_number
    for number in range(1, _LONG_LIST + 1):
        space = f"青禾市云岭区青苗街道科创路66号青苗大厦地下二层车位{number:03d}号"
        yield _holding(many, 30000 + number, 2018, space, area_cm2=125_000)
    # Every second of the others owns a home.
    for number, person in enumerate(make_residents()[1 + len(HARD_CASES) :: 2], start=1):
        yield _holding(person.identity_number, 40000 + number, 2010 + number % 15, person.address)
    for number, firm in enumerate(make_firms()[::4], start=1):
        yield _holding(firm.credit_code, 50000 + number, 2017, firm.address, use="科教用地/办公")


def _holding(
    holder: str,
    number: int,
    year: int,
    address: str,
    *,
    use: str = _HOME,
    area_cm2: int = 888_800,
) -> dict[str, Any]:
    return {
        "zjhm": holder,
        "qzh": f"青（{year}）云岭区不动产权第{number:07d}号",
        "dyh": f"990101001001GB{number:05d}F00010001",
        "zl": address,
        "yt": use,
        "mj_cm2": area_cm2,
        "gyqk": "单独所有",
        "djsj": date(year, 6, 18),
    }


def _mortgage() -> dict[str, Any]:
    return {
        "zjhm": FIRST.identity_number,
        "zmh": "青（2019）云岭区不动产证明第0002215号",
        "qzh": _FIRST_HOME,
        "dyqr": "青禾市住房公积金管理中心云岭管理部",
        "je_fen": 48_000_000,
        "qx_q": date(2019, 6, 20),
        "qx_z": date(2039, 6, 19),
        "djsj": date(2019, 6, 25),
    }


def _seizure() -> dict[str, Any]:
    return {
        "zjhm": HARD_CASES["long-address"].identity_number,
        "qzh": "青（2020）云岭区不动产权第0020001号",
        "cfjg": "青禾市云岭区人民法院",
        "cfwh": "（2025）青0101执保12号",
        "cfq": date(2025, 1, 15),
        "cfz": date(2028, 1, 14),
        "djsj": date(2025, 1, 15),
    }


LAND = Department(code="land-registry", unit=LAND_REGISTRY, rows=_rows)
