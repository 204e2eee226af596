"""The jobs of a batch: a piece of durable work for each chunk of its rows.

Jobs hold numbers alone; rows, outcomes and errors stay in the tables of batches.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.batches.records import BatchRow
from certsvc.certificates.batches.rules import RowState
from certsvc.foundation.jobs.schedule import schedule_work

CHUNK = "batch.chunk"
"""Kind of these jobs."""


def schedule_chunks(session: Session, batch_id: str, *, now: datetime) -> None:
    """Have the chunks of a batch done that have waiting rows; ones that are scheduled begin anew.

    If there is none, one is scheduled all the same: it finds that the batch is done.

    First chunks come before second ones: a small batch does not wait for the end of a large one.
    """
    waiting = session.scalars(
        select(BatchRow.chunk)
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.WAITING.value)
        .distinct()
        .order_by(BatchRow.chunk)
    )
    pieces = {
        f"{batch_id}-{chunk}": {"batch": batch_id, "chunk": chunk} for chunk in [*waiting] or [0]
    }
    schedule_work(session, CHUNK, pieces, now=now)
