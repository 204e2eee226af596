"""A clerk's batches: upload a table, see what it comes to, confirm, watch it being issued.

- The page refreshes by itself with a small script of our own; without scripts, by the browser.
- Only these pages may run that script and ask for their own progress.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.shared.sentences import sentence
from api.shared.uploads import shown_name
from api.shared.views.batches import (
    BatchDescription,
    BatchProblemDescription,
    batches_of,
    describe,
    describe_problems,
    failed_table,
    make_template,
    send_result,
    sum_up,
)
from api.web.forms.fields import file
from api.web.forms.form import Form, Sent, answer
from api.web.forms.plain import FormFields
from api.web.forms.raw import Upload
from api.web.forms.views import form_view
from api.web.lists.listing import Column, ListFilter, Listing, pages_of, table_response
from api.web.lists.views import ListView, list_page, wanted_export
from api.web.rendering import SCRIPT_POLICY
from api.web.visits import PageVisit, Visit
from certsvc.certificates.batches.reading import list_refusals
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import MOST_PROBLEMS, WORKING, BatchState
from certsvc.certificates.batches.service import (
    Submission,
    cancel_batch,
    confirm_batch,
    get_batch,
    resume_batch,
    submit_batch,
)
from certsvc.foundation.jobs.looking import count_workers
from certsvc.people.rights.rules import Permission

router = APIRouter()
ADDRESS = "/batches"
_REFUSALS_SHOWN = 100
_RESUMABLE = {BatchState.STOPPED}
TemplateKind = Literal["csv", "xlsx"]
ResultKind = Literal["csv", "xlsx", "zip"]


class BatchForm(Form):
    """A table."""

    file: Annotated[Upload, file("page.batches.file", accept=".csv,.xlsx")]


def _column_of(problem: BatchProblemDescription, visit: Visit) -> str:
    code = f"batches.column.{problem.column}" if problem.column else "page.batch.whole-row"
    return sentence(code, visit.language)


def _states(visit: Visit) -> list[tuple[str, str]]:
    return [
        (each.value, sentence(f"batches.batch-state.{each.value}", visit.language))
        for each in BatchState
    ]


BATCHES = Listing[BatchDescription](
    name="batches",
    columns=(
        Column(name="file", label="page.batches.file-name", text=lambda b, _: b.file_name or b.id),
        Column(name="id", label="page.batches.number", text=lambda batch, _: batch.id),
        Column(
            name="state",
            label="field.state",
            text=lambda batch, visit: sentence(
                f"batches.batch-state.{batch.state.value}", visit.language
            ),
        ),
        Column(
            name="created",
            label="page.batch.created",
            text=lambda batch, _: batch.created_at[:16].replace("T", " "),
        ),
        Column(name="sender", label="page.batch.sender", text=lambda batch, _: batch.sender),
        Column(name="rows", label="page.batches.row-count", text=lambda b, _: str(b.progress.rows)),
        Column(name="issued", label="page.batch.issued", text=lambda b, _: str(b.progress.issued)),
        Column(
            name="refused", label="page.batch.refused", text=lambda b, _: str(b.progress.refused)
        ),
    ),
    empty="page.batches.empty",
    filters=(
        ListFilter(name="state", label="field.state", choices=_states),
        ListFilter(name="created_from", label="list.created-from"),
        ListFilter(name="created_before", label="list.created-before"),
    ),
    sorts=(("created_at", "page.batch.created"), ("rows", "page.batches.row-count")),
    search="list.search.batch",
)
PROBLEMS = Listing[BatchProblemDescription](
    name="problems",
    columns=(
        Column(name="row", label="page.batch.row", text=lambda problem, _: str(problem.row)),
        Column(name="column", label="page.batch.column", text=_column_of),
        Column(name="problem", label="page.batch.problem", text=lambda each, _: each.sentence),
    ),
    empty="list.none-match",
    per_page=MOST_PROBLEMS,
)


@router.get(ADDRESS)
def show_batches(visit: PageVisit) -> Response:
    """Show the form and the unit's batches.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not issue.
    """
    visit.require_staff(Permission.ISSUE)
    kind = wanted_export(visit)
    if kind:
        return BATCHES.export(visit, kind, lambda page: batches_of(visit, page).as_page())
    return _show_list(visit)


@router.post(ADDRESS)
def send(visit: PageVisit, sent: Annotated[Sent[BatchForm], Depends(BatchForm.read)]) -> Response:
    """Check a table, and lead to what it comes to; what cannot be read shows the form again."""
    visit.require_staff(Permission.ISSUE)

    def do(form: BatchForm) -> str:
        submission = Submission(
            content=form.file.content,
            unit_code=visit.actor.unit_code or "-",
            idempotency_key=form.once or None,
            waits_for_confirmation=True,
            file_name=shown_name(form.file.name),
        )
        keys = visit.services.hidden_keys
        batch = submit_batch(
            visit.services.database, submission, keys=keys, actor=visit.actor, now=visit.now
        )
        return f"{ADDRESS}/{batch.id}"

    return answer(visit, sent, do=do, show=lambda sent: _show_list(visit, sent))


@router.get(ADDRESS + "/template.{kind}")
def download_template(kind: TemplateKind, visit: PageVisit) -> Response:
    """Give out a blank table."""
    visit.require_staff(Permission.ISSUE)
    return Response(
        make_template(visit, kind, None),
        headers={"Content-Disposition": f'attachment; filename="batch-template.{kind}"'},
        media_type="application/octet-stream",
    )


@router.get(ADDRESS + "/{batch}")
def show_batch(batch: str, visit: PageVisit) -> Response:
    """Show a batch: its progress, what is wrong with its file, its results."""
    visit.require_staff(Permission.ISSUE)
    return _show_one(visit, batch)


@router.get(ADDRESS + "/{batch}/progress")
def show_progress(batch: str, visit: PageVisit) -> Response:
    """Show the progress alone, for the page's script."""
    visit.require_staff(Permission.ISSUE)
    with visit.reading() as session:
        found = describe(session, get_batch(session, batch, actor=visit.actor), visit.language)
        waits = _waits_for_worker(visit, session, found)
    response = visit.show("_batch_progress.html", batch=found, waits_for_worker=waits)
    response.headers["X-Batch-Works"] = "1" if found.state in WORKING else "0"
    return response


