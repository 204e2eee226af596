"""A SQL source on real engines: its time is bounded, its secrets hidden, nothing is written."""

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from certsvc.evidence.sources.descriptions import SqlDescription
from certsvc.evidence.sources.errors import (
    SourceNonsenseError,
    SourceSecretMissingError,
    SourceSlowError,
    SourceUnavailableError,
)
from certsvc.evidence.sources.sql import SqlSource
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from tests.support.departments import described

HOLDER = HolderCode(value="990101199003070023")
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT :holder AS xm FROM n WHERE i < 0"
)


def connected(url: str, query: str, **changes: Any) -> SqlSource:  # noqa: ANN401
    definition = {"holder_name": "xm", "basis": "库", "fields": {"name": "xm"}, "query": query}
    entries = {"url": url, "limits": {"total_s": 30, "connect_s": 30, "rows": 2}} | changes
    tables = entries.pop("tables", {})
    description = described(types={"t": definition | {"tables": tables}}, **entries)
    assert isinstance(description, SqlDescription)
    return SqlSource(description)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'department.db'}"
    return str(request.getfixturevalue("postgres_url"))


def test_a_statement_without_end_ends(url: str) -> None:
    source = connected(url, ENDLESS, limits={"total_s": 0.4, "connect_s": 30})
    with pytest.raises(SourceSlowError):
        source.fetch("t", HOLDER)
    source.close()


def test_a_locked_sqlite_database_is_slow(tmp_path: Path) -> None:
    path = tmp_path / "department.db"
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("CREATE TABLE people (xm)")
        other.execute("BEGIN EXCLUSIVE")
        source = connected(
            f"sqlite:///{path}", "SELECT xm FROM people", limits={"connect_s": 0.1, "total_s": 30}
        )
        with pytest.raises(SourceSlowError):
            source.fetch("t", HOLDER)
        other.execute("ROLLBACK")
    source.close()
    other.close()


def test_nothing_listening_is_down() -> None:
    source = connected("postgresql+psycopg://reader@127.0.0.1:1/none", "SELECT 1 AS xm")
    with pytest.raises(SourceUnavailableError):
        source.fetch("t", HOLDER)
    source.close()


def test_a_driver_that_is_not_installed_is_down() -> None:
    source = connected("oracle+oracledb://reader@127.0.0.1:1/none", "SELECT 1 AS xm")
    with pytest.raises(SourceUnavailableError):
        source.fetch("t", HOLDER)
    source.close()


def test_what_a_query_writes_is_taken_back(url: str, tmp_path: Path) -> None:
    del tmp_path
    source = connected(url, "SELECT :holder AS xm")
    assert len(source.fetch("t", HOLDER).records) == 1
    source.close()
    writing = connected(url, "INSERT INTO people VALUES (:holder) RETURNING xm")
    with pytest.raises(SourceUnavailableError):
        writing.fetch("t", HOLDER)
    writing.close()
    _run(url, "CREATE TABLE people (xm varchar(40))")
    source = connected(url, "INSERT INTO people VALUES (:holder) RETURNING xm")
    source.fetch("t", HOLDER)
    source.close()
    counting = connected(url, "SELECT count(*) AS xm FROM people")
    assert counting.fetch("t", HOLDER).records[0].row["xm"] == 0
    counting.close()


def test_the_kind_of_document_is_a_parameter_where_a_query_asks_for_it(url: str) -> None:
    source = connected(url, "SELECT :holder_kind AS xm WHERE CAST(:holder AS varchar(40)) <> ''")
    holder = HolderCode(value="E12345678", kind=HolderCodeType.PASSPORT)
    assert source.fetch("t", holder).records[0].row == {"xm": "414"}
    source.close()


def test_a_table_of_too_many_rows_is_nonsense(url: str) -> None:
    rows = "SELECT 1 AS ys UNION ALL SELECT 2 UNION ALL SELECT 3"
    tables = {"list": {"query": rows, "columns": {"months": "ys"}}}
    source = connected(url, "SELECT :holder AS xm", tables=tables)
    with pytest.raises(SourceNonsenseError) as caught:
        source.fetch("t", HOLDER)
    assert caught.value.params["fault"] == "too-many-rows"
    source.close()


def test_a_password_from_a_file_opens_the_database_and_is_never_shown(
    postgres_url: str, tmp_path: Path
) -> None:
    password, url = tmp_path / "password.txt", make_url(postgres_url)
    with psycopg.connect(
        postgres_url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True
    ) as connection:
        connection.execute("DROP ROLE IF EXISTS department_reader")
        connection.execute("CREATE ROLE department_reader LOGIN PASSWORD 'open-sesame'")
    reader = url.set(username="department_reader").render_as_string(hide_password=False)
    source = connected(reader, "SELECT current_user AS xm", password={"file": str(password)})
    with pytest.raises(SourceSecretMissingError):
        source.fetch("t", HOLDER)
    password.write_text("open-sesame\n")
    assert source.fetch("t", HOLDER).records[0].row["xm"] == "department_reader"
    assert "sesame" not in repr(source._description) + source.query_text("t")
    assert "@" not in repr(source._description)
    source.close()


def _run(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute(statement)
        connection.close()
        return
    with psycopg.connect(
        url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True
    ) as server:
        server.execute(statement)  # type: ignore[call-overload]  # our own text
