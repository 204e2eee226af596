"""Whoever owns the tables can remove a trigger and a use with it, and is found out."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from certsvc.sealing.uses.use_checks import UseLogBrokenError, check_uses
from tests.support.world import World

TABLES = ("seal_uses", "seal_authorisations")
CHANGES = {
    "the sealing of a copy": "DELETE FROM seal_uses WHERE event = 'sealed' AND id = 2",
    "another file was sealed": "UPDATE seal_uses SET sha256 = 'f' WHERE event = 'sealed'",
    "a whole use": "DELETE FROM seal_uses WHERE id IN (1, 2)",
    "another document was meant": "UPDATE seal_uses SET sha256 = 'f' WHERE event = 'intended'",
    "another copy was meant": "UPDATE seal_uses SET copy_number = '0' WHERE id = 1",
    "a use and its authorisation": (
        "DELETE FROM seal_uses WHERE id IN (1, 2); DELETE FROM seal_authorisations WHERE number = 1"
    ),
    "the last use and its authorisation": (
        "DELETE FROM seal_uses WHERE id IN (3, 4); DELETE FROM seal_authorisations WHERE number = 2"
    ),
}


def tamper(world: World, change: str) -> None:
    """Change what triggers and references protect, as whoever owns the tables can."""
    database = world.services.database
    if database.engine.dialect.name == "postgresql":
        with database.transaction() as session:
            for table in TABLES:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            for statement in change.split(";"):
                session.execute(text(statement))
        return
    with closing(sqlite3.connect(world.home / "certsvc.db")) as file:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'seal_%'"
        for (name,) in file.execute(found).fetchall():
            file.execute(f"DROP TRIGGER {name}")
        file.executescript(change)


@pytest.fixture
def used(world: World) -> World:
    """A world in which one seal was used twice."""
    for purpose in ("申领人才住房补贴", "再次申领"):
        world.issue(purpose=purpose)
    with world.services.database.reading() as session:
        assert check_uses(session) == 2
    return world


@pytest.mark.parametrize("change", CHANGES)
def test_a_use_that_is_missing_is_found(used: World, change: str) -> None:
    tamper(used, CHANGES[change])
    with used.services.database.reading() as session, pytest.raises(UseLogBrokenError) as found:
        check_uses(session)
    assert found.value.params["trace"]
