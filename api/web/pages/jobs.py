"""The page of jobs that failed, for whoever operates the service."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import StaffPageError
from api.http.authentication import Caller
from api.http.jobs import Number
from api.http.parts import ServicesPart
from api.job_words import kind_in_words
from api.web.forms import FormFields
from api.web.language import page_language
from api.web.rendering import show_page
from certsvc.housekeeping.job_desk import see_jobs, try_job_again
from certsvc.people.rights.rules import Actor, Role

router = APIRouter()
ADDRESS = "/jobs"


@router.get(ADDRESS)
def show_jobs(
    request: Request, actor: Caller, services: ServicesPart, tried: str = ""
) -> HTMLResponse:
    """Show how the jobs stand.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor does not keep the jobs.
    """
    _require_staff(actor)
    with services.database.reading() as session:
        seen = see_jobs(session, actor=actor, now=services.clock.now())
    language = page_language(request)
    jobs = [(job, kind_in_words(job.kind, language)) for job in seen.troubled]
    return show_page(request, "jobs.html", counts=seen.counts, jobs=jobs, tried=tried)


@router.post(f"{ADDRESS}/{{number}}/retry")
def retry(number: Number, _: FormFields, actor: Caller, services: ServicesPart) -> Response:
    """Have a job tried again, and show the page."""
    _require_staff(actor)
    with services.database.transaction() as session:
        job = try_job_again(session, number, actor=actor, now=services.clock.now())
    return RedirectResponse(f"{ADDRESS}?tried={job.id}", status_code=HTTPStatus.SEE_OTHER)


def _require_staff(actor: Actor) -> None:
    if Role.HOLDER in actor.roles:
        raise StaffPageError
