"""公安: who was looked up in the register of criminal records, and the household register."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Integer, String, Table

from certsvc.demonstration.departments.department import TABLES, Department, Rows, as_of
from certsvc.demonstration.people import FIRST, HARD_CASES, Resident, make_residents
from certsvc.demonstration.units import POLICE, POLICE_STATION

_AGE_OF_RESPONSIBILITY = 16
"""刑法第十七条: from this age on there is something to look for."""
_PERSONS = Table(
    "police_persons",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("sfzh", String(40), index=True),
    Column("zjlx", String(20)),
    Column("zjlxdm", String(3)),
    Column("xm", String(100)),
    Column("xb", String(2)),
    Column("csrq", String(10)),
    Column("cxqsrq", Date),
    Column("cxjzrq", Date),
    Column("cxjg", String(20)),
    Column("swrq", Date),
)
_HOUSEHOLDS = Table(
    "hk_persons",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("hh", String(20), index=True),
    Column("xh", Integer),
    Column("sfzh", String(18), index=True),
    Column("xm", String(100)),
    Column("cym", String(100)),
    Column("xb", String(2)),
    Column("mz", String(20)),
    Column("csrq", Date),
    Column("yhzgx", String(20)),
    Column("hb", String(10)),
    Column("zz", String(200)),
    Column("qrrq", Date),
    Column("hcql", String(200)),
    Column("zt", String(10)),
    Column("zxrq", Date),
    Column("jzrq", Date),
)
_FAMILY = {FIRST: "妻", HARD_CASES["spouse"]: "户主", HARD_CASES["minor"]: "女儿"}
_FAMILY_HOUSEHOLD = 990101005000127


def _persons(day: date) -> Iterator[dict[str, Any]]:
    twice, impossible = HARD_CASES["recorded-twice"], HARD_CASES["impossible-date"]
    for person in make_residents():
        row = _person(person, day)
        if person is impossible:
            row["csrq"] = "1984-02-30"
        yield row
        if person is twice:
            yield row | {"xm": "川双禄"}


def _person(person: Resident, day: date) -> dict[str, Any]:
    responsible_from = person.born_on.replace(
        year=person.born_on.year + _AGE_OF_RESPONSIBILITY, day=min(person.born_on.day, 28)
    )
    return {
        "sfzh": person.identity_number,
        "zjlx": person.document,
        "zjlxdm": person.kind.value,
        "xm": person.name,
        "xb": person.sex,
        "csrq": person.born_on.isoformat(),
        "cxqsrq": responsible_from if responsible_from < day else person.born_on,
        "cxjzrq": as_of(day),
        "cxjg": "未发现有犯罪记录",
        "swrq": person.died_on,
    }


def _members(day: date) -> Iterator[dict[str, Any]]:
    citizens = [person for person in make_residents() if person.is_citizen]
    for number, person in enumerate(citizens, start=1):
        in_family = person in _FAMILY
        yield {
            "hh": str(_FAMILY_HOUSEHOLD if in_family else 990101006000000 + number),
            "xh": list(_FAMILY.values()).index(_FAMILY[person]) if in_family else 1,
            "sfzh": person.identity_number,
            "xm": person.name,
            "cym": "青禾苗" if person is FIRST else None,
            "xb": person.sex,
            "mz": person.ethnicity,
            "csrq": person.born_on,
            "yhzgx": _FAMILY.get(person, "户主"),
            "hb": "家庭户",
            "zz": person.address,
            "qrrq": date(2021, 10, 26) if person is FIRST else None,
            "hcql": "青禾市云岭区石溪镇柳林村7号" if person is FIRST else None,
            "zt": "死亡注销" if person.died_on else "在册",
            "zxrq": person.died_on,
            "jzrq": as_of(day),
        }


def _rows_of_police(day: date) -> Rows:
    return {_PERSONS: _persons(day)}


def _rows_of_station(day: date) -> Rows:
    return {_HOUSEHOLDS: _members(day)}


CRIMINAL_RECORDS = Department(code="police-registry", unit=POLICE, rows=_rows_of_police)
HOUSEHOLDS = Department(code="household-registry", unit=POLICE_STATION, rows=_rows_of_station)
