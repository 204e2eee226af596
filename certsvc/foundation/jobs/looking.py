"""Queries: due jobs, chores that are wanted early, and live worker processes."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Executable, ScalarSelect, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from certsvc.foundation.jobs.kinds import JobKinds
from certsvc.foundation.jobs.records import Job, JobWorkerSign
from certsvc.foundation.jobs.rules import Lane

DEAD_AFTER = timedelta(seconds=90)
"""Processes without a heartbeat for this long are not counted as live. Their
jobs are taken over earlier, when the leases end."""
_FORGOTTEN_AFTER = timedelta(days=1)


def due_lanes(
    session: Session, lanes: tuple[Lane, ...], *, now: datetime
) -> tuple[set[Lane], datetime | None]:
    """Return the lanes with due jobs, and when the next job becomes due."""
    found: Sequence[datetime | None] = session.execute(_question(lanes)).one()
    by_lane = dict(zip(lanes, found, strict=True))
    due = {lane for lane, at in by_lane.items() if at is not None and at <= now}
    later = [at for at in by_lane.values() if at is not None and at > now]
    return due, min(later, default=None)


@cache
def _question(lanes: tuple[Lane, ...]) -> Executable:
    """Built once, since it is asked every second for ever."""
    return select(*(_first_of(lane) for lane in lanes))


def _first_of(lane: Lane) -> ScalarSelect[datetime | None]:
    return (
        select(Job.run_at)
        .where(Job.lane == lane.value, Job.run_at.is_not(None))
        .order_by(Job.run_at)
        .limit(1)
        .scalar_subquery()
    )


def wanted_chores(session: Session, kinds: JobKinds, *, now: datetime) -> list[str]:
    """Name the chores that are wanted before their time, unless they are at work or fail."""
    wanted = [
        chore.name
        for chore in kinds.chores()
        if chore.is_wanted is not None and chore.is_wanted(session)
    ]
    if not wanted:
        return []
    at_rest = select(Job.kind).where(
        Job.lane == Lane.CHORE.value,
        Job.kind.in_(wanted),
        Job.claim.is_(None),
        Job.attempts == 0,
        Job.run_at > now,
    )
    return list(session.scalars(at_rest))


def bring_forward(session: Session, chores: Collection[str], *, now: datetime) -> None:
    """Make chores due now that no process has in hand."""
    session.execute(
        update(Job)
        .where(
            Job.lane == Lane.CHORE.value,
            Job.kind.in_(chores),
            Job.claim.is_(None),
            Job.run_at > now,
        )
        .values(due_at=now, run_at=now)
    )


def say_alive(session: Session, worker_id: str, *, does_work: bool, now: datetime) -> None:
    """Write the heartbeat of this process, and delete outdated ones."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    new: postgresql.Insert | sqlite.Insert = (
        postgresql.insert(JobWorkerSign) if on_postgresql else sqlite.insert(JobWorkerSign)
    )
    sign = new.values(id=worker_id, does_work=does_work, seen_at=now)
    session.execute(sign.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now}))
    session.execute(delete(JobWorkerSign).where(JobWorkerSign.seen_at < now - _FORGOTTEN_AFTER))


def say_gone(session: Session, worker_id: str) -> None:
    """Delete the heartbeat of a process that ends."""
    session.execute(delete(JobWorkerSign).where(JobWorkerSign.id == worker_id))


def count_workers(session: Session, *, now: datetime) -> int:
    """Count the processes that do durable work."""
    alive = select(func.count()).where(
        JobWorkerSign.seen_at > now - DEAD_AFTER, JobWorkerSign.does_work.is_(True)
    )
    return session.scalar(alive) or 0