@router.post(ADDRESS + "/{batch}/confirm")
def confirm(batch: str, _: FormFields, visit: PageVisit) -> Response:
    """Begin a batch whose sum was shown."""
    visit.require_staff(Permission.ISSUE)
    with visit.transaction() as session:
        confirm_batch(session, batch, actor=visit.actor, now=visit.now)
    return visit.lead_to(f"{ADDRESS}/{batch}")


@router.post(ADDRESS + "/{batch}/cancel")
def cancel(batch: str, _: FormFields, visit: PageVisit) -> Response:
    """Cancel a batch, and show it."""
    visit.require_staff(Permission.ISSUE)
    with visit.transaction() as session:
        cancel_batch(session, batch, actor=visit.actor, now=visit.now)
    return visit.lead_to(f"{ADDRESS}/{batch}")


@router.post(ADDRESS + "/{batch}/resume")
def resume(batch: str, _: FormFields, visit: PageVisit) -> Response:
    """Go on with a batch that stopped, and show it."""
    visit.require_staff(Permission.ISSUE)
    with visit.transaction() as session:
        resume_batch(session, batch, actor=visit.actor, now=visit.now)
    return visit.lead_to(f"{ADDRESS}/{batch}")


@router.get(ADDRESS + "/{batch}/result.{kind}")
def download_result(batch: str, kind: ResultKind, visit: PageVisit) -> Response:
    """Give out results; that they were taken stands in the log."""
    visit.require_staff(Permission.ISSUE)
    return send_result(visit, batch, kind)


@router.get(ADDRESS + "/{batch}/failed.{kind}")
def download_failed(batch: str, kind: TemplateKind, visit: PageVisit) -> Response:
    """Give out the rows that were not issued, to be mended and sent again."""
    visit.require_staff(Permission.ISSUE)
    return table_response(
        f"failed-{batch}",
        kind,
        failed_table(visit.services, batch, actor=visit.actor, language=visit.language),
    )


def _has_worker(visit: Visit, session: Session) -> bool:
    return count_workers(session, now=visit.now) > 0


def _waits_for_worker(visit: Visit, session: Session, batch: BatchDescription) -> bool:
    return batch.state in WORKING and not _has_worker(visit, session)


def _show_list(visit: Visit, sent: Sent[BatchForm] | None = None) -> Response:
    with visit.reading() as session:
        has_worker = _has_worker(visit, session)
    return visit.show(
        "batches.html",
        status=sent.status if sent else 200,
        form=form_view(visit, BatchForm, ADDRESS, sent=sent),
        batches=list_page(visit, BATCHES, lambda page: batches_of(visit, page).as_page()),
        has_worker=has_worker,
    )


def _show_one(visit: Visit, batch: str) -> Response:
    with visit.reading() as session:
        found = get_batch(session, batch, actor=visit.actor)
        described = describe(session, found, visit.language)
        problems = describe_problems(session, found, visit.language)
        waits_for_worker = _waits_for_worker(visit, session, described)
        summed = sum_up(session, found, visit.language)
        refusals = _refusals(visit, session, found)
    works = described.state in WORKING
    response = visit.show(
        "batch.html",
        batch=described,
        summed=summed,
        is_sender=found.created_by == visit.actor.id,
        created_at=found.created_at,
        works=works,
        waits_for_worker=waits_for_worker,
        may_resume=described.state in _RESUMABLE and found.created_by == visit.actor.id,
        errors=_table(visit, [problem for problem in problems if not problem.is_note]),
        notes=_table(visit, [problem for problem in problems if problem.is_note]),
        refusals=_table(visit, refusals),
        most=MOST_PROBLEMS,
    )
    if works:
        response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response


def _table(
    visit: Visit, problems: list[BatchProblemDescription]
) -> ListView[BatchProblemDescription]:
    return list_page(visit, PROBLEMS, pages_of(problems), exports=False)


def _refusals(visit: Visit, session: Session, batch: Batch) -> list[BatchProblemDescription]:
    return [
        BatchProblemDescription(
            row=row.row,
            column="",
            code=str(row.refusal_code),
            sentence=sentence(str(row.refusal_code), visit.language, row.refusal_params or {}),
            is_note=False,
        )
        for row in list_refusals(session, batch, limit=_REFUSALS_SHOWN)
    ]
