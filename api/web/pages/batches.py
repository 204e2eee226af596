"""A clerk's batches: upload a table, see what is wrong with it, watch it being issued.

- The page refreshes by itself with a small script of our own; without scripts, by the browser.
- Only these pages may run that script and ask for their own progress.
"""

import uuid
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse

from api.errors import StaffPageError
from api.http.authentication import Caller
from api.http.batch_uploads import BatchUpload, batch_upload
from api.http.batches import (
    BatchDescription,
    BatchProblemDescription,
    batches_of,
    describe,
    describe_problems,
    make_template,
    send_result,
)
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.sentences import KNOWN_ERRORS, sentence, sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.origin import OwnOrigin
from api.web.rendering import SCRIPT_POLICY, show_page
from certsvc.bootstrap import Services
from certsvc.certificates.batches.rules import MOST_PROBLEMS, WORKING, BatchState
from certsvc.certificates.batches.service import (
    Submission,
    cancel_batch,
    get_batch,
    list_refusals,
    resume_batch,
    submit_batch,
)
from certsvc.foundation.db.paging import FIRST_PAGE
from certsvc.foundation.jobs.looking import count_workers
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor, Permission, Role, require

router = APIRouter()
ADDRESS = "/batches"
_REFUSALS_SHOWN = 100
_RESUMABLE = {BatchState.STOPPED}
PageUpload = Annotated[BatchUpload, Depends(batch_upload)]
TemplateKind = Literal["csv", "xlsx"]
ResultKind = Literal["csv", "xlsx", "zip"]


def _require_clerk(actor: Actor) -> None:
    if Role.HOLDER in actor.roles:
        raise StaffPageError
    require(actor, Permission.ISSUE)


@router.get(ADDRESS)
def show_batches(
    request: Request, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show the form and the unit's last batches.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not issue.
    """
    _require_clerk(actor)
    return _show_list(request, actor, services, language)


@router.post(ADDRESS)
def send(
    request: Request,
    _: OwnOrigin,
    upload: PageUpload,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Check a table, and show what became of it; what cannot be read shows the form again."""
    _require_clerk(actor)
    submission = Submission(
        content=upload.content,
        unit_code=actor.unit_code or "-",
        idempotency_key=upload.key or None,
        issues_valid_rows=upload.issues_valid_rows,
    )
    try:
        batch = submit_batch(
            services.database,
            submission,
            keys=services.hidden_keys,
            actor=actor,
            now=services.clock.now(),
        )
    except KNOWN_ERRORS as error:
        text = sentence_of(error, language)
        return _show_list(
            request, actor, services, language, problem=text, status=status_of(error).value
        )
    return RedirectResponse(f"{ADDRESS}/{batch.id}", status_code=HTTPStatus.SEE_OTHER)


@router.get(ADDRESS + "/template.{kind}")
def download_template(kind: TemplateKind, actor: Caller, services: ServicesPart) -> Response:
    """Give out a blank table."""
    _require_clerk(actor)
    return Response(
        make_template(services, actor, kind, None),
        headers={"Content-Disposition": f'attachment; filename="batch-template.{kind}"'},
        media_type="application/octet-stream",
    )


@router.get(ADDRESS + "/{batch}")
def show_batch(
    request: Request, batch: str, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show a batch: its progress, what is wrong with its file, its results."""
    _require_clerk(actor)
    return _show_one(request, batch, actor, services, language)


@router.get(ADDRESS + "/{batch}/progress")
def show_progress(
    request: Request, batch: str, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show the progress alone, for the page's script."""
    _require_clerk(actor)
    with services.database.reading() as session:
        found = describe(session, get_batch(session, batch, actor=actor), language)
        waits = _waits_for_worker(session, found, services)
    response = show_page(request, "_batch_progress.html", batch=found, waits_for_worker=waits)
    response.headers["X-Batch-Works"] = "1" if found.state in WORKING else "0"
    return response


@router.post(ADDRESS + "/{batch}/cancel")
def cancel(batch: str, _: FormFields, actor: Caller, services: ServicesPart) -> RedirectResponse:
    """Cancel a batch, and show it."""
    _require_clerk(actor)
    with services.database.transaction() as session:
        cancel_batch(session, batch, actor=actor, now=services.clock.now())
    return RedirectResponse(f"{ADDRESS}/{batch}", status_code=HTTPStatus.SEE_OTHER)


@router.post(ADDRESS + "/{batch}/resume")
def resume(batch: str, _: FormFields, actor: Caller, services: ServicesPart) -> RedirectResponse:
    """Go on with a batch that stopped, and show it."""
    _require_clerk(actor)
    with services.database.transaction() as session:
        resume_batch(session, batch, actor=actor, now=services.clock.now())
    return RedirectResponse(f"{ADDRESS}/{batch}", status_code=HTTPStatus.SEE_OTHER)


@router.get(ADDRESS + "/{batch}/result.{kind}")
def download_result(
    batch: str, kind: ResultKind, actor: Caller, services: ServicesPart, language: PageLanguage
) -> StreamingResponse:
    """Give out results; that they were taken stands in the log."""
    _require_clerk(actor)
    return send_result(services, batch, kind, actor, language)


def _has_worker(session: Session, services: Services) -> bool:
    return count_workers(session, now=services.clock.now()) > 0


def _waits_for_worker(session: Session, batch: BatchDescription, services: Services) -> bool:
    return batch.state in WORKING and not _has_worker(session, services)


def _show_list(
    request: Request,
    actor: Actor,
    services: Services,
    language: Language,
    *,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    with services.database.reading() as session:
        has_worker = _has_worker(session, services)
    return show_page(
        request,
        "batches.html",
        status=status,
        batches=batches_of(actor, services, language, FIRST_PAGE).items,
        key=str(uuid.uuid4()),
        problem=problem,
        has_worker=has_worker,
    )


def _show_one(
    request: Request, batch: str, actor: Actor, services: Services, language: Language
) -> HTMLResponse:
    with services.database.reading() as session:
        found = get_batch(session, batch, actor=actor)
        described = describe(session, found, language)
        problems = describe_problems(session, found, language)
        waits_for_worker = _waits_for_worker(session, described, services)
        refusals = [
            BatchProblemDescription(
                row=row.row,
                column="",
                code=str(row.refusal_code),
                sentence=sentence(str(row.refusal_code), language, row.refusal_params or {}),
                is_note=False,
            )
            for row in list_refusals(session, found, limit=_REFUSALS_SHOWN)
        ]
    works = described.state in WORKING
    response = show_page(
        request,
        "batch.html",
        batch=described,
        sender=found.created_by.partition(":")[2],
        created_at=found.created_at,
        works=works,
        waits_for_worker=waits_for_worker,
        may_resume=described.state in _RESUMABLE and found.created_by == actor.id,
        errors=[problem for problem in problems if not problem.is_note],
        notes=[problem for problem in problems if problem.is_note],
        refusals=refusals,
        most=MOST_PROBLEMS,
    )
    if works:
        response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response
