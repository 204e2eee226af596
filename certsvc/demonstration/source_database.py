"""A database as two departments might hold it, and the description that connects it.

The tables are deliberately not ours: other names, other types, the way a source looks in life.
"""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    func,
    select,
)

from certsvc.demonstration.people import Resident, make_residents

_SOURCES = Path(__file__).with_name("sources.toml")
_METADATA = MetaData()
_POLICE = Table(
    "police_persons",
    _METADATA,
    Column("sfzh", String(18), primary_key=True),
    Column("xm", String(100)),
    Column("xb", String(2)),
    Column("csrq", Date),
    Column("cxqsrq", Date),
    Column("cxjzrq", Date),
    Column("cxjg", String(20)),
)
_INSURED = Table(
    "si_persons",
    _METADATA,
    Column("sfzh", String(18), primary_key=True),
    Column("xm", String(100)),
    Column("cbd", String(40)),
    Column("jzrq", Date),
)
_PAYMENTS = Table(
    "si_payments",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("sfzh", String(18), index=True),
    Column("xz", String(30)),
    Column("qsny", String(7)),
    Column("zzny", String(7)),
    Column("ys", Integer),
    Column("jfjs", Numeric(10, 2, asdecimal=True)),
    Column("dwmc", String(100)),
)
_KINDS = ("企业职工基本养老保险", "失业保险", "工伤保险")
_EMPLOYER = "青禾市云岭区青苗信息技术有限公司"
_AS_OF = date(2026, 11, 20)
_FIRST_YEAR = 2012
_LAST_YEAR = 2026


def create_source_database(path: Path) -> None:
    """Make the example database, or leave it alone if it is complete."""
    engine = create_engine(f"sqlite:///{path.absolute()}")
    residents = make_residents()
    _METADATA.create_all(engine)
    with engine.begin() as connection:
        if connection.scalar(select(func.count()).select_from(_POLICE)) != len(residents):
            connection.execute(_PAYMENTS.delete())
            connection.execute(_INSURED.delete())
            connection.execute(_POLICE.delete())
            connection.execute(_POLICE.insert(), [_police_row(person) for person in residents])
            connection.execute(_INSURED.insert(), [_insured_row(person) for person in residents])
            connection.execute(_PAYMENTS.insert(), list(_payment_rows(residents)))
    engine.dispose()


def describe_sources(path: Path, *, police_unit: str, insurance_unit: str) -> str:
    """Describe the example database as two connected sources, in TOML."""
    return Template(_SOURCES.read_text(encoding="utf-8")).substitute(
        url=f"sqlite:///{path.absolute()}",
        police_unit=police_unit,
        insurance_unit=insurance_unit,
    )


def _police_row(person: Resident) -> dict[str, Any]:
    return {
        "sfzh": person.identity_number,
        "xm": person.name,
        "xb": person.sex,
        "csrq": person.born_on,
        "cxqsrq": max(date(person.born_on.year + 16, 1, 1), date(2006, 1, 1)),
        "cxjzrq": _AS_OF,
        "cxjg": "未发现有犯罪记录",
    }


def _insured_row(person: Resident) -> dict[str, Any]:
    return {
        "sfzh": person.identity_number,
        "xm": person.name,
        "cbd": "青禾市云岭区",
        "jzrq": _AS_OF,
    }


def _payment_rows(residents: tuple[Resident, ...]) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)  # noqa: S311  made-up payments need no secrecy
    for person in residents:
        first_year = max(_FIRST_YEAR, person.born_on.year + 22)
        for year in range(first_year, _LAST_YEAR + 1):
            base = chance.randrange(4250, 21_000)
            last_month = 10 if year == _LAST_YEAR else 12
            for kind in _KINDS:
                yield {
                    "sfzh": person.identity_number,
                    "xz": kind,
                    "qsny": f"{year}-01",
                    "zzny": f"{year}-{last_month:02d}",
                    "ys": last_month,
                    "jfjs": base,
                    "dwmc": _EMPLOYER,
                }
