"""Claiming a job, keeping it while it is in hand, and ending it; each a transaction of its own.

- A claim is a token and a lease. PostgreSQL gives a row to one of many workers (`SKIP LOCKED`);
  on SQLite whoever writes is alone.
- Whatever ends a job asks for the token first: who has lost the claim changes nothing.
- Each claim counts as an attempt until the job ends well: one that kills its worker every time is
  given up like one that raises.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Update, delete, select, update
from sqlalchemy.orm import Session

from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.records import Job
from certsvc.foundation.jobs.rules import LEASE, JobInHand, Lane, Later


def claim_next(
    session: Session,
    kinds: list[str],
    *,
    lane: Lane,
    now: datetime,
    is_stopping: Callable[[], bool],
) -> JobInHand | None:
    """Claim the job of a lane that is due first, or the most urgent work; None if none is due."""
    order = (Job.run_at, Job.id) if lane is not Lane.WORK else (Job.priority, Job.run_at, Job.id)
    job = session.scalars(
        select(Job)
        .where(Job.lane == lane.value, Job.run_at <= now, Job.kind.in_(kinds))
        .order_by(*order)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()
    if job is None:
        return None
    job.claim = secrets.token_hex(16)
    job.attempts += 1
    job.run_at = now + LEASE
    return JobInHand(
        id=job.id,
        kind=job.kind,
        subject=job.subject,
        details=job.details,
        due_at=job.due_at,
        attempts=job.attempts,
        waits=job.waits,
        claim=job.claim,
        is_stopping=is_stopping,
    )


def renew(database: Database, job: JobInHand, *, now: datetime) -> None:
    """Keep a job that takes longer than its lease."""
    with database.transaction() as session:
        session.execute(_ours(job).values(run_at=now + LEASE))


def hold(session: Session, job: JobInHand) -> bool:
    """Lock a job until the end of the transaction; tell whether it is still ours."""
    ours = select(Job.id).where(Job.id == job.id, Job.claim == job.claim).with_for_update()
    return session.scalar(ours) is not None


def end(session: Session, job: JobInHand) -> None:
    """Delete a finished job; call `hold` before, in the same transaction."""
    session.execute(delete(Job).where(Job.id == job.id, Job.claim == job.claim))


def put_off(session: Session, job: JobInHand, later: Later, *, now: datetime) -> None:
    """Release a job that has to wait or was interrupted, without counting a failure."""
    until = now + timedelta(seconds=later.after_s)
    waits = job.waits + 1 if later.after_s else job.waits
    session.execute(
        _ours(job).values(claim=None, run_at=until, attempts=0, waits=waits, last_error=None)
    )


def end_chore(session: Session, job: JobInHand, *, now: datetime, every: timedelta) -> None:
    """Record that a chore succeeded, and when it is due again."""
    session.execute(
        _ours(job).values(
            claim=None,
            attempts=0,
            last_error=None,
            ended_at=now,
            due_at=now + every,
            run_at=now + every,
        )
    )


def try_again(session: Session, job: JobInHand, error: str, *, at: datetime) -> None:
    """Release a failed job, to be retried after a pause."""
    session.execute(_ours(job).values(claim=None, run_at=at, last_error=error))


def give_up(session: Session, job: JobInHand, error: str, *, now: datetime) -> None:
    """Keep a job as failed."""
    session.execute(_ours(job).values(claim=None, run_at=None, last_error=error, failed_at=now))


def _ours(job: JobInHand) -> Update:
    return update(Job).where(Job.id == job.id, Job.claim == job.claim)
