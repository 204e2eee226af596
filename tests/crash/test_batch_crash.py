"""A batch whose workers are killed goes on where it was: no row lost, none issued twice.

Many rows (ten thousand in a full run) go through everything a batch is made of, but with an issuer
that draws and seals nothing; a smaller batch goes through the nine steps as well.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from certsvc.certificates.batches.records import Batch, BatchRow
from certsvc.certificates.batches.service import Submission, submit_batch
from certsvc.certificates.issuance.records import Issuance
from certsvc.demonstration.district import APPROVAL_BUREAU
from certsvc.foundation.codes.identity_number import identity_number_check_character
from certsvc.foundation.jobs.records import JobWorkerSign
from tests.crash import batch_victim
from tests.support.batches import csv_of, look, row
from tests.support.forks import Forked, forked
from tests.support.world import FONTS, World

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 900
_LATER_S = 300
"""From one process to the next: leases have run out, and the dead are taken for dead."""


@contextmanager
def victim(world: World, *, process: int, issuer: str) -> Iterator[Forked]:
    """A worker in a process of its own, which is not alive any more afterwards."""
    url, later_s = world.services.settings.database_url, process * _LATER_S
    told = (world.home, FONTS, url, later_s, issuer)
    with forked(batch_victim.main, *told, folder=world.home.parent, variables={}) as worker:
        yield worker


def settled(world: World, batch: Batch) -> int:
    return look(world, batch)[1].settled


def kill_when(world: World, batch: Batch, *, rows: int, process: int, issuer: str) -> None:
    """Run a worker until so many rows have their outcome, and kill it in the middle of others."""
    with victim(world, process=process, issuer=issuer) as worker:
        give_up_at = time.monotonic() + _PATIENCE_S
        while settled(world, batch) < rows:
            assert time.monotonic() < give_up_at
            assert worker.poll() is None, worker.said()
            time.sleep(0.02)
        worker.kill()
        assert worker.wait() == -signal.SIGKILL


def run_to_end(world: World, *, process: int, issuer: str) -> None:
    with victim(world, process=process, issuer=issuer) as worker:
        require_ended(worker)


def send(world: World, rows: list[dict[str, str]]) -> Batch:
    submission = Submission(content=csv_of(rows), unit_code=APPROVAL_BUREAU)
    return submit_batch(
        world.services.database,
        submission,
        keys=world.services.hidden_keys,
        actor=world.staff("clerk.wang"),
        now=world.clock.now(),
    )


def require_whole(world: World, batch: Batch, count: int) -> None:
    """Every row has one certificate of its own, and nothing else was issued."""
    found, progress = look(world, batch)
    assert (found.state, progress.issued, progress.settled) == ("done", count, count)
    with world.services.database.reading() as session:
        copies = select(BatchRow.copy_number).where(BatchRow.batch_id == batch.id)
        assert len(set(session.scalars(copies))) == count
        published = select(func.count()).where(Issuance.state == "published")
        assert session.scalar(published) == count
        running = select(func.count()).where(Issuance.state == "running")
        assert session.scalar(running) == 0
        # Each row's certificate was issued under the row's own key.
        pairs = session.execute(
            select(BatchRow.row, Issuance.idempotency_key)
            .join(Issuance, Issuance.copy_number == BatchRow.copy_number)
            .where(BatchRow.batch_id == batch.id)
        ).all()
        hide = world.services.hidden_keys.hide
        own = {hide("staff:clerk.wang", f"batch-{batch.id}-{number}") for number, _ in pairs}
        assert own == {key for _, key in pairs}
    world.check_log()


def many_rows(count: int) -> list[dict[str, str]]:
    """Rows about people who do not exist, each another one."""
    bodies = [f"990101{1950 + n // 1000:04d}0101{n % 1000:03d}" for n in range(count)]
    return [row(holder=body + identity_number_check_character(body)) for body in bodies]


@pytest.mark.parametrize(
    "count", [500, pytest.param(10_000, marks=pytest.mark.heavy("500 rows are killed always"))]
)
def test_many_rows_killed_twice(world: World, count: int) -> None:
    batch = send(world, many_rows(count))
    for process, rows in enumerate((count // 5, count * 3 // 5), start=1):
        kill_when(world, batch, rows=rows, process=process, issuer="light")
        assert rows <= settled(world, batch) < count
    run_to_end(world, process=3, issuer="light")
    require_whole(world, batch, count)


@pytest.mark.parametrize("at", [2, 5])
def test_killed_while_certificates_are_sealed(world: World, at: int) -> None:
    batch = send(world, [row(number) for number in range(8)])
    kill_when(world, batch, rows=at, process=1, issuer="real")
    run_to_end(world, process=2, issuer="real")
    require_whole(world, batch, 8)


def signs(world: World) -> int:
    with world.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(JobWorkerSign)) or 0


def wait_for(worker: Forked, is_so: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_at
        assert worker.poll() is None, worker.said()
        time.sleep(0.1)


def require_ended(worker: Forked) -> None:
    assert (worker.wait(_PATIENCE_S), worker.said()) == (0, "")


def test_two_workers_at_once_issue_nothing_twice(sqlite_world: World) -> None:
    batch = send(sqlite_world, many_rows(400))
    with (
        victim(sqlite_world, process=1, issuer="light") as one,
        victim(sqlite_world, process=1, issuer="light") as other,
    ):
        wait_for(one, lambda: signs(sqlite_world) == 2)
        require_ended(one)
        require_ended(other)
    assert signs(sqlite_world) == 0, "who ends says so"
    require_whole(sqlite_world, batch, 400)


def test_a_live_worker_takes_over_what_a_killed_one_had(sqlite_world: World) -> None:
    batch = send(sqlite_world, many_rows(2_000))
    with victim(sqlite_world, process=1, issuer="light") as first:
        wait_for(first, lambda: settled(sqlite_world, batch) >= 10)
        with victim(sqlite_world, process=1, issuer="light") as second:
            wait_for(second, lambda: signs(sqlite_world) == 2)
            first.kill()
            assert first.wait() == -signal.SIGKILL
            assert settled(sqlite_world, batch) < 2_000
            # Nobody starts anything: the second one finds out by itself, when the first has
            # given no sign for long enough.
            require_ended(second)
    require_whole(sqlite_world, batch, 2_000)
