"""One database by one URL: SQLite embedded, PostgreSQL in production.

- SQLite runs in WAL mode with foreign keys on and `synchronous=FULL`: a committed intent
  survives a power cut.
- SQLite transactions begin IMMEDIATE, so two writers queue instead of failing half-way.
- Losing the database is an `UnavailableError`, never a stack trace of the driver.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from certsvc.errors import InvalidInputError, UnavailableError

_BUSY_TIMEOUT_S = 15


class DatabaseUnavailableError(UnavailableError):
    """The database cannot be reached, is full, or went away half-way."""

    code = "db.unavailable"


def open_engine(url: str) -> Engine:
    """Make an engine for an SQLAlchemy URL; nothing is connected yet."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling would begin DEFERRED; we begin ourselves.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class ValueRefusedError(InvalidInputError):
    """A text is too long, or holds a character that no database keeps (NUL, lone surrogates)."""

    code = "db.value-refused"


class Database:
    """Opens transactions; each `with db.transaction() as session` is one."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Begin a transaction; commit on leaving, roll back on any error.

        Raises:
            DatabaseUnavailableError: the engine lost the database; nothing was committed.
            ValueRefusedError: a value cannot be stored; nothing was committed.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except OperationalError as error:
            raise DatabaseUnavailableError from error
        except (DataError, UnicodeEncodeError) as error:
            raise ValueRefusedError from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseUnavailableError from error
            raise

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()
