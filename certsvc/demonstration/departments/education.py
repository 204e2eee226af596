"""教育: schools that people went to, or go to now."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Integer, String, Table

from certsvc.demonstration.departments.department import TABLES, Department, Rows, as_of
from certsvc.demonstration.people import Resident, make_residents
from certsvc.demonstration.units import EDUCATION_BUREAU

_PERSONS = Table(
    "jy_students",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("sfzh", String(18), index=True),
    Column("xm", String(100)),
    Column("xb", String(2)),
    Column("csrq", Date),
    Column("xjh", String(30)),
    Column("jzrq", Date),
)
_RECORDS = Table(
    "jy_records",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("sfzh", String(18), index=True),
    Column("jd", String(20)),
    Column("xx", String(100)),
    Column("rxny", String(7)),
    Column("byny", String(7)),
    Column("zt", String(10)),
    Column("zsbh", String(40)),
)
_STAGES = (
    ("小学", "青禾市云岭区石溪镇中心小学", 6, 6, 7, None),
    ("初级中学", "青禾市云岭区实验学校", 12, 3, 7, "CZ"),
    ("普通高级中学", "青禾市云岭区第一中学", 15, 3, 6, "GZ"),
)
"""Stage, school, age at the beginning, years, last month, letters of the certificate's number."""
_FIRST_YEAR = 1990
"""Register numbers are known of whoever began school from then on."""


def _rows(day: date) -> Rows:
    records = [each for person in make_residents() for each in _records(person, day)]
    known = {each["sfzh"] for each in records}
    students = [person for person in make_residents() if person.identity_number in known]
    return {_PERSONS: [_student(person, day) for person in students], _RECORDS: records}


def _student(person: Resident, day: date) -> dict[str, Any]:
    return {
        "sfzh": person.identity_number,
        "xm": person.name,
        "xb": person.sex,
        "csrq": person.born_on,
        "xjh": f"G{person.identity_number}",
        "jzrq": as_of(day),
    }


def _records(person: Resident, day: date) -> Iterator[dict[str, Any]]:
    if not person.is_citizen:
        return
    for stage, school, age, years, last_month, letters in _STAGES:
        begun = date(person.born_on.year + age, 9, 1)
        left = date(begun.year + years, last_month, 1)
        if begun >= day or begun.year < _FIRST_YEAR:
            continue
        done = left < day
        number = f"{letters}990101{left.year}{int(person.identity_number[14:17]):05d}"
        yield {
            "sfzh": person.identity_number,
            "jd": stage,
            "xx": school,
            "rxny": f"{begun:%Y-%m}",
            "byny": f"{left:%Y-%m}" if done else None,
            "zt": "毕业" if done else "在籍在读",
            "zsbh": number if done and letters else None,
        }


EDUCATION = Department(code="education-registry", unit=EDUCATION_BUREAU, rows=_rows)
