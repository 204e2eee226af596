"""Connector to a department's SQL database.

- The holder's code is a bound parameter; nothing a person types becomes SQL.
- The connection is rolled back, never committed: a source is only read.
- A statement ends when the time is over, where the engine can be told so; where it cannot, the
  caller stops waiting all the same (`certsvc/foundation/net/bulkheads.py`).
"""

import re
import sqlite3
import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError
from sqlalchemy.pool import QueuePool

from certsvc.evidence.sources.connectors import (
    RawAnswer,
    RawRecord,
    Row,
    check_by_nobody,
    down,
    nonsense,
    rows_digest,
    slow,
)
from certsvc.evidence.sources.descriptions import SqlDescription, TypeQuery
from certsvc.foundation.codes.holder import HolderCode

_PARAMETER = re.compile(r"(?<![:\w]):(holder|holder_kind)\b")
_STEPS_BETWEEN_LOOKS = 10_000
_QUERY_CANCELED = "57014"
"""SQLSTATE of PostgreSQL for a statement that was stopped at its time limit."""


class SqlSource:
    """A department's database, reached through SQLAlchemy."""

    def __init__(self, description: SqlDescription) -> None:
        self._description = description
        self._engine: Engine | None = None

    def fetch(self, type_code: str, holder: HolderCode) -> RawAnswer:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.fetch`."""
        definition = self._description.types[type_code]
        try:
            with self._opened().connect() as connection:
                _stop_in_time(connection, self._description.limits.total_s)
                return self._ask(connection, definition, holder)
        except NoConnectionLeftError as error:
            raise slow(self._description) from error
        except OperationalError as error:
            raise (slow if _was_stopped(error) else down)(self._description) from error
        except (SQLAlchemyError, ImportError) as error:
            raise down(self._description) from error
        except UnicodeDecodeError as error:
            raise nonsense(self._description, "not-text") from error

    def query_text(self, type_code: str) -> str:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.query_text`."""
        definition = self._description.types[type_code]
        return "\n".join([definition.query, *(each.query for each in definition.tables.values())])

    def check(self) -> None:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.check`."""
        check_by_nobody(self, self._description, self._description.types)

    def close(self) -> None:
        """Give back all connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _opened(self) -> Engine:
        # Made at the first question, so that a missing password or driver stops only this source.
        if self._engine is None:
            description = self._description
            url = make_url(description.url)
            if description.password is not None:
                url = url.set(password=description.password.read(description.code))
            self._engine = create_engine(
                url,
                pool_pre_ping=True,
                poolclass=QueuePool,
                pool_size=description.limits.at_once,
                max_overflow=0,
                pool_timeout=description.limits.connect_s,
                hide_parameters=True,
                connect_args=_patience(url.get_backend_name(), description),
            )
        return self._engine

    def _ask(self, connection: Connection, definition: TypeQuery, holder: HolderCode) -> RawAnswer:
        # Two rows are enough to detect several.
        found = self._rows(connection, definition.query, definition.columns, holder, most=2)
        tables: dict[str, list[Row]] = {}
        if len(found) == 1:
            most = self._description.limits.rows
            for name, table in definition.tables.items():
                columns = {each.column for each in table.columns.values()}
                tables[name] = self._rows(connection, table.query, columns, holder, most=most + 1)
                if len(tables[name]) > most:
                    raise nonsense(self._description, "too-many-rows")
        return RawAnswer(
            records=tuple(RawRecord(row=row, tables=tables) for row in found),
            sha256=rows_digest([found, tables]),
        )

    def _rows(
        self,
        connection: Connection,
        query: str,
        columns: Iterable[str],
        holder: HolderCode,
        *,
        most: int,
    ) -> list[Row]:
        values = {"holder": holder.value, "holder_kind": holder.kind.value}
        needed = {name: values[name] for name in _PARAMETER.findall(query)}
        result = connection.execute(text(query), needed).mappings()
        if not set(columns) <= set(result.keys()):
            raise nonsense(self._description, "column-missing")
        rows: list[RowMapping] = list(result.fetchmany(most))
        return [dict(row) for row in rows]


def _patience(engine: str, description: SqlDescription) -> dict[str, Any]:
    """Set the statement timeout, if the engine has one."""
    limits = description.limits
    if engine == "postgresql":
        options = f"-c statement_timeout={int(limits.total_s * 1000)}"
        # The driver counts whole seconds, and takes less than two for two.
        return {"connect_timeout": max(2, int(limits.connect_s)), "options": options}
    return {"timeout": limits.connect_s} if engine == "sqlite" else {}


def _stop_in_time(connection: Connection, limit_s: float) -> None:
    """Interrupt SQLite at the time limit, since it has no statement timeout."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        deadline = time.monotonic() + limit_s
        driver.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)


def _was_stopped(error: OperationalError) -> bool:
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return original.sqlite_errorname in {"SQLITE_INTERRUPT", "SQLITE_BUSY"}
    return getattr(original, "sqlstate", None) == _QUERY_CANCELED
