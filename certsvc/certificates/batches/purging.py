"""Deleting what is personal of old batches; outcomes and copy numbers stay.

A batch that stopped or was not confirmed, and that nobody came to for as long as an ended one is
kept, is cancelled: otherwise what was typed would stay for ever.
"""

from datetime import datetime

from sqlalchemy import delete, null, select, update
from sqlalchemy.orm import Session

from certsvc.certificates.batches.records import Batch, BatchProblem, BatchRow
from certsvc.certificates.batches.rules import KEPT_FOR, BatchState
from certsvc.certificates.batches.service import end_as_cancelled
from certsvc.sealing.register.rules import SYSTEM


def purge_batches(session: Session, *, now: datetime) -> int:
    """Delete numbers, purposes, problems and the file's digest of batches long past; count them."""
    forgotten = _cancel_forgotten(session, now=now)
    ended = session.scalars(
        select(Batch.id).where(Batch.ended_at <= now - KEPT_FOR, Batch.purged_at.is_(None))
    ).all()
    due = [*forgotten, *ended]
    if due:
        session.execute(
            update(BatchRow)
            .where(BatchRow.batch_id.in_(due))
            .values(holder_code=None, purpose=None, refusal_params=null(), typed=null())
        )
        session.execute(delete(BatchProblem).where(BatchProblem.batch_id.in_(due)))
        # The digest would tell whether a guessed number was in the file.
        session.execute(
            update(Batch)
            .where(Batch.id.in_(due))
            .values(purged_at=now, file_sha256="", file_name="")
        )
    return len(due)


def _cancel_forgotten(session: Session, *, now: datetime) -> list[str]:
    forgotten = session.scalars(
        select(Batch.id).where(
            Batch.state.in_([BatchState.STOPPED.value, BatchState.CHECKED.value]),
            Batch.created_at <= now - KEPT_FOR,
        )
    ).all()
    return [
        batch_id
        for batch_id in forgotten
        if end_as_cancelled(session, batch_id, by=SYSTEM, now=now)
    ]
