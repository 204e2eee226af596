"""Asking a department's SQL database.

- The holder's code is a bound parameter; nothing a person types becomes SQL.
- The connection is rolled back, never committed: a source is only read.
- Values come out as JSON: dates as ISO 8601, decimals as exact strings.
"""

import hashlib
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import rfc8785
from sqlalchemy import Connection, RowMapping, create_engine, make_url, text
from sqlalchemy.exc import NoSuchColumnError, SQLAlchemyError

from certsvc.sources.configuration import SourceDescription, TypeQuery
from certsvc.sources.errors import HolderNotFoundError, SeveralRecordsError, SourceUnavailableError

_TIMEOUT_S = 10
_LARGEST_EXACT_INTEGER = 2**53 - 1
"""JSON numbers are doubles (RFC 8785); a larger one is kept as text."""


class SqlSource:
    """A department's database, reached through SQLAlchemy."""

    def __init__(self, description: SourceDescription) -> None:
        self.description = description
        self._engine = create_engine(
            description.url,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=_patience(make_url(description.url).get_backend_name()),
        )

    def query(self, type_code: str, holder_code: str) -> tuple[str, dict[str, Any], str]:
        """Return the holder's name, the fields, and the digest of the raw answer.

        Raises:
            HolderNotFoundError: the database has no such holder.
            SeveralRecordsError: it has more than one record.
            SourceUnavailableError: it cannot be reached, or lacks what its description says.
        """
        definition = self.description.types[type_code]
        try:
            with self._engine.connect() as connection:
                row = _single_row(connection, definition, holder_code)
                fields = {name: _json(row[column]) for name, column in definition.fields.items()}
                fields |= _table_fields(connection, definition, holder_code)
                holder_name = str(row[definition.holder_name])
                raw: dict[str, Any] = {str(key): _json(value) for key, value in row.items()}
                digest = hashlib.sha256(rfc8785.dumps({"row": raw, "fields": fields})).hexdigest()
        except (SQLAlchemyError, NoSuchColumnError, KeyError, ValueError) as error:
            raise SourceUnavailableError(source=self.description.code) from error
        return holder_name, {k: v for k, v in fields.items() if v is not None}, digest

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def _patience(engine: str) -> dict[str, Any]:
    """Bound the time that a source may take, where the engine has a setting for it."""
    if engine == "postgresql":
        options = f"-c statement_timeout={_TIMEOUT_S * 1000}"
        return {"connect_timeout": _TIMEOUT_S, "options": options}
    return {"timeout": _TIMEOUT_S} if engine == "sqlite" else {}


def _single_row(connection: Connection, definition: TypeQuery, holder_code: str) -> RowMapping:
    result = connection.execute(text(definition.query), {"holder": holder_code})
    rows = result.mappings().fetchmany(2)
    if not rows:
        raise HolderNotFoundError
    if len(rows) > 1:
        raise SeveralRecordsError
    return rows[0]


def _table_fields(
    connection: Connection, definition: TypeQuery, holder_code: str
) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {field: _json(row[column]) for field, column in table.columns.items()}
            for row in connection.execute(text(table.query), {"holder": holder_code}).mappings()
        ]
        for name, table in definition.tables.items()
    }


def _json(value: object) -> Any:  # noqa: ANN401  a JSON value
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT_INTEGER:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
