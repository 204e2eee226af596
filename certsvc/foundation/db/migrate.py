"""Bringing a database to the schema of this version of the program."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from certsvc.foundation.db.engine import Database, errors_mapped
from certsvc.foundation.db.value_lists import load_all_records, outdated_lists, require_all_loaded
from certsvc.foundation.errors import UnavailableError

_MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaOutOfDateError(UnavailableError):
    """The database has another schema than this version of the program; migrate it first."""

    code = "db.schema-out-of-date"


HideKey: TypeAlias = Callable[[str, str], str]
"""Hashes a caller's idempotency key with the secret of the installation."""


def alembic_config(connection: Connection | None = None, hide_key: HideKey | None = None) -> Config:
    """Make Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["hide_key"] = hide_key
    return config


def migrate(database: Database, hide_key: HideKey | None = None) -> None:
    """Run all migrations that are missing.

    Args:
        database: The database.
        hide_key: What hides keys; a database that holds clear ones cannot do without.

    Raises:
        ValueInUseError: rows hold a role or state that the program does not know any more.
        DatabaseUnavailableError: the database cannot be reached.
    """
    load_all_records()
    with errors_mapped(), database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # The time limit is meant for requests; migrating a large table may take longer.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        command.upgrade(alembic_config(connection, hide_key), "head")
        require_all_loaded(connection)
        connection.commit()


def current_revision(database: Database) -> str | None:
    """Return the revision of the database; None if it is empty.

    Raises:
        DatabaseUnavailableError: the database cannot be reached.
    """
    with errors_mapped(), database.reading_engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def head_revision() -> str | None:
    """Return the revision that this version of the program needs; read once, health asks often."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def require_current_schema(database: Database) -> None:
    """Check that schema and value lists of a database are those of this program.

    Raises:
        SchemaOutOfDateError: it is older, newer or empty.
        DatabaseUnavailableError: it cannot be reached.
    """
    if current_revision(database) != head_revision():
        raise SchemaOutOfDateError
    load_all_records()
    with errors_mapped(), database.reading_engine.connect() as connection:
        if outdated_lists(connection):
            raise SchemaOutOfDateError
