"""What stops a batch and what only pauses it; two workers; its jobs."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import delete, select, update

from certsvc.certificates.batches.chunks import ChunkIssuer
from certsvc.certificates.batches.errors import BatchUnknownError
from certsvc.certificates.batches.purging import purge_batches
from certsvc.certificates.batches.records import Batch, BatchProblem, BatchRow
from certsvc.certificates.batches.rules import KEPT_FOR
from certsvc.certificates.batches.service import (
    Submission,
    cancel_batch,
    list_batches,
    record_fetch,
    resume_batch,
    submit_batch,
)
from certsvc.certificates.batches.worker import chunk_work
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.rules import IssueRequest, Step
from certsvc.demonstration.district import APPROVAL_BUREAU
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.jobs.kinds import JobKinds
from certsvc.foundation.jobs.records import Job
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.jobs.worker import JobWorker
from certsvc.people.accounts.records import StaffRole
from certsvc.people.clients.service import NewClient, add_client, client_actor, disable_client
from certsvc.people.rights.rules import Actor, Permission, PermissionDeniedError, Role
from certsvc.sealing.register.rules import SealAction
from tests.support.batches import csv_of, finish, look, row, send, wait_until, worker
from tests.support.world import World

_PATIENCE_S = 120


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


def test_a_source_that_is_down_pauses_its_rows_alone(world: World) -> None:
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
    world.services.close()


def test_a_stopped_seal_pauses_a_batch(world: World) -> None:
    batch = send(world, [row(0), row(1)])
    begin(world, batch)
    world.change_seal(SealAction.STOP)
    assert issue_chunk(world, batch) == (False, "seals.not-in-use")
    assert look(world, batch)[1].waiting == 2
    world.change_seal(SealAction.ENABLE)
    assert issue_chunk(world, batch) == (True, None)
    assert look(world, batch)[1].issued == 2


def test_a_lost_right_stops_a_batch_until_it_is_resumed(world: World) -> None:
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


def test_a_system_s_batch_is_issued_until_the_system_is_disabled(world: World) -> None:
    now = world.clock.now()
    operator = Actor(id="machine:op", name="op", roles=frozenset({Role.MACHINE_OPERATOR}))
    new = NewClient(
        id="talent-portal",
        title="人才系统",
        unit_code=APPROVAL_BUREAU,
        scopes=frozenset({"certificates.issue"}),
    )
    with world.services.database.transaction() as session:
        add_client(session, new, actor=operator, now=now)
        system = client_actor(session, new.id)
    submission = Submission(content=csv_of([row(0)]), unit_code=APPROVAL_BUREAU)
    database = world.services.database
    first, second = (
        submit_batch(database, submission, keys=world.services.hidden_keys, actor=system, now=now)
        for _ in range(2)
    )
    begin(world, first)
    assert issue_chunk(world, first) == (True, None)
    assert look(world, first)[1].issued == 1
    with database.transaction() as session:
        disable_client(session, new.id, actor=operator, now=now)
    begin(world, second)
    assert issue_chunk(world, second) == (True, "organisations.not-logged-in")
    assert look(world, second)[1].issued == 0


def test_a_refusal_is_an_outcome_of_its_row(world: World) -> None:
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


def test_no_further_row_after_a_cancellation(world: World) -> None:
    batch, clerk = send(world, [row(0), row(1)]), world.staff("clerk.wang")
    begin(world, batch)
    with world.services.database.transaction() as session:
        cancel_batch(session, batch.id, actor=clerk, now=world.clock.now())
    assert issue_chunk(world, batch)[0]
    assert look(world, batch)[1].cancelled == 2


def test_the_desk_waits_for_no_row(world: World) -> None:
    """Wherever a row in hand stands, an issuing at the desk runs from its beginning to its end."""
    batch = send(world, [row(0), row(1)])
    begin(world, batch)
    events: list[str] = []

    class Watched:
        """The issuer; somebody comes to the desk after each step of each row."""

        def issue(self, request: IssueRequest, *, actor: Actor) -> IssuedCopy:
            def come_to_the_desk(step: Step) -> None:
                events.append(f"row {step.name}")
                desk = Thread(target=lambda: events.append(f"desk {bool(world.issue())}"))
                desk.start()
                desk.join(_PATIENCE_S)
                assert not desk.is_alive()

            return world.services.issuer.issue(request, actor=actor, on_step=come_to_the_desk)

    chunks = ChunkIssuer(
        database=world.services.database,
        clock=world.clock,
        issuer=Watched(),
        on_defect=lambda error: events.append(repr(error)),
    )
    assert chunks.issue_chunk(batch.id, 0).is_settled
    assert events == [
        word for _ in "12" for step in Step for word in (f"row {step.name}", "desk True")
    ]
    assert look(world, batch)[1].issued == 2


def chunk_jobs(world: World) -> list[Job]:
    """The jobs of batches that there are."""
    with world.services.database.reading() as session:
        return list(session.scalars(select(Job).where(Job.lane == Lane.WORK.value)))


def test_jobs_hold_numbers_alone(world: World) -> None:
    batch = send(world, [row(0), row(1)])
    (job,) = chunk_jobs(world)
    assert (job.subject, job.details) == (f"{batch.id}-0", {"batch": batch.id, "chunk": 0})
    with worker(world) as faults:
        _, progress = finish(world, batch)
        wait_until(lambda: chunk_jobs(world) == [])
    assert (progress.issued, faults) == (2, [])


def test_a_chunk_that_waits_is_put_off_and_goes_on(world: World) -> None:
    batch = send(world, [row(0)])
    world.change_seal(SealAction.STOP)
    works = world.services.job_worker(lanes=(Lane.WORK,))
    for pause_s in (5, 10):
        assert works.run_due() == 1
        assert look(world, batch)[0].state == "paused"
        (job,) = chunk_jobs(world)
        assert job.run_at == world.clock.now() + timedelta(seconds=pause_s)
        world.clock.advance(timedelta(seconds=pause_s))
    world.change_seal(SealAction.ENABLE)
    assert works.run_due() == 1
    assert (look(world, batch)[0].state, chunk_jobs(world)) == ("done", [])


def test_a_chunk_that_fails_for_good_stops_its_batch_until_it_is_resumed(world: World) -> None:
    batch, clerk = send(world, [row(0)]), world.staff("clerk.wang")

    def fail() -> ChunkIssuer:
        raise RuntimeError

    database, faults = world.services.database, list[Exception]()
    kinds = JobKinds(chunk_work(database=database, clock=world.clock, chunks=fail))
    works = JobWorker(database, world.clock, kinds, on_failure=faults.append)
    while not chunk_jobs(world)[0].failed_at:
        works.run_due()
        world.clock.advance(timedelta(minutes=5))
    found, progress = look(world, batch)
    assert (found.state, found.reason_code) == ("stopped", "service.defect")
    assert (progress.waiting, len(faults)) == (1, 20)
    with database.transaction() as session:
        resume_batch(session, batch.id, actor=clerk, now=world.clock.now())
    world.services.job_worker(lanes=(Lane.WORK,)).run_due()
    assert (look(world, batch)[0].state, chunk_jobs(world)) == ("done", [])


def test_numbers_are_deleted_after_a_while(world: World) -> None:
    batch = send(world, [row(0), row(1, type="nothing")], issues_valid_rows=True)
    begin(world, batch)
    assert issue_chunk(world, batch) == (True, None)
    now = world.clock.now()
    for later, count in ((KEPT_FOR - timedelta(seconds=1), 0), (KEPT_FOR, 1), (KEPT_FOR, 0)):
        with world.services.database.transaction() as session:
            assert purge_batches(session, now=now + later) == count
    with world.services.database.reading() as session:
        kept, refused = session.scalars(select(BatchRow).order_by(BatchRow.row)).all()
        assert session.scalars(select(BatchProblem)).all() == []
        assert session.get_one(Batch, batch.id).file_sha256 == ""
        entries = session.scalars(select(EventRecord).where(EventRecord.subject == batch.id)).all()
    assert (kept.holder_code, kept.purpose) == (None, None)
    assert kept.copy_number is not None
    assert (refused.refusal_code, refused.refusal_params) == ("batches.row.unknown-type", None)
    assert batch.file_sha256 not in str([entry.details for entry in entries])


def test_a_batch_that_nobody_resumes_is_cancelled_and_purged(world: World) -> None:
    batch = send(world, [row(0)])
    with world.services.database.transaction() as session:
        session.execute(update(Batch).where(Batch.id == batch.id).values(state="stopped"))
    now = world.clock.now()
    for later, count in ((KEPT_FOR - timedelta(seconds=1), 0), (KEPT_FOR, 1), (KEPT_FOR, 0)):
        with world.services.database.transaction() as session:
            assert purge_batches(session, now=now + later) == count
    found, progress = look(world, batch)
    assert (found.state, progress.cancelled) == ("cancelled", 1)
    with world.services.database.reading() as session:
        kept = session.scalars(select(BatchRow)).one()
    assert (kept.holder_code, kept.purpose) == (None, None)


def test_a_system_sees_its_own_batches_alone_and_no_results(world: World) -> None:
    now, database = world.clock.now(), world.services.database
    of_clerk = send(world, [row(0)])
    system = Actor(
        id="client:talent-portal",
        name="",
        roles=frozenset({Role.SYSTEM}),
        unit_code=APPROVAL_BUREAU,
        limited_to=frozenset({Permission.ISSUE}),
    )
    submission = Submission(content=csv_of([row(1)]), unit_code=APPROVAL_BUREAU)
    own = submit_batch(database, submission, keys=world.services.hidden_keys, actor=system, now=now)
    with database.transaction() as session:
        assert [batch.id for batch in list_batches(session, actor=system).items] == [own.id]
        with pytest.raises(BatchUnknownError):
            cancel_batch(session, of_clerk.id, actor=system, now=now)
        reader = replace(system, limited_to=None)
        for what in ("csv", "xlsx", "zip"):
            with pytest.raises(PermissionDeniedError):
                record_fetch(session, own, what=what, actor=system, now=now)
            record_fetch(session, own, what=what, actor=reader, now=now)


def test_each_act_is_on_record(world: World) -> None:
    batch = send(world, [row(0)])
    rejected = send(world, [row(0, type="x")])
    with world.services.database.reading() as session:
        entries = session.execute(
            select(EventRecord.kind, EventRecord.subject).order_by(EventRecord.id)
        )
        acts = [tuple(entry) for entry in entries if entry.kind.startswith("batch.")]
    assert acts == [("batch.accepted", batch.id), ("batch.rejected", rejected.id)]
