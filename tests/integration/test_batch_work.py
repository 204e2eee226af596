"""What stops a batch and what only pauses it; two workers; what the workflow engine gets to see."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from sqlalchemy import delete, select, update

from certsvc.batches.chunks import ChunkIssuer
from certsvc.batches.records import Batch, BatchRow
from certsvc.batches.rules import KEPT_FOR
from certsvc.batches.service import cancel_batch, purge_batches, resume_batch
from certsvc.organisations.records import StaffRole
from certsvc.organisations.rules import Role
from certsvc.seals.rules import SealAction
from certsvc.transparency.records import LogEntry
from tests.support.batches import finish, look, row, send, worker
from tests.support.world import World


def issue_chunk(world: World, batch: Batch) -> tuple[bool, str | None]:
    """Walk once through the first chunk, in this thread."""
    faults: list[Exception] = []
    chunks = ChunkIssuer(
        database=world.services.database,
        clock=world.clock,
        issuer=world.services.issuer,
        on_defect=faults.append,
    )
    outcome = chunks.issue_chunk(batch.id, 0)
    assert faults == []
    return outcome.is_settled, outcome.reason_code


def begin(world: World, batch: Batch) -> None:
    """Say that a batch is at work, as a worker does."""
    with world.services.database.transaction() as session:
        session.execute(update(Batch).where(Batch.id == batch.id).values(state="running"))


def test_a_source_that_is_down_pauses_its_rows_alone(either_world: World) -> None:
    world = either_world
    batch = send(world, [row(1), row(2)])
    begin(world, batch)
    toml = world.home / "sources.toml"
    there = toml.read_text("utf-8")
    toml.write_text(there.replace("example-departments.db", "nowhere/gone.db"), "utf-8")
    world = world.restarted()
    assert issue_chunk(world, batch) == (False, "sources.unavailable")
    found, progress = look(world, batch)
    assert (found.state, found.reason_code) == ("paused", "sources.unavailable")
    assert (progress.waiting, progress.refused) == (2, 0), "nothing is refused for an outage"

    toml.write_text(there, "utf-8")
    world.services.close()
    world = world.restarted()
    assert issue_chunk(world, batch) == (True, None)
    found, progress = look(world, batch)
    assert (found.state, found.reason_code, progress.issued) == ("done", None, 2)


def test_a_stopped_seal_pauses_a_batch(either_world: World) -> None:
    world = either_world
    batch = send(world, [row(0), row(1)])
    begin(world, batch)
    world.change_seal(SealAction.STOP)
    assert issue_chunk(world, batch) == (False, "seals.not-in-use")
    assert look(world, batch)[1].waiting == 2
    world.change_seal(SealAction.ENABLE)
    assert issue_chunk(world, batch) == (True, None)
    assert look(world, batch)[1].issued == 2


def test_a_lost_right_stops_a_batch_until_it_is_resumed(either_world: World) -> None:
    world = either_world
    clerk = world.staff("clerk.wang")
    batch = send(world, [row(0)])
    begin(world, batch)
    with world.services.database.transaction() as session:
        session.execute(delete(StaffRole).where(StaffRole.login == "clerk.wang"))
    assert issue_chunk(world, batch) == (True, "organisations.permission-denied")
    with world.services.database.transaction() as session:
        assert session.get_one(Batch, batch.id).state == "stopped"
        session.add(StaffRole(login="clerk.wang", role=Role.CLERK.value))
        session.flush()
        resumed = resume_batch(session, batch.id, actor=clerk, now=world.clock.now())
        assert (resumed.state, resumed.generation) == ("waiting", 2)
    with worker(world) as faults:
        _, progress = finish(world, batch)
    assert (progress.issued, faults) == (1, [])


def test_a_refusal_is_an_outcome_of_its_row(either_world: World) -> None:
    world = either_world
    batch = send(world, [row(0, holder="990101199003079997"), row(1)])
    begin(world, batch)
    assert issue_chunk(world, batch) == (True, None)
    with world.services.database.reading() as session:
        states = session.execute(
            select(BatchRow.row, BatchRow.state, BatchRow.refusal_code).order_by(BatchRow.row)
        )
        assert [tuple(state) for state in states] == [
            (2, "refused", "sources.holder-not-found"),
            (3, "issued", None),
        ]


def test_no_further_row_after_a_cancellation(either_world: World) -> None:
    world = either_world
    batch = send(world, [row(0), row(1)])
    begin(world, batch)
    with world.services.database.transaction() as session:
        cancel_batch(session, batch.id, actor=world.staff("clerk.wang"), now=world.clock.now())
    assert issue_chunk(world, batch)[0]
    assert look(world, batch)[1].cancelled == 2


def test_the_engine_sees_numbers_alone(sqlite_world: World) -> None:
    world = sqlite_world
    batch = send(world, [row(0), row(1)])
    with worker(world) as faults:
        finish(world, batch)
    assert faults == []
    world.services.database.close()
    files = [path.read_bytes() for path in world.home.glob("certsvc-workflows.db*")]
    assert any(batch.id.encode() in content for content in files)
    for personal in (row(0)["holder"], row(1)["holder"], world.resident.name, row(0)["purpose"]):
        assert not any(personal.encode() in content for content in files)
    with closing(sqlite3.connect(world.home / "certsvc-workflows.db")) as engine:
        finished = engine.execute("SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'")
        assert finished.fetchone() == (1,)


def test_on_postgresql_as_well(postgres_world: World) -> None:
    batch = send(postgres_world, [row(0), row(1)])
    with worker(postgres_world) as faults:
        _, progress = finish(postgres_world, batch)
    assert (progress.issued, faults) == (2, [])


def test_numbers_are_deleted_after_a_while(either_world: World) -> None:
    world = either_world
    batch = send(world, [row(0)])
    begin(world, batch)
    assert issue_chunk(world, batch) == (True, None)
    now = world.clock.now()
    for later, count in ((KEPT_FOR - timedelta(seconds=1), 0), (KEPT_FOR, 1), (KEPT_FOR, 0)):
        with world.services.database.transaction() as session:
            assert purge_batches(session, now=now + later) == count
    with world.services.database.reading() as session:
        kept = session.scalars(select(BatchRow)).one()
    assert (kept.holder_code, kept.purpose) == (None, None)
    assert kept.copy_number is not None


def test_each_act_is_on_record(either_world: World) -> None:
    world = either_world
    batch = send(world, [row(0)])
    rejected = send(world, [row(0, type="x")])
    with world.services.database.reading() as session:
        entries = session.execute(select(LogEntry.kind, LogEntry.subject))
        acts = [tuple(entry) for entry in entries if entry.kind.startswith("batch.")]
    assert acts == [("batch.accepted", batch.id), ("batch.rejected", rejected.id)]
