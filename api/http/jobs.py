"""State of the jobs, for the operator of the service, and retrying one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.shared.instants import InstantText
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.jobs.records import Job
from certsvc.housekeeping.job_desk import see_jobs, try_job_again

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])
_LARGEST_ID = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=_LARGEST_ID, description="Number of the job", examples=[7])]
_JOB: JsonDict = {
    "number": 7,
    "kind": "batch.chunk",
    "subject": "7Q0W3ZK5N8R1T6YB-0",
    "attempts": 20,
    "error": "OperationalError at worker.py:120, chunks.py:140",
    "due_at": "2026-11-21T10:00:00+08:00",
    "state": "failed",
    "at": "2026-11-21T11:12:05+08:00",
}


class TroubledJob(BaseModel):
    """A job that failed."""

    model_config = ConfigDict(json_schema_extra={"examples": [_JOB]})

    number: int
    kind: str
    subject: Annotated[str, Field(description="What it is about; a number or name of ours")]
    attempts: Annotated[int, Field(description="How often in a row it failed")]
    error: Annotated[str, Field(description="Class and places of the last failure")]
    due_at: InstantText
    state: Annotated[
        Literal["failed", "retrying"], Field(description="Given up, or tried again by itself")
    ]
    at: Annotated[InstantText, Field(description="When it was given up, or is tried again")]


class JobStates(BaseModel):
    """How the jobs stand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "waiting": 12,
                    "late": 0,
                    "retrying": 0,
                    "failed": 1,
                    "workers": 1,
                    "troubled": [_JOB],
                }
            ]
        }
    )

    waiting: Annotated[int, Field(description="To be done, now or later")]
    late: Annotated[int, Field(description="Could have begun more than a minute ago")]
    retrying: Annotated[int, Field(description="Failed, and will be tried again")]
    failed: Annotated[int, Field(description="Given up")]
    workers: Annotated[int, Field(description="Processes that do durable work")]
    troubled: Annotated[list[TroubledJob], Field(description="Failed ones, 200 at most")]


@router.get("", summary="How the jobs stand", responses=problems(401, 403, 500, 503))
def list_jobs(call: InterfaceCall) -> JobStates:
    """Count the jobs, and list those that failed."""
    with call.reading() as session:
        seen = see_jobs(session, actor=call.actor, now=call.now)
    counts = seen.counts
    return JobStates(
        waiting=counts.waiting,
        late=counts.late,
        retrying=counts.retrying,
        failed=counts.failed,
        workers=counts.workers,
        troubled=[_described(job) for job in seen.troubled],
    )


@router.post(
    "/{number}/retry", summary="Try a job again", responses=problems(401, 403, 404, 500, 503)
)
def retry_job(number: Number, call: InterfaceCall) -> TroubledJob:
    """Have a job that failed tried again at once."""
    with call.transaction() as session:
        return _described(try_job_again(session, number, actor=call.actor, now=call.now))


def _described(job: Job) -> TroubledJob:
    return TroubledJob(
        number=job.id,
        kind=job.kind,
        subject=job.subject,
        attempts=job.attempts,
        error=job.last_error or "",
        due_at=rfc3339(job.due_at),
        state="failed" if job.failed_at else "retrying",
        at=rfc3339(job.failed_at or job.run_at or job.due_at),
    )
