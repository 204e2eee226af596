"""Fills an installation with copies of what was issued, by SQL, and reads plans of queries."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect, text

from certsvc.foundation.db.engine import Database

NAMED_ANEW: dict[str, dict[str, str]] = {
    "certificate_records": {
        "id": "{last} + n",
        "identifier": "identifier || '-' || n",
        "holder_code": "'H' || n",
    },
    "extractions": {
        "copy_number": "'C' || n",
        "record_id": "{last_record} + n",
        "verify_code_sha256": "'v' || n",
        "object_sha256": "'o' || n",
        "extracted_at": "{long_ago}",
    },
    "record_changes": {
        "id": "{last} + n",
        "record_id": "{last_record} + n",
        "idempotency_key": "NULL",
    },
    "seal_authorisations": {
        "id": "'a' || n",
        "number": "number + n",
        "number_of_day": "number_of_day + n",
        "record_id": "{last_record} + n",
        "copy_number": "'C' || n",
    },
    "seal_uses": {
        "id": "{last} + 2 * n + id",
        "authorisation_id": "'a' || n",
        "copy_number": "'C' || n",
        "at": "{long_ago}",
    },
    "issuances": {
        "id": "{last} + n",
        "record_id": "{last_record} + n",
        "copy_number": "'C' || n",
        "idempotency_key": "NULL",
        "authorisation_id": "'a' || n",
    },
}
"""What differs in the copies of a row: by table, in the order of references, by column."""
ROWS_OF_MODEL = {"seal_uses": 2}
"""Rows that belong to the first copy, where it is more than one."""
LONG_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', '2026-11-20', '-' || (n * 6) || ' hours')",
    "postgresql": "timestamptz '2026-11-20Z' - n * interval '6 hours'",
}
"""The copies were made at regular intervals; so that a list of the last month has few of them."""
GROWING = (
    *NAMED_ANEW,
    "batches",
    "batch_rows",
    "copy_withdrawals",
    "deliveries",
    "events",
    "jobs",
    "log_entries",
    "notices",
    "seal_version_certificates",
    "source_calls",
)
"""Tables that grow with the work, and are never to be read whole for a page."""


def crowd(database: Database, rows: int) -> None:
    """Copy the first issued copy, with all that belongs to it, so many times."""
    with database.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        last_record = connection.scalar(text("SELECT max(id) FROM certificate_records"))
        for table, changed in NAMED_ANEW.items():
            _copy(connection, table, changed, rows, last_record)
        connection.commit()
        if not is_sqlite:
            _settle(connection)


def _copy(
    connection: Connection, table: str, changed: dict[str, str], rows: int, last_record: int
) -> None:
    models = ROWS_OF_MODEL.get(table, 1)
    columns = [column["name"] for column in inspect(connection).get_columns(table)]
    first = "id" if "id" in columns else "copy_number"
    last, long_ago = 0, LONG_AGO[connection.dialect.name]
    if changed.get("id", "").startswith("{last}"):
        last = connection.scalar(text(f"SELECT max(id) FROM {table}"))  # noqa: S608  our own names
    values = [
        changed[name].format(last=last, last_record=last_record, long_ago=long_ago)
        if name in changed
        else name
        for name in columns
    ]
    connection.execute(
        text(
            "WITH RECURSIVE numbers(n) AS"  # noqa: S608  our own names
            f" (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})"
            f" INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM (SELECT * FROM {table} ORDER BY {first} LIMIT {models}) AS model, numbers"
        )
    )


def _settle(connection: Connection) -> None:
    """Do what PostgreSQL does in the course of time: count rows, and go on numbering."""
    for table, changed in NAMED_ANEW.items():
        if "id" in changed and changed["id"].startswith("{last}"):
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608  our own names
            )
        connection.exec_driver_sql(f"ANALYZE {table}")
    connection.commit()


@contextmanager
def heard(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the questions that are asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def listen(*given: Any) -> None:  # noqa: ANN401  SQLAlchemy's own
        if re.match(r"\s*(SELECT|WITH)\b", given[2]):
            asked.append((given[2], given[3]))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def whole_tables_read(
    engine: Engine, asked: list[tuple[str, Any]], *, is_small: bool
) -> list[tuple[str, str]]:
    """Those questions that read a growing table whole, and their plans.

    Args:
        engine: Where they are asked.
        asked: The questions.
        is_small: The tables are small, so PostgreSQL is told to prefer any index. If they are not,
            only those that were filled are looked for: an empty one has no use for its indexes.
    """
    found: dict[str, str] = {}
    whole = _whole(GROWING if is_small else NAMED_ANEW)
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if not is_sqlite and is_small:
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        for sql, given in asked:
            if sql not in found:
                plan = "\n".join(map(str, connection.exec_driver_sql(explain + sql, given)))
                found[sql] = plan
    return [
        (sql, plan)
        for sql, plan in found.items()
        if whole.search(plan) and not _ends_with_its_page(sql, plan)
    ]


def _whole(tables: Iterable[str]) -> re.Pattern[str]:
    # As either engine says it; the index of troubled jobs holds nothing else.
    return re.compile(
        rf"(?:SCAN|Seq Scan on) (?:{'|'.join(tables)})(?:_\d+)?\b"
        r"(?! USING (?:COVERING )?INDEX ix_jobs_troubled)"
        r"|USING AUTOMATIC "  # SQLite makes an index for one question, of the whole table
        r"|\(object_sha256>\?\)|Index Cond: \(object_sha256 IS NOT NULL\)"  # all published copies
    )


def _ends_with_its_page(sql: str, plan: str) -> bool:
    """Tell whether SQLite walks along the numbers of the rows until the page is full."""
    return "LIMIT" in sql and "WHERE" not in sql and "TEMP B-TREE" not in plan
