"""The example database: what the departments hold, in one file, and the words that connect it.

What the tables hold follows from the day they are made for: records until the day before,
payments until the month before.
"""

from datetime import date
from pathlib import Path

from sqlalchemy import Column, Connection, Date, Integer, Table, create_engine, inspect, select

from certsvc.demonstration.departments.civil_affairs import MARRIAGES
from certsvc.demonstration.departments.credit import CREDIT
from certsvc.demonstration.departments.department import TABLES
from certsvc.demonstration.departments.education import EDUCATION
from certsvc.demonstration.departments.insurance import INSURANCE
from certsvc.demonstration.departments.land import LAND
from certsvc.demonstration.departments.police import CRIMINAL_RECORDS, HOUSEHOLDS
from certsvc.demonstration.departments.tax import TAX

DEPARTMENTS = (
    CRIMINAL_RECORDS,
    INSURANCE,
    MARRIAGES,
    LAND,
    HOUSEHOLDS,
    EDUCATION,
    CREDIT,
    TAX,
)
_MADE_FOR = Table(
    "example_made_for", TABLES, Column("day", Date), Column("version", Integer, nullable=False)
)
_VERSION = 3
"""Raised with every change of the tables or of what is put into them."""


def create_source_database(path: Path, *, day: date) -> None:
    """Make the example database for a day, or leave it alone if it is there and of this day."""
    engine = create_engine(f"sqlite:///{path.absolute()}")
    with engine.begin() as connection:
        # The driver would begin only before the first insertion; tables belong to it as well.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if not _is_made_for(connection, day):
            TABLES.drop_all(connection)
            TABLES.create_all(connection)
            _fill(connection, day)
    engine.dispose()


def _is_made_for(connection: Connection, day: date) -> bool:
    tables = set(inspect(connection).get_table_names())
    if not tables >= set(TABLES.tables):
        return False
    return [tuple(row) for row in connection.execute(select(_MADE_FOR))] == [(day, _VERSION)]


def _fill(connection: Connection, day: date) -> None:
    for department in DEPARTMENTS:
        for table, rows in department.rows(day).items():
            connection.execute(table.insert(), list(rows))
    connection.execute(_MADE_FOR.insert(), {"day": day, "version": _VERSION})


def describe_sources(path: Path) -> str:
    """Describe the example database as connected sources, in TOML."""
    url = f"sqlite:///{path.absolute()}"
    return "\n".join(department.describe(url) for department in DEPARTMENTS)
