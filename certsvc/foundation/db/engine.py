"""One database by one URL: SQLite embedded, PostgreSQL in production.

- SQLite runs in WAL mode with foreign keys on and `synchronous=FULL`: a committed intent
  survives a power cut.
- A transaction that writes begins IMMEDIATE on SQLite, so two writers queue instead of failing
  half-way; one that only reads begins DEFERRED, and waits for no writer and stops none. The
  writers of one process take turns (`write_queue`).
- Losing the database is an `UnavailableError`, never a stack trace of the driver; so is having
  no connection left to give.
- No exception of the engine holds the values of a statement.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import local

import psycopg
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from certsvc.foundation.db.write_queue import TurnMissedError, WriteQueue
from certsvc.foundation.errors import DefectError, InvalidInputError, UnavailableError

_BUSY_TIMEOUT_S = 15
# The queue is fair. A writer that times out while sealing has already spent a use of the seal.
_QUEUE_PATIENCE_S = 60
_CONNECT_TIMEOUT_S = 10
_STATEMENT_TIMEOUT_S = 30
# The web server works with 40 threads, each with one connection at a time; a few more are for
# health and command line. PostgreSQL takes 100 connections unless told.
_POOL_SIZE = 10
_POOL_OVERFLOW = 34
_READING = "certsvc_reading"


class DatabaseUnavailableError(UnavailableError):
    """The database cannot be reached, is full, too slow, or went away half-way."""

    code = "db.unavailable"


class CommitUncertainError(DatabaseUnavailableError):
    """The connection was lost during COMMIT; whether it was carried out is unknown."""

    code = "db.commit-uncertain"


class NestedTransactionError(DefectError):
    """A thread opened a writing transaction inside one of its own, in the same database.

    On SQLite it would wait for itself; on PostgreSQL it would not see what the outer one wrote,
    and could be committed without it.
    """

    code = "db.nested-transaction"


class ValueRefusedError(InvalidInputError):
    """A text is too long, or holds a character that no database keeps (NUL, lone surrogates).

    Or a number or an instant lies outside of what there is in the database, or in UTC.
    """

    code = "db.value-refused"


def open_engine(url: str, *, pool_timeout_s: float = _BUSY_TIMEOUT_S) -> Engine:
    """Make an engine for an SQLAlchemy URL; nothing is connected yet.

    Args:
        url: Of SQLite or PostgreSQL.
        pool_timeout_s: How long a thread waits for a connection that another one has.
    """
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_engine(
        parsed,
        connect_args={"timeout": _BUSY_TIMEOUT_S} if sqlite else _postgresql_options(parsed),
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=pool_timeout_s,
        pool_pre_ping=not sqlite,
    )
    event.listen(engine, "handle_error", _hide_values)
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_options(url: URL) -> dict[str, str | int]:
    """Limit how long a thread can hang; what the URL itself says wins."""
    limits: dict[str, str | int] = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "options": f"-c statement_timeout={_STATEMENT_TIMEOUT_S * 1000}",
    }
    return {name: value for name, value in limits.items() if name not in url.query}


def _hide_values(context: ExceptionContext) -> None:
    # PostgreSQL adds the whole row that it refused, holder's code and all.
    refused, shown = context.original_exception, context.sqlalchemy_exception
    if isinstance(refused, psycopg.Error) and refused.diag.message_detail and shown:
        refused.args = shown.args = (refused.diag.message_primary,)


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling would begin DEFERRED; we begin ourselves.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = _READING in connection.get_execution_options()
    # Connections are shared by both kinds, so each transaction says anew which one it is.
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


@contextmanager
def errors_mapped() -> Iterator[None]:
    """Turn what the engine raises into the errors of this package.

    Raises:
        DatabaseUnavailableError: the database or a connection to it cannot be had.
        ValueRefusedError: a value cannot be stored.
    """
    try:
        yield
    except (OperationalError, NoConnectionLeftError, TurnMissedError) as error:
        raise DatabaseUnavailableError from error
    except (DataError, UnicodeEncodeError, OverflowError) as error:
        raise ValueRefusedError from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailableError from error
        raise
    except StatementError as error:
        if isinstance(error.orig, OverflowError):
            raise ValueRefusedError from error
        raise


class Database:
    """Opens transactions; each `with db.transaction() as session` is one."""

    def __init__(self, url: str, *, pool_timeout_s: float = _BUSY_TIMEOUT_S) -> None:
        self.engine = open_engine(url, pool_timeout_s=pool_timeout_s)
        self.reading_engine = _reading_engine(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._reading_sessions = sessionmaker(self.reading_engine, expire_on_commit=False)
        one_at_a_time = self.engine.dialect.name == "sqlite"
        self._queue = WriteQueue(patience_s=_QUEUE_PATIENCE_S) if one_at_a_time else None
        self._writing = local()
        self._closed = False
        self._listeners: list[Callable[[Session], None]] = []
        event.listen(self.engine, "checkin", self._close_late)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Begin a transaction that may write; commit on leaving, roll back on any error.

        On SQLite it blocks every other writer, so nothing slow belongs inside.

        Raises:
            DatabaseUnavailableError: the engine lost the database; nothing was committed.
            CommitUncertainError: it was lost during COMMIT; all or nothing was committed, and
                the caller must look before trying again (or use an idempotency key).
            ValueRefusedError: a value cannot be stored; nothing was committed.
            NestedTransactionError: this thread is inside another one; nothing was begun.
        """
        with self._alone(), self._written() as session:
            yield session

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if getattr(self._writing, "now", False):
            raise NestedTransactionError
        self._writing.now = True
        try:
            yield
        finally:
            self._writing.now = False

    @contextmanager
    def _written(self) -> Iterator[Session]:
        turn = self._queue.turn() if self._queue else nullcontext()
        with errors_mapped(), turn, self._sessions() as session:
            yield session
            session.flush()
            _commit(session)
            for listener in self._listeners:
                listener(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Begin a read-only transaction on one snapshot; it blocks no writer.

        Raises:
            DatabaseUnavailableError: the engine lost the database.
            ValueRefusedError: a value that was looked for cannot be in any database.
        """
        with errors_mapped(), self._reading_sessions() as session:
            yield session

    def after_commit(self, listener: Callable[[Session], None]) -> None:
        """Have a quick function called after each commit, in the thread that committed."""
        # Not an SQLAlchemy event: a listener on a session class is never garbage-collected.
        self._listeners.append(listener)

    def close(self) -> None:
        """Give back all connections; one that is at work is closed when its work ends."""
        self._closed = True
        self.engine.dispose()

    def _close_late(self, connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        # Otherwise it would return to a disposed pool and stay open there.
        if self._closed and connection is not None:
            entry.invalidate()


def _reading_engine(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_READING: True})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _commit(session: Session) -> None:
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise CommitUncertainError from error
        raise
