"""Failed and waiting jobs, for the operator; callers check rights."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from certsvc.foundation.errors import NotFoundError
from certsvc.foundation.jobs.looking import count_workers
from certsvc.foundation.jobs.records import Job
from certsvc.foundation.jobs.rules import Lane

MOST_SHOWN = 200
_LATE_AFTER = timedelta(seconds=60)


class JobUnknownError(NotFoundError):
    """There is no job of this number that failed; it may have gone well meanwhile."""

    code = "jobs.unknown"


@dataclass(frozen=True, kw_only=True)
class JobCounts:
    """How many jobs there are of each sort."""

    waiting: int
    """Timers and durable work that are to be done, now or later."""
    late: int
    """Those that could have been begun more than a minute ago."""
    retrying: int
    """Those, and chores, that failed and will be tried again."""
    failed: int
    """Given up."""
    workers: int
    """Processes that do durable work."""


def count_jobs(session: Session, *, now: datetime) -> JobCounts:
    """Count the jobs."""

    def count(*those: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(Job).where(*those)) or 0

    # Lanes and errors are named for the indexes: there may be many timers.
    no_chore = Job.lane.in_([each.value for each in Lane if each is not Lane.CHORE])
    return JobCounts(
        waiting=count(no_chore, Job.run_at.is_not(None)),
        late=count(Job.lane.in_([*Lane]), Job.run_at <= now - _LATE_AFTER),
        retrying=count(_is_retried()),
        failed=count(_is_given_up()),
        workers=count_workers(session, now=now),
    )


def count_failed(session: Session) -> int:
    """Count the jobs that were given up."""
    given_up = select(func.count()).select_from(Job).where(_is_given_up())
    return session.scalar(given_up) or 0


def list_troubled(session: Session) -> list[Job]:
    """List the jobs that failed: those given up first, then those that will be tried again."""
    troubled = (
        select(Job)
        .where(Job.last_error.is_not(None), or_(_is_given_up(), _is_retried()))
        .order_by(Job.failed_at.is_(None), Job.failed_at.desc(), Job.run_at, Job.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(troubled))


def retry_job(session: Session, job_id: int, *, now: datetime) -> Job:
    """Have a job that failed tried again at once, as if it had never failed.

    Raises:
        JobUnknownError: no such job failed.
    """
    again = (
        update(Job)
        .where(Job.id == job_id, or_(_is_given_up(), _is_retried()))
        .values(run_at=now, failed_at=None, attempts=0)
        .returning(Job)
    )
    job = session.scalars(again).one_or_none()
    if job is None:
        raise JobUnknownError
    return job


def _is_given_up() -> ColumnElement[bool]:
    return and_(Job.last_error.is_not(None), Job.failed_at.is_not(None))


def _is_retried() -> ColumnElement[bool]:
    """A claim is no failure: only what has an error and is not in hand counts."""
    return and_(Job.last_error.is_not(None), Job.claim.is_(None), Job.run_at.is_not(None))
