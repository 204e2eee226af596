"""Making a database's checks those of another version of the program."""

from sqlalchemy import CheckConstraint, Column, MetaData, String, Table

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.value_lists import one_of, renew_lists


def tables_with(table: str, *checks: CheckConstraint) -> MetaData:
    """Return the tables of a program that knows one table, with these checks alone."""
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    Table(table, metadata, Column("anything", String), *checks)
    return metadata


def exchange(database: Database, table: str, name: str, sql: str) -> None:
    """Give a check of a database another text."""
    check = one_of("anything", ["word"])
    check = CheckConstraint(sql, name.removeprefix(f"ck_{table}_"), info=check.info)
    with database.engine.connect() as connection:
        renew_lists(connection, tables_with(table, check))
        connection.commit()
