"""A database as two departments might hold it, and the description that connects it.

The tables are deliberately not ours: other names, other types, the way a source looks in life.
What they hold follows from the day they are made for: records until the day before, payments
until the month before.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    inspect,
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
_YEARS = 15
_MADE_FOR = Table("example_made_for", _METADATA, Column("day", Date), Column("version", Integer))
_VERSION = 1
"""Raised with every change of the tables or of what is put into them."""


def as_of(day: date) -> date:
    """Return the last day that the departments' records cover on a day."""
    return day - timedelta(days=1)


def create_source_database(path: Path, *, day: date) -> None:
    """Make the example database for a day, or leave it alone if it is there and of this day."""
    engine = create_engine(f"sqlite:///{path.absolute()}")
    with engine.begin() as connection:
        # The driver would begin only before the first insertion; tables belong to it as well.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if not _is_made_for(connection, day):
            _METADATA.drop_all(connection)
            _METADATA.create_all(connection)
            _fill(connection, day)
    engine.dispose()


def _is_made_for(connection: Connection, day: date) -> bool:
    tables = set(inspect(connection).get_table_names())
    if not tables >= set(_METADATA.tables):
        return False
    return [tuple(row) for row in connection.execute(select(_MADE_FOR))] == [(day, _VERSION)]


def _fill(connection: Connection, day: date) -> None:
    residents = make_residents()
    connection.execute(_POLICE.insert(), [_police_row(person, day) for person in residents])
    connection.execute(_INSURED.insert(), [_insured_row(person, day) for person in residents])
    connection.execute(_PAYMENTS.insert(), list(_payment_rows(residents, day)))
    connection.execute(_MADE_FOR.insert(), {"day": day, "version": _VERSION})


def describe_sources(path: Path, *, police_unit: str, insurance_unit: str) -> str:
    """Describe the example database as two connected sources, in TOML."""
    return Template(_SOURCES.read_text(encoding="utf-8")).substitute(
        url=f"sqlite:///{path.absolute()}",
        police_unit=police_unit,
        insurance_unit=insurance_unit,
    )


def _police_row(person: Resident, day: date) -> dict[str, Any]:
    return {
        "sfzh": person.identity_number,
        "xm": person.name,
        "xb": person.sex,
        "csrq": person.born_on,
        "cxqsrq": person.born_on.replace(
            year=person.born_on.year + 16, day=min(person.born_on.day, 28)
        ),
        "cxjzrq": as_of(day),
        "cxjg": "未发现有犯罪记录",
    }


def _insured_row(person: Resident, day: date) -> dict[str, Any]:
    return {
        "sfzh": person.identity_number,
        "xm": person.name,
        "cbd": "青禾市云岭区",
        "jzrq": as_of(day),
    }


def _payment_rows(residents: tuple[Resident, ...], day: date) -> Iterator[dict[str, Any]]:
    last = day.replace(day=1) - timedelta(days=1)
    for person in residents:
        first_year = max(last.year - _YEARS + 1, person.born_on.year + 22)
        for year in range(first_year, last.year + 1):
            last_month = last.month if year == last.year else 12
            base = _base_yuan(person, year)
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


def _base_yuan(person: Resident, year: int) -> int:
    # Of person and year alone, so that no day rewrites the past.
    chance = random.Random(f"{person.identity_number}-{year}")  # noqa: S311  made-up payments
    return chance.randrange(4250, 21_000)
