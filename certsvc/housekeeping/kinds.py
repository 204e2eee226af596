"""All kinds of jobs of an installation: where a new timer, chore or durable work is registered."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from certsvc.certificates.batches.chunks import ChunkIssuer, IssuesCertificates
from certsvc.certificates.batches.worker import chunk_work
from certsvc.certificates.issuance.recovery import Recovery
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.recording import record
from certsvc.foundation.jobs.events import JobGivenUp
from certsvc.foundation.jobs.kinds import JobKinds
from certsvc.foundation.jobs.rules import JobInHand, Lane
from certsvc.foundation.jobs.worker import FailureListener, JobWorker, log_failure
from certsvc.foundation.notifications.outbox import Carrier, sending_work
from certsvc.foundation.notifications.rules import Channel
from certsvc.housekeeping.chores import StopListener, maintenance_chores


def _nobody(_: object) -> None:
    """Default listener; the log is enough."""


@dataclass(frozen=True, kw_only=True)
class JobListeners:
    """Listeners of jobs."""

    on_stopped: StopListener = _nobody
    """Is told which seals were stopped, and why."""
    on_failure: FailureListener = log_failure
    """Is told of each failure, which is logged in any case."""


SYSTEM = "system"
"""Actor of events about given-up jobs."""
NOBODY = JobListeners()
"""Where the log is enough."""


@dataclass(frozen=True, kw_only=True)
class JobParts:
    """Parts that the jobs need."""

    database: Database
    clock: Clock
    recovery: Recovery
    issuer: Callable[[], IssuesCertificates]
    """Returns the issuer; called when the first row is issued."""
    deliver: Callable[[], object]
    """Delivers events that wait for a subscriber."""
    carriers: Callable[[], Mapping[Channel, Carrier]]
    """Returns the carriers by channel; called when the first delivery is sent."""
    folders: Collection[Path]
    """Folders in which killed processes may leave unfinished files."""
    chores_every_s: float
    """How long from one run of a chore to the next, in seconds."""


def job_kinds(parts: JobParts, listeners: JobListeners) -> JobKinds:
    """Return all kinds of jobs."""

    @cache
    def chunks() -> ChunkIssuer:
        return ChunkIssuer(
            database=parts.database,
            clock=parts.clock,
            issuer=parts.issuer(),
            on_defect=listeners.on_failure,
        )

    chores = maintenance_chores(
        database=parts.database,
        clock=parts.clock,
        recovery=parts.recovery,
        on_stopped=listeners.on_stopped,
        deliver=parts.deliver,
        folders=parts.folders,
        every_s=parts.chores_every_s,
    )
    of_batches = chunk_work(database=parts.database, clock=parts.clock, chunks=chunks)
    sending = sending_work(parts.database, parts.clock, parts.carriers)
    return JobKinds(*chores, of_batches, sending)


def open_job_worker(parts: JobParts, listeners: JobListeners, lanes: Collection[Lane]) -> JobWorker:
    """Return a worker for given lanes, not yet started."""

    def give_up(session: Session, job: JobInHand) -> None:
        given_up = JobGivenUp(subject=job.kind, number=job.id, attempts=job.attempts)
        record(session, given_up, actor=SYSTEM, now=parts.clock.now())

    return JobWorker(
        parts.database,
        parts.clock,
        job_kinds(parts, listeners),
        lanes=lanes,
        on_failure=listeners.on_failure,
        on_given_up=give_up,
    )
