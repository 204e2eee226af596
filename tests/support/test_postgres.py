"""The PostgreSQL server of the tests is real, and every test has a database of its own."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.support.postgres import PostgresServer, running_server


def _run(url: str, statement: str) -> str:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return str(result.scalar()) if result.returns_rows else ""
    finally:
        engine.dispose()


def test_a_real_server_answers_in_utf8(postgres_url: str) -> None:
    assert _run(postgres_url, "SELECT version()").startswith("PostgreSQL 1")
    assert _run(postgres_url, "SELECT '䶮' || current_setting('server_encoding')") == "䶮UTF8"


@pytest.mark.parametrize("_", range(2))
def test_each_database_is_empty(postgres_url: str, _: int) -> None:
    _run(postgres_url, "CREATE TABLE record (id int)")  # fails where another test's table is
    assert _run(postgres_url, "SELECT count(*) FROM record") == "0"


def test_a_database_can_be_a_copy_of_another(postgres_server: PostgresServer) -> None:
    template = postgres_server.create_database()
    _run(template, "CREATE TABLE record (id int)")
    copy = postgres_server.create_database(copy_of=template)
    assert _run(copy, "SELECT count(*) FROM record") == "0"


def test_a_server_can_go_away_and_come_back() -> None:
    with running_server() as server:
        url = server.create_database()
        server.stop()
        with pytest.raises(OperationalError):
            _run(url, "SELECT 1")
        server.start()
        assert _run(url, "SELECT 1") == "1"
