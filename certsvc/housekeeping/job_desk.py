"""The operator's view of jobs, and retrying failed ones."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from certsvc.foundation.jobs.records import Job
from certsvc.foundation.jobs.troubles import JobCounts, count_jobs, list_troubled, retry_job
from certsvc.people.rights.rules import Actor, Permission, require

LOG = logging.getLogger("certsvc.jobs")


@dataclass(frozen=True, kw_only=True)
class JobsSeen:
    """State of the jobs."""

    counts: JobCounts
    troubled: Sequence[Job]
    """Those given up, the latest first, then those that failed and will be tried again."""


def see_jobs(session: Session, *, actor: Actor, now: datetime) -> JobsSeen:
    """Return the state of the jobs.

    Raises:
        PermissionDeniedError: the actor does not keep the jobs.
    """
    require(actor, Permission.KEEP_JOBS)
    return JobsSeen(counts=count_jobs(session, now=now), troubled=list_troubled(session))


def try_job_again(session: Session, job_id: int, *, actor: Actor, now: datetime) -> Job:
    """Have a job that failed tried again at once.

    Raises:
        PermissionDeniedError: the actor does not keep the jobs.
        JobUnknownError: no such job failed.
    """
    require(actor, Permission.KEEP_JOBS)
    job = retry_job(session, job_id, now=now)
    LOG.info("job %d (%s) is tried again, as %s asked", job.id, job.kind, actor.id)
    return job
