"""Migrations and engine, on both databases."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.engine import (
    CommitUncertainError,
    Database,
    DatabaseUnavailableError,
    NestedTransactionError,
    ValueRefusedError,
)
from certsvc.foundation.db.migrate import (
    SchemaOutOfDateError,
    alembic_config,
    current_revision,
    head_revision,
    migrate,
    require_current_schema,
)
from certsvc.people.units.records import Unit
from tests.support.postgres import running_server

UNIT = "1" * 18


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """An empty database on PostgreSQL, with little patience."""
    database = Database(postgres_url, pool_timeout_s=0.2)
    yield database
    database.close()


def test_from_empty_to_head_and_back(empty_database: Database) -> None:
    assert current_revision(empty_database) is None
    with pytest.raises(SchemaOutOfDateError):
        require_current_schema(empty_database)
    migrate(empty_database)
    migrate(empty_database)
    assert current_revision(empty_database) == head_revision() == "0021"
    require_current_schema(empty_database)
    assert set(Base.metadata.tables) <= set(inspect(empty_database.engine).get_table_names())
    with empty_database.engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
        connection.commit()
    assert set(inspect(empty_database.engine).get_table_names()) == {"alembic_version"}


def test_the_models_are_the_schema(migrated_database: Database) -> None:
    with migrated_database.engine.connect() as connection:
        command.check(alembic_config(connection))


def test_an_error_rolls_everything_back(migrated_database: Database) -> None:
    def fail_half_way() -> None:
        with migrated_database.transaction() as session:
            session.add(Unit(code="1" * 18, name="单位", kind="government", area_code="990101"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with migrated_database.transaction() as session:
        assert session.get(Unit, "1" * 18) is None


def test_a_transaction_inside_another_is_refused_by_name(migrated_database: Database) -> None:
    database = migrated_database
    with database.transaction() as session:
        session.add(Unit(code=UNIT, name="单位", kind="government", area_code="110101"))
        with pytest.raises(NestedTransactionError), database.transaction():
            pytest.fail("it was begun")
        with database.reading() as inner:  # waits for nobody, and sees what was before
            assert inner.get(Unit, UNIT) is None
    with ThreadPoolExecutor(1) as other, database.reading():
        other.submit(_add_and_fail, database).result()
        with database.transaction() as session:
            assert session.get_one(Unit, UNIT).code == UNIT
    with pytest.raises(KeyError), database.transaction():
        raise KeyError
    with database.transaction() as session:
        assert session.get_one(Unit, UNIT).code == UNIT


def _add_and_fail(database: Database) -> None:
    """A transaction of another thread's own, that comes to nothing."""
    with pytest.raises(KeyError), database.transaction():
        raise KeyError


def test_a_character_that_cannot_be_kept_is_refused(migrated_database: Database) -> None:
    with pytest.raises(ValueRefusedError), migrated_database.transaction() as session:
        session.add(Unit(code="1" * 18, name="\ud800", kind="government", area_code="990101"))


@pytest.mark.only_on("sqlite", reason="its pragmas")
@pytest.mark.usefixtures("real_durability")
def test_sqlite_is_durable_and_checks_references(migrated_database: Database) -> None:
    with migrated_database.transaction() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA synchronous")) == 2


def test_reading_sees_one_state_and_stops_no_writer(migrated_database: Database) -> None:
    def write() -> None:
        with migrated_database.transaction() as session:
            session.add(Unit(code=UNIT, name="单位", kind="government", area_code="110101"))

    with migrated_database.reading() as session, ThreadPoolExecutor(1) as thread:
        assert session.scalar(text("SELECT count(*) FROM units")) == 0
        thread.submit(write).result(timeout=5)
        assert session.scalar(text("SELECT count(*) FROM units")) == 0
    with migrated_database.reading() as session:
        assert session.get_one(Unit, UNIT).name == "单位"


def test_reading_waits_for_no_writer(migrated_database: Database) -> None:
    with migrated_database.transaction() as writing:
        writing.add(Unit(code=UNIT, name="单位", kind="government", area_code="110101"))
        writing.flush()
        began = time.perf_counter()
        with migrated_database.reading() as session:
            assert session.get(Unit, UNIT) is None
        assert time.perf_counter() - began < 1


def test_reading_cannot_write(migrated_database: Database) -> None:
    def try_to_write() -> None:
        with migrated_database.reading() as session:
            session.execute(text("DELETE FROM units"))

    for _ in range(2):  # the connection goes back and forth between both kinds
        with pytest.raises((DatabaseUnavailableError, DBAPIError)):
            try_to_write()
        with migrated_database.transaction() as session:
            session.execute(text("DELETE FROM units"))


