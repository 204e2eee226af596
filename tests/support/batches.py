"""Batches in tests: files of rows about the residents, and a worker in this process."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from certsvc.bootstrap import Services
from certsvc.certificates.batches.chunks import ChunkIssuer
from certsvc.certificates.batches.reading import progress_of
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import Progress, row_key
from certsvc.certificates.batches.service import Submission, get_batch, submit_batch
from certsvc.certificates.batches.worker import chunk_work
from certsvc.certificates.issuance.rules import IssueRequest
from certsvc.demonstration.district import APPROVAL_BUREAU, TALENT_MATTER
from certsvc.demonstration.people import Resident, make_residents
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.jobs.kinds import JobKinds
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.jobs.worker import JobWorker
from certsvc.housekeeping.kinds import JobListeners
from tests.support.world import World

TITLES = ("type", "holder", "matter", "purpose")
_PATIENCE_S = 120.0


@cache
def _citizens() -> list[Resident]:
    return [person for person in make_residents() if person.is_citizen and not person.died_on]


def row(number: int = 0, **changes: str) -> dict[str, str]:
    """A row about a citizen that is issued, but for the changes."""
    return {
        "type": "no-criminal-record",
        "holder": _citizens()[number].identity_number,
        "matter": TALENT_MATTER,
        "purpose": "申领人才住房补贴",
    } | changes


def request_of_row(number: int, **changes: Any) -> IssueRequest:  # noqa: ANN401  any of its fields
    """What a worker asks for a row, but for the changes."""
    request = IssueRequest(
        type_code="no-criminal-record",
        holder=HolderCode(value=make_residents()[0].identity_number),
        unit_code=APPROVAL_BUREAU,
        matter_code=TALENT_MATTER,
        purpose="申领人才住房补贴",
        idempotency_key=row_key("0" * 16, number),
    )
    return replace(request, **changes)


def csv_of(rows: Sequence[dict[str, str]], titles: Sequence[str] = TITLES) -> bytes:
    """A CSV file of rows."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, titles, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def send(world: World, rows: Sequence[dict[str, str]], **more: object) -> Batch:
    """Send a batch as the approval bureau's clerk."""
    submission = Submission(
        content=csv_of(rows),
        unit_code=APPROVAL_BUREAU,
        **more,  # type: ignore[arg-type]  # a test may be wrong
    )
    return submit_batch(
        world.services.database,
        submission,
        keys=world.services.hidden_keys,
        actor=world.staff("clerk.wang"),
        now=world.clock.now(),
    )


def look(world: World, batch: Batch) -> tuple[Batch, Progress]:
    """How a batch stands."""
    with world.services.database.reading() as session:
        found = get_batch(session, batch.id, actor=world.staff("clerk.wang"))
        return found, progress_of(session, found)


@contextmanager
def worker(world: World) -> Iterator[list[Exception]]:
    """A worker in this process; the faults it meets."""
    faults: list[Exception] = []
    works = world.services.job_worker(JobListeners(on_failure=faults.append), (Lane.WORK,))
    works.start()
    try:
        yield faults
    finally:
        works.close(patience_s=30)


def light_worker(services: Services, chunks: ChunkIssuer) -> JobWorker:
    """A worker on batches, not yet started, whose rows are issued by something else."""
    database, clock = services.database, services.clock
    kinds = JobKinds(chunk_work(database=database, clock=clock, chunks=lambda: chunks))
    return JobWorker(database, clock, kinds, lanes=(Lane.WORK,))


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for a condition, with a limit."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


def finish(world: World, batch: Batch, *states: str) -> tuple[Batch, Progress]:
    """Wait until a batch stands in one of the states."""
    wait_until(lambda: look(world, batch)[0].state in (states or ("done",)))
    return look(world, batch)
