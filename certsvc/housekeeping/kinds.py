"""All kinds of jobs of an installation: where a new timer, chore or durable work is registered."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from certsvc.certificates.batches.chunks import ChunkIssuer, IssuesCertificates
from certsvc.certificates.batches.worker import chunk_work
from certsvc.certificates.issuance.recovery import Recovery
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.kinds import JobKinds
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.jobs.worker import FailureListener, JobWorker, log_failure
from certsvc.housekeeping.chores import StopListener, maintenance_chores


def _nobody(_: object) -> None:
    """Hears of stopped seals where nobody watches."""


@dataclass(frozen=True, kw_only=True)
class JobListeners:
    """Who is told of what the jobs do."""

    on_stopped: StopListener = _nobody
    """Is told which seals were stopped, and why."""
    on_failure: FailureListener = log_failure
    """Is told of each failure, which is logged in any case."""


NOBODY = JobListeners()
"""Where the log is enough."""


@dataclass(frozen=True, kw_only=True)
class JobParts:
    """What the jobs work with."""

    database: Database
    clock: Clock
    recovery: Recovery
    issuer: Callable[[], IssuesCertificates]
    """Returns what issues; asked when the first row is issued."""
    deliver: Callable[[], object]
    """Delivers events that wait for a subscriber."""
    folders: Collection[Path]
    """Where writers leave unfinished files when they are killed."""
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
    return JobKinds(*chores, of_batches)


def open_job_worker(parts: JobParts, listeners: JobListeners, lanes: Collection[Lane]) -> JobWorker:
    """Return what does the jobs of some lanes, not yet started."""
    return JobWorker(
        parts.database,
        parts.clock,
        job_kinds(parts, listeners),
        lanes=lanes,
        on_failure=listeners.on_failure,
    )