def ask_till_none_is_left(database: Database) -> None:
    with database.reading() as session:
        session.execute(text("SELECT 1"))
        ask_till_none_is_left(database)


def sleep_on_the_server(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 10"))
        session.execute(text("SELECT pg_sleep(5)"))


def test_no_connection_left_is_told(empty_database: Database) -> None:
    database = Database(
        empty_database.engine.url.render_as_string(hide_password=False), pool_timeout_s=0.2
    )
    with ExitStack() as busy:
        for _ in range(40):
            busy.enter_context(database.reading()).execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailableError):
            ask_till_none_is_left(database)
    assert current_revision(database) is None
    database.close()


def test_no_statement_takes_for_ever(postgres: Database) -> None:
    with postgres.reading() as session:
        assert session.scalar(text("SHOW statement_timeout")) == "30s"
    with pytest.raises(DatabaseUnavailableError):
        sleep_on_the_server(postgres)


def test_what_the_url_says_about_time_wins(postgres_url: str) -> None:
    database = Database(f"{postgres_url}&options=-c%20statement_timeout%3D7000")
    with database.reading() as session:
        assert session.scalar(text("SHOW statement_timeout")) == "7s"
    database.close()


def test_a_connection_lost_during_commit_is_told_apart(postgres: Database) -> None:
    with postgres.transaction() as session:
        session.execute(text("CREATE TABLE things (id integer)"))
        session.execute(
            text(
                "CREATE FUNCTION vanish() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
            )
        )
        session.execute(
            text(
                "CREATE CONSTRAINT TRIGGER vanishing AFTER INSERT ON things "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vanish()"
            )
        )
    with pytest.raises(CommitUncertainError), postgres.transaction() as session:
        session.execute(text("INSERT INTO things VALUES (1)"))
    with (
        pytest.raises(DatabaseUnavailableError) as caught,
        postgres.transaction() as session,
    ):
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert not isinstance(caught.value, CommitUncertainError)


def test_no_exception_tells_the_values(migrated_database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, migrated_database.transaction() as session:
        session.add(Unit(code="short", name="机密单位", kind="government", area_code="110101"))
    assert "机密单位" not in str(caught.value)


_ENTRY = "at, kind, 'nobody', subject, details, previous_sha256"
_OF_LOG = "FROM log_entries"
_USE = (
    "event, at, 'nobody', unit_code, identifier, copy_number, certificate_sha256, sha256"
    " FROM seal_uses"
)
REPLACEMENTS = [
    f"INSERT OR REPLACE INTO log_entries SELECT sequence, {_ENTRY}, 'other' {_OF_LOG}",
    f"REPLACE INTO log_entries SELECT sequence + 1, {_ENTRY}, entry_sha256 {_OF_LOG}",
    f"REPLACE INTO seal_uses SELECT id, 'other', seal_id, {_USE}",
    f"REPLACE INTO seal_uses SELECT id + 1, authorisation_id, seal_id, {_USE}",
]


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_sqlite_replaces_nothing_that_is_append_only(tmp_path: Path, replacement: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'append-only.db'}")
    migrate(database)
    with database.transaction() as session:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(
            text("INSERT INTO log_entries VALUES (1, '2026-11-21', 'k', 'a', 's', '{}', 'p', 'e')")
        )
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(
            "INSERT INTO seal_uses VALUES"
            " (1, 'x', 'seal', 'intended', '2026-11-21', 'somebody', 'u', 'i', 'c', 'f', 's')"
        )
        with pytest.raises(DatabaseError, match="append-only"):
            connection.exec_driver_sql(replacement)
    database.close()


def test_a_connection_at_work_is_closed_after_its_work(migrated_database: Database) -> None:
    with migrated_database.transaction() as session:
        at_work = session.connection().connection.driver_connection
        migrated_database.close()
        assert session.get(Unit, "1" * 18) is None
    assert is_closed(at_work)


def is_closed(connection: object) -> bool:
    if isinstance(connection, sqlite3.Connection):
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
        return True
    assert isinstance(connection, psycopg.Connection)
    return connection.closed


def test_a_server_that_goes_away_and_comes_back() -> None:
    with running_server() as server:
        database = Database(server.create_database())
        migrate(database)
        server.stop()
        with pytest.raises(DatabaseUnavailableError), database.transaction() as session:
            session.get(Unit, "1" * 18)
        server.start()
        with database.transaction() as session:
            assert session.get(Unit, "1" * 18) is None
        database.close()
