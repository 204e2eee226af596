"""Going down and up the chain of migrations with data in the tables, on both engines.

A database that was taken down to a revision is the same as one that was brought up to it, so what
an upgrade does to records of an older version of the program can be tried on records made today.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, select, text

from certsvc.certificates.batches.records import Batch
from certsvc.certificates.issuance.rules import Step
from certsvc.certificates.records.changes import ChangeRequest, change_record
from certsvc.certificates.records.rules import ReasonCode, RecordAction
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.migrate import (
    SchemaOutOfDateError,
    alembic_config,
    current_revision,
    head_revision,
    migrate,
    require_current_schema,
)
from certsvc.foundation.jobs.rules import Lane
from certsvc.verification.transparency.service import check_log
from tests.support.batches import look, row, send
from tests.support.checks import exchange
from tests.support.events import log_deliverer
from tests.support.world import World

Tables = dict[str, list[dict[str, Any]]]
"""Rows by table."""
BEFORE_HISTORY = "0004"
_SPACE = re.compile(r"[\s,]+")
REVISIONS = sorted(
    revision.revision for revision in ScriptDirectory.from_config(alembic_config()).walk_revisions()
)


def go(database: Database, revision: str, *, up: bool) -> None:
    """Bring a database up or down to a revision; what would be lost on the way down is logged."""
    if not up and current_revision(database) == head_revision():
        check_log(database, log_deliverer(database))
    with database.engine.connect() as connection:
        move = command.upgrade if up else command.downgrade
        move(alembic_config(connection), revision)
        connection.commit()


def schema(database: Database) -> set[str]:
    """Describe all that a migration can make: tables, checks, indices, triggers, functions."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return set(_sqlite_schema(connection))
        return set(_postgresql_schema(connection))


def _sqlite_schema(connection: Connection) -> Iterator[str]:
    # SQLite's own table of numbers stays when the table that needs it goes.
    ours = "SELECT name, sql FROM sqlite_master WHERE name <> 'sqlite_sequence'"
    for name, sql in connection.execute(text(ours)):
        lines = str(sql).replace('"', "").splitlines()
        # A table that was made anew has its lines in another order.
        yield from (f"{name}: {_SPACE.sub(' ', line).strip()}" for line in lines)


def _postgresql_schema(connection: Connection) -> Iterator[str]:
    for question in (
        """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
            column_default FROM information_schema.columns WHERE table_schema = 'public'""",
        """SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace""",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ):
        yield from (str(row) for row in connection.execute(text(question)))


