"""Installations and databases as fixtures: made once a run, copied for each test.

`world` is on SQLite or on both engines (`tests.support.engines`); `sqlite_world` on SQLite alone,
for what touches its files. Logging in costs next to nothing there (`tests.support.quick`).
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from certsvc.demonstration.world import world_steps, write_demonstration_settings
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.migrate import migrate
from certsvc.foundation.settings import SETTINGS_FILE
from tests.support.postgres import PostgresServer
from tests.support.quick import make_log_ins_cheap
from tests.support.run import Run
from tests.support.s3 import Bucket
from tests.support.world import NOW, World, make_world


def _build(home: Path, database_url: str) -> None:
    write_demonstration_settings(home)
    world = make_world(home, database_url, FixedClock(NOW))
    for step in world_steps(world.services):
        step.run()
    make_log_ins_cheap(world.services.database)
    world.services.close()


def _migrate(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(run: Run) -> Path:
    """A finished installation on SQLite, to copy."""
    return run.made_once("sqlite-world", lambda home: _build(home, ""))


@pytest.fixture(scope="session")
def postgres_template(run: Run, postgres_server: PostgresServer) -> tuple[Path, str]:
    """A finished installation on PostgreSQL, to copy."""

    def make(folder: Path) -> None:
        url = postgres_server.create_database()
        _build(folder / "home", url)
        (folder / "url").write_text(url)

    folder = run.made_once("postgres-world", make)
    return folder / "home", (folder / "url").read_text()


@pytest.fixture(scope="session")
def migrated_sqlite(run: Run) -> Path:
    """A file with the schema and nothing in it, to copy."""
    folder = run.made_once("sqlite-schema", lambda to: _migrate(f"sqlite:///{to / 'empty.db'}"))
    return folder / "empty.db"


@pytest.fixture(scope="session")
def migrated_postgres(run: Run, postgres_server: PostgresServer) -> str:
    """The address of a database with the schema and nothing in it, to copy."""

    def make(folder: Path) -> None:
        url = postgres_server.create_database()
        _migrate(url)
        (folder / "url").write_text(url)

    return (run.made_once("postgres-schema", make) / "url").read_text()


@pytest.fixture
def sqlite_world(sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    """An installation of the test's own, on SQLite: for tests that touch its files."""
    home = tmp_path / "home"
    shutil.copytree(sqlite_template, home)
    world = make_world(home, "", FixedClock(NOW))
    yield world
    world.services.close()


@pytest.fixture
def postgres_world(
    postgres_template: tuple[Path, str], postgres_server: PostgresServer, tmp_path: Path
) -> Iterator[World]:
    """An installation of the test's own, on PostgreSQL."""
    template, url = postgres_template
    home = tmp_path / "home"
    shutil.copytree(template, home)
    database_url = postgres_server.create_database(copy_of=url)
    # Commands and further processes on this home find the same database.
    with (home / SETTINGS_FILE).open("a", encoding="utf-8") as settings:
        settings.write(f"database_url = {json.dumps(database_url)}\n")
    world = make_world(home, database_url, FixedClock(NOW))
    yield world
    world.services.close()
    postgres_server.drop_database(database_url)


@pytest.fixture
def s3_world(
    postgres_template: tuple[Path, str],
    postgres_server: PostgresServer,
    bucket: Bucket,
    tmp_path: Path,
) -> Iterator[World]:
    """An installation of the test's own as a city has it: PostgreSQL and an S3 server."""
    template, url = postgres_template
    home = tmp_path / "home"
    shutil.copytree(template, home)
    database_url = postgres_server.create_database(copy_of=url)
    world = make_world(home, database_url, FixedClock(NOW), **bucket.settings())
    yield world
    world.services.close()
    postgres_server.drop_database(database_url)


@pytest.fixture
def world(request: pytest.FixtureRequest, engine: str) -> World:
    """An installation of the test's own, on each engine."""
    found = request.getfixturevalue("sqlite_world" if engine == "sqlite" else "postgres_world")
    assert isinstance(found, World)
    return found


@pytest.fixture
def empty_database(
    request: pytest.FixtureRequest, engine: str, tmp_path: Path
) -> Iterator[Database]:
    """A database without any table, on each engine."""
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def migrated_database(
    request: pytest.FixtureRequest, engine: str, tmp_path: Path
) -> Iterator[Database]:
    """A database with the schema and nothing in it, on each engine."""
    if engine == "sqlite":
        copied = tmp_path / "empty.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), copied)
        database = Database(f"sqlite:///{copied}")
        yield database
        database.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database(copy_of=request.getfixturevalue("migrated_postgres"))
    database = Database(url)
    yield database
    database.close()
    server.drop_database(url)
