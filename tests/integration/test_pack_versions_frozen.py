"""What the database itself refuses of versions of template packs, whoever writes the SQL."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certsvc.catalogue.packs.records import PROPOSED_COLUMNS
from certsvc.foundation.db.engine import Database
from tests.support.pack_versions import changed_pack, propose
from tests.support.world import World


def refused_by_the_database(database: Database, statement: str, **values: object) -> bool:
    try:
        with database.transaction() as session:
            session.execute(text(statement), values)
    except DBAPIError:
        return True
    return False


_OTHER = {
    "effective_on": "2027-01-01",
    "content": b"other",
    "id": 999,
    "proposal_id": 999,
}


@pytest.mark.parametrize("column", PROPOSED_COLUMNS)
def test_the_database_itself_freezes_what_was_proposed(world: World, column: str) -> None:
    version = propose(world, changed_pack())
    value = _OTHER.get(column, "x" * 64 if column == "digest" else "x")
    for identity in (version.id, 1):
        assert refused_by_the_database(
            world.services.database,
            f"UPDATE pack_versions SET {column} = :value WHERE id = :id",  # noqa: S608  our own names
            value=value,
            id=identity,
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pack_versions SET approved_at = NULL WHERE id = 1",
        "UPDATE pack_versions SET approved_at = '2027-01-01 00:00:00' WHERE id = 1",
        "DELETE FROM pack_versions",
        (
            "INSERT INTO pack_versions SELECT 77, 'x', '1', digest, title, effective_on, content,"
            " 77, approved_at FROM pack_versions WHERE id = 1"
        ),
    ],
)
def test_the_database_itself_keeps_what_was_decided(world: World, statement: str) -> None:
    assert refused_by_the_database(world.services.database, statement)


def test_the_database_replaces_and_truncates_nothing(world: World) -> None:
    database = world.services.database
    if database.engine.dialect.name == "postgresql":
        assert refused_by_the_database(database, "TRUNCATE pack_versions")
        return
    with database.reading() as session:
        columns = ", ".join(PROPOSED_COLUMNS)
        assert session.scalar(text("SELECT count(*) FROM pack_versions")) == len(
            world.services.packs
        )
    assert refused_by_the_database(
        database,
        f"INSERT OR REPLACE INTO pack_versions ({columns}) SELECT {columns}"  # noqa: S608  our own names
        " FROM pack_versions WHERE id = 1",
    )


def test_the_database_itself_wants_an_approval_first(world: World) -> None:
    version = propose(world, changed_pack())
    now = f"(SELECT proposed_at FROM proposals WHERE id = {version.proposal_id})"  # noqa: S608  our own names
    assert refused_by_the_database(
        world.services.database,
        f"UPDATE pack_versions SET approved_at = {now} WHERE id = :id",  # noqa: S608  our own names
        id=version.id,
    )
