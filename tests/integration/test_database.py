"""Migrations and engine, on both databases."""

import pytest
from alembic import command
from sqlalchemy import inspect, text

from certsvc.db.base import Base
from certsvc.db.engine import Database, DatabaseUnavailableError, ValueRefusedError
from certsvc.db.migrate import (
    SchemaOutOfDateError,
    alembic_config,
    current_revision,
    head_revision,
    migrate,
    require_current_schema,
)
from certsvc.organisations.records import Unit
from tests.support.postgres import running_server


def test_from_empty_to_head_and_back(empty_database: Database) -> None:
    assert current_revision(empty_database) is None
    with pytest.raises(SchemaOutOfDateError):
        require_current_schema(empty_database)
    migrate(empty_database)
    migrate(empty_database)
    assert current_revision(empty_database) == head_revision() == "0001"
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


def test_a_character_that_cannot_be_kept_is_refused(migrated_database: Database) -> None:
    with pytest.raises(ValueRefusedError), migrated_database.transaction() as session:
        session.add(Unit(code="1" * 18, name="\ud800", kind="government", area_code="990101"))


def test_sqlite_is_durable_and_checks_references(migrated_database: Database) -> None:
    if migrated_database.engine.dialect.name != "sqlite":
        return
    with migrated_database.transaction() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA synchronous")) == 2


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
