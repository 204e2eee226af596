"""The account of `deploy/database-role.sql`: it does all the work, and unmakes nothing."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DatabaseError

from certsvc.sealing.register.rules import SealAction
from tests.architecture.tree import ROOT
from tests.support.world import World, make_world

GRANTS = ROOT / "deploy" / "database-role.sql"


@pytest.fixture
def limited(postgres_world: World) -> Iterator[World]:
    """The installation, working with an account that owns nothing."""
    owner = make_url(postgres_world.services.settings.effective_database_url)
    plain = owner.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute(GRANTS.read_text("utf-8"))  # type: ignore[arg-type]  # our own file
    url = owner.set(username="certsvc_app", query=with_user(owner.query))
    home = Path(postgres_world.home)
    made = make_world(home, url.render_as_string(hide_password=False), postgres_world.clock)
    yield made
    made.services.close()


def with_user(query: object) -> dict[str, str]:
    """The parameters of the address, for the other account."""
    found = dict(query)  # type: ignore[call-overload]  # a mapping of texts
    return found | ({"user": "certsvc_app"} if "user" in found else {})


def test_it_issues_and_keeps_the_register(limited: World) -> None:
    with limited.services.database.reading() as session:
        assert session.scalar(text("SELECT current_user")) == "certsvc_app"
    limited.issue()
    limited.change_seal(SealAction.STOP)
    assert limited.check_log() > 0


ATTEMPTS = (
    "UPDATE seal_uses SET operator = 'x'",
    "DELETE FROM seal_uses",
    "TRUNCATE seal_uses",
    "TRUNCATE log_entries",
    "UPDATE events SET subject = 'x'",
    "DELETE FROM events",
    "TRUNCATE events",
    "DELETE FROM proposals",
    "UPDATE proposal_confirmations SET at = at",
    "DELETE FROM proposal_confirmations",
    "DELETE FROM event_head",
    "DELETE FROM log_head",
    "DROP TABLE seal_uses CASCADE",
    "ALTER TABLE seal_uses DISABLE TRIGGER ALL",
    "ALTER TABLE seal_uses RENAME TO old_uses",
    "DROP TRIGGER {trigger} ON seal_uses",
    "CREATE RULE forget AS ON INSERT TO seal_uses DO INSTEAD NOTHING",
    "CREATE TRIGGER t BEFORE INSERT ON seal_uses FOR EACH ROW EXECUTE FUNCTION {function}()",
    "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
    "SET session_replication_role = replica",
    "UPDATE alembic_version SET version_num = '0001'",
    "CREATE TABLE seal_uses_2 ()",
    "SET ROLE postgres",
)


def test_it_unmakes_nothing(limited: World) -> None:
    limited.issue()
    with limited.services.database.reading() as session:
        trigger, function = session.execute(
            text(
                "SELECT tgname, proname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
                " WHERE tgrelid = 'seal_uses'::regclass AND NOT tgisinternal LIMIT 1"
            )
        ).one()
    for attempt in ATTEMPTS:
        with (
            pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
            limited.services.database.transaction() as session,
        ):
            session.execute(text(attempt.format(trigger=trigger, function=function)))
