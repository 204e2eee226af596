"""The page of failed jobs, for the operator of the service."""

from fastapi import APIRouter
from starlette.responses import Response

from api.shared.numbers import read_number
from api.shared.views.job_labels import kind_label
from api.web.forms.origin import OwnOrigin
from api.web.visits import PageVisit
from certsvc.foundation.jobs.troubles import JobUnknownError
from certsvc.housekeeping.job_desk import see_jobs, try_job_again

router = APIRouter()
ADDRESS = "/jobs"


@router.get(ADDRESS)
def show_jobs(visit: PageVisit, tried: str = "") -> Response:
    """Show how the jobs stand.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor does not keep the jobs.
    """
    visit.require_staff()
    with visit.reading() as session:
        seen = see_jobs(session, actor=visit.actor, now=visit.now)
    jobs = [(job, kind_label(job.kind, visit.language)) for job in seen.troubled]
    return visit.show("jobs.html", counts=seen.counts, jobs=jobs, tried=tried)


@router.post(f"{ADDRESS}/{{number}}/retry")
def retry(number: str, visit: PageVisit, _: OwnOrigin) -> Response:
    """Have a job tried again, and show the page."""
    visit.require_staff()
    with visit.transaction() as session:
        job_id = read_number(number, JobUnknownError)
        job = try_job_again(session, job_id, actor=visit.actor, now=visit.now)
    return visit.lead_to(f"{ADDRESS}?tried={job.id}")
