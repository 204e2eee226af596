"""Jobs of batches: issuing the rows of a chunk.

- A chunk that waits for something is put off; it keeps no place that another batch could use.
- A worker that ends gives its chunk back after the row in hand.
- A chunk that fails again and again stops its batch: whoever sent it can resume it.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.batches.chunk_jobs import CHUNK
from certsvc.certificates.batches.chunks import FAULT, ChunkIssuer
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    BatchState,
    pause_after,
)
from certsvc.certificates.batches.service import move_batch
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.kinds import Work
from certsvc.foundation.jobs.rules import JobInHand, Later, Retrying

_ATTEMPTS = 20
"""Retries for a little more than an hour."""


def chunk_work(*, database: Database, clock: Clock, chunks: Callable[[], ChunkIssuer]) -> Work:
    """Return the kind of job that issues the rows of a chunk.

    Args:
        database: Where the batches are.
        clock: Tells when a batch stops.
        chunks: Returns what issues; asked when the first chunk is done.
    """

    def perform(job: JobInHand) -> Later | None:
        batch_id, chunk = str(job.details["batch"]), int(job.details["chunk"])
        _begin(database, clock, batch_id)
        if chunks().issue_chunk(batch_id, chunk, is_stopping=job.is_stopping).is_settled:
            return None
        return Later() if job.is_stopping() else Later(after_s=pause_after(job.waits))

    def stop(session: Session, job: JobInHand) -> None:
        batch_id = str(job.details["batch"])
        move_batch(session, batch_id, BatchState.STOPPED, now=clock.now(), reason_code=FAULT)

    retrying = Retrying(attempts=_ATTEMPTS, first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
    return Work(name=CHUNK, perform=perform, retrying=retrying, on_failed=stop)


def _begin(database: Database, clock: Clock, batch_id: str) -> None:
    """Mark the batch as running, if this is its first chunk."""
    with database.reading() as session:
        state = session.scalar(select(Batch.state).where(Batch.id == batch_id))
    if state == BatchState.WAITING:
        with database.transaction() as session:
            move_batch(session, batch_id, BatchState.RUNNING, now=clock.now())