def contents(database: Database) -> Tables:
    """Read every table."""
    found = MetaData()
    with database.engine.connect() as connection:
        found.reflect(connection)
        return {
            table.name: sorted(
                (dict(row) for row in connection.execute(select(table)).mappings()), key=repr
            )
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


def changed_by(down_and_up: tuple[Tables, Tables, Tables]) -> set[str]:
    """Return the tables with other rows than before, in the columns that were there throughout."""
    before, lowest, after = down_and_up
    changed = set()
    for name in before.keys() & lowest.keys() & after.keys():
        columns = [set(tables[name][0] if tables[name] else ()) for tables in down_and_up]
        kept = sorted(set.intersection(*columns))
        rows = [
            sorted(repr([row[column] for column in kept]) for row in tables[name])
            for tables in (before, after)
        ]
        if rows[0] != rows[1]:
            changed.add(name)
    return changed


def void_one(world: World) -> None:
    """Begin a certificate that never becomes one."""

    def stop(step: Step) -> None:
        if step is Step.CHECK:
            raise InterruptedError

    with suppress(InterruptedError):
        world.services.issuer.issue(world.request(), actor=world.staff("clerk.wang"), on_step=stop)


@pytest.mark.parametrize("revision", REVISIONS)
def test_down_to_a_revision_is_what_up_to_it_was(empty_database: Database, revision: str) -> None:
    go(empty_database, revision, up=True)
    on_the_way_up = schema(empty_database)
    migrate(empty_database)
    go(empty_database, revision, up=False)
    assert schema(empty_database) == on_the_way_up


def test_what_was_issued_before_records_had_a_history_gets_its_first_entry(world: World) -> None:
    database = world.services.database
    copies = [world.issue(idempotency_key=key) for key in ("first", "second")]
    void_one(world)
    before = contents(database)
    go(database, BEFORE_HISTORY, up=False)
    assert "record_changes" not in contents(database)
    migrate(database)

    after = contents(database)
    for rows in (*before["record_changes"], *after["record_changes"]):
        del rows["id"]
    assert len(copies) < len(after["certificate_records"])
    assert [entry["action"] for entry in after["record_changes"]] == ["issue"] * len(copies)
    assert after["record_changes"] == before["record_changes"]

    revoke(world, copies[0].identifier)


def revoke(world: World, identifier: str) -> None:
    request = ChangeRequest(
        identifier=identifier,
        action=RecordAction.REVOKE,
        reason_code=ReasonCode.UNLAWFUL,
        reason="违规",
    )
    actor = world.staff("handler.li")
    with world.services.database.transaction() as session:
        change_record(session, request, actor=actor, now=world.clock.now())


def test_keys_of_before_are_hidden_and_still_found(world: World) -> None:
    services, key = world.services, "990101199003070023"
    issued, sent = world.issue(idempotency_key=key), send(world, [row(1)], idempotency_key=key)
    assert key not in repr(keys_kept(world)), "what is new is hidden"
    go(services.database, revision_before("hidden_keys"), up=False)
    with services.database.transaction() as session:
        for table in ("issuances", "batches"):
            session.execute(text(f"UPDATE {table} SET idempotency_key = :key"), {"key": key})  # noqa: S608  our own names
    with pytest.raises(RuntimeError):
        migrate(services.database)  # nobody can hide them without the secret
    migrate(services.database, services.hidden_keys.hide)
    assert key not in repr(keys_kept(world))
    assert world.issue(idempotency_key=key) == issued
    assert send(world, [row(1)], idempotency_key=key).id == sent.id
    assert len(keys_kept(world)) == 2


@pytest.mark.parametrize("state", ["waiting", "running", "paused"])
def test_a_batch_that_the_workflow_engine_had_is_carried_on(world: World, state: str) -> None:
    database = world.services.database
    batch, ended = send(world, [row(0), row(1), row(2)]), send(world, [row(3)])
    go(database, revision_before("jobs"), up=False)
    with database.transaction() as session:
        # As that engine leaves it: at work, with outcomes of some rows, its workflows elsewhere.
        for act in (
            "UPDATE batches SET state = :state",
            "UPDATE batch_rows SET state = 'refused', refusal_code = 'x' WHERE row = 3",
            "UPDATE batch_rows SET state = 'refused' WHERE batch_id = :ended",
            "INSERT INTO batch_workers (id, seen_at) VALUES ('worker-1', CURRENT_TIMESTAMP)",
        ):
            session.execute(text(act), {"state": state, "ended": ended.id})
    migrate(database, world.services.hidden_keys.hide)
    world.services.job_worker(lanes=(Lane.WORK,)).run_due()
    found, progress = look(world, batch)
    assert (found.state, progress.issued, progress.refused) == ("done", 2, 1)
    assert look(world, ended)[0].state == "done"


def test_what_was_logged_before_becomes_events_and_the_log_goes_on(world: World) -> None:
    database, waiting = world.services.database, send(world, [row(1)])
    world.issue()
    length = world.check_log()
    before = contents(database)
    go(database, revision_before("events"), up=False)
    lowest = contents(database)
    assert "events" not in lowest
    with database.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM batch_rows")) == 1, waiting.id
    migrate(database)

    after = contents(database)
    assert after["log_entries"] == before["log_entries"]
    assert after["event_head"] == before["event_head"]
    # Its chunks are jobs again, of a new generation.
    after["batches"] = [{**each, "generation": 1} for each in after["batches"]]
    assert not {"batches", "batch_rows"} & changed_by((before, lowest, after))
    assert len(after["events"]) == length == world.check_log()
    world.issue(purpose="再次申领")
    assert world.check_log() > length


def test_no_event_is_lost_on_the_way_down(world: World) -> None:
    world.issue()
    with world.services.database.engine.connect() as connection, pytest.raises(RuntimeError):
        command.downgrade(alembic_config(connection), revision_before("events"))
    world.check_log()


def revision_before(name: str) -> str:
    """The revision that the one in a file of this name follows."""
    revisions = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    (found,) = [each for each in revisions if each.path.endswith(f"_{name}.py")]
    return str(found.down_revision)


def keys_kept(world: World) -> list[str]:
    with world.services.database.reading() as session:
        return [
            *session.scalars(text("SELECT idempotency_key FROM issuances")),
            *session.scalars(text("SELECT idempotency_key FROM batches")),
        ]


def test_lists_of_states_are_renewed_on_a_database_with_a_pending_batch(world: World) -> None:
    database = world.services.database
    world.issue()
    void_one(world)
    sent = send(world, [row(1), row(2)])
    renewed = schema(database)
    go(database, revision_before("states"), up=False)
    hand_written = (
        "action IN ('amend', 'rescope') OR state_after = CASE action"
        " WHEN 'apply' THEN 'applied' WHEN 'make' THEN 'made' WHEN 'file' THEN 'filed'"
        " WHEN 'enable' THEN 'in_use' WHEN 'stop' THEN 'stopped' ELSE 'cancelled' END"
    )
    exchange(database, "seal_changes", "ck_seal_changes_state_of_action", hand_written)
    before = contents(database)
    assert schema(database) != renewed
    with pytest.raises(SchemaOutOfDateError):
        require_current_schema(database)
    migrate(database)
    require_current_schema(database)
    assert schema(database) == renewed, "triggers, indices and other checks stay"
    after = contents(database)
    # Calls of sources are noted a moment later, by a thread of their own; later migrations add
    # subscribers.
    assert changed_by((before, before, after)) <= {"source_calls", "event_positions"}
    with database.reading() as session:
        assert session.get_one(Batch, sent.id).state == "waiting"
        if session.get_bind().dialect.name == "sqlite":
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    world.issue()


def test_seals_of_before_are_found_by_their_certificates(world: World) -> None:
    """Going down loses what versions are found by; going up makes the very same of them."""
    database = world.services.database
    query = text(
        "SELECT c.change_id, c.serial, c.issuer FROM seal_version_certificates c"
        " JOIN seal_versions v ON v.change_id = c.change_id ORDER BY c.change_id"
    )
    with database.reading() as session:
        before = session.execute(query).all()
        versions = session.scalar(text("SELECT count(*) FROM seal_versions"))
    assert len(before) == versions >= 2
    go(database, revision_before("indexes"), up=False)
    migrate(database)
    with database.reading() as session:
        assert session.execute(query).all() == before


def test_reasons_keep_what_was_written_under_the_former_names(world: World) -> None:
    database, issued = world.services.database, world.issue()
    revoke(world, issued.identifier)
    send(world, [row(1)])
    world.check_log()
    before = contents(database)
    go(database, revision_before("reasons"), up=False)
    lowest = contents(database)
    (former,) = [each for each in lowest["record_changes"] if each["number"] == 2]
    assert (former["ground"], former["words"]) == ("unlawful", "违规")
    migrate(database, world.services.hidden_keys.hide)
    after = contents(database)
    assert after["record_changes"] == before["record_changes"]
    # Calls of sources are noted a moment later, by a thread of their own.
    assert changed_by((before, lowest, after)) <= {"source_calls"}
    world.check_log()


def test_types_and_matters_of_before_have_no_english_name(world: World) -> None:
    database = world.services.database
    world.issue()
    send(world, [row(1)])
    before = contents(database)
    go(database, revision_before("english_names"), up=False)
    assert "name_en" not in contents(database)["matters"][0]
    migrate(database)
    after = contents(database)
    for table in ("certificate_types", "matters"):
        assert len(after[table]) == len(before[table]) > 1
        assert after[table] == [each | {"name_en": None} for each in before[table]]
    for table in ("certificate_records", "extractions", "batches", "batch_rows", "use_list"):
        assert after.get(table) == before.get(table)
    world.issue()
