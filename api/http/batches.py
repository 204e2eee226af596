"""Batches: many certificates from one file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.http.batch_uploads import BATCH_BODY, Upload
from api.http.list_queries import BatchesWanted
from api.shared.authentication import for_systems
from api.shared.described import CSV, XLSX, ZIP, created, file_answer, with_headers
from api.shared.paging import PageWanted, link_next
from api.shared.problems import problems
from api.shared.repetitions import IdempotencyKey, tell_replayed
from api.shared.requests import InterfaceCall
from api.shared.views.batch_results import MEDIA_TYPES, rows_of
from api.shared.views.batch_rows import BatchRows, described_row
from api.shared.views.batches import (
    PROBLEM_EXAMPLE,
    BatchDescription,
    BatchList,
    BatchProblemDescription,
    batches_of,
    describe,
    describe_problems,
    make_template,
    send_result,
)
from certsvc.certificates.batches.rules import RowState
from certsvc.certificates.batches.service import (
    Submission,
    cancel_batch,
    confirm_batch,
    get_batch,
    resume_batch,
    submit_once,
)

router = APIRouter(prefix="/api/v1/batches", tags=["batches"])
TableKind = Literal["csv", "xlsx"]
_TO_ISSUE = for_systems("certificates.issue")
_TO_READ = for_systems("certificates.issue", "certificates.read")
"""What came of a batch names the unit's copies."""


BatchId = Annotated[str, Path(description="Number of the batch", examples=["8K2V5ZDFJEWYQF1V"])]
Kind = Annotated[TableKind, Path(description="Kind of table", examples=["csv"])]


class BatchProblems(BaseModel):
    """What is wrong with a file, errors first; so many as a person reads."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"problems": [PROBLEM_EXAMPLE], "errors": 1}]}
    )

    problems: list[BatchProblemDescription]
    errors: Annotated[int, Field(description="Errors in all, those not listed included")]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Send a batch",
    openapi_extra=BATCH_BODY | _TO_ISSUE,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 500, 503) | created(),
)
def send_batch(
    upload: Upload,
    idempotency_key: IdempotencyKey,
    call: InterfaceCall,
    response: Response,
) -> BatchDescription:
    """Check a whole file; it is issued in the background when it is confirmed, or `confirmed`.

    Confirmed beforehand, a file with errors makes a batch in state `rejected`, of which nothing
    is issued; otherwise its other rows can still be confirmed.
    """
    submission = Submission(
        content=upload.content,
        unit_code=call.actor.unit_code or "-",
        idempotency_key=idempotency_key,
        issues_valid_rows=upload.issues_valid_rows,
        waits_for_confirmation=not upload.is_confirmed,
        file_name=upload.name,
    )
    sent = submit_once(
        call.services.database,
        submission,
        keys=call.services.hidden_keys,
        actor=call.actor,
        now=call.now,
    )
    with call.reading() as session:
        described = describe(session, sent.batch, call.language)
    tell_replayed(response, is_replayed=sent.is_replayed)
    response.headers["Location"] = f"{router.prefix}/{described.id}"
    return described


@router.get(
    "",
    summary="List batches",
    responses=problems(401, 403, 422, 503) | with_headers(200, "Link"),
    openapi_extra=_TO_ISSUE,
)
def list_unit_batches(
    call: InterfaceCall,
    page: BatchesWanted,
    request: Request,
    response: Response,
) -> BatchList:
    """List the batches of the caller's unit, newest first."""
    found = batches_of(call, page)
    link_next(request, response, found.next)
    return found


@router.get(
    "/template.{kind}",
    summary="Fetch a blank table",
    response_class=Response,
    responses=problems(401, 403, 422, 503) | file_answer(CSV, XLSX),
    openapi_extra=_TO_ISSUE,
)
def get_batch_template(
    kind: Kind,
    call: InterfaceCall,
    type_code: Annotated[
        str | None, Query(alias="type", max_length=60, examples=["social-insurance"])
    ] = None,
) -> Response:
    """Make a table to fill in, of one certificate type or of all that the unit may ask for."""
    content = make_template(call, kind, type_code)
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="batch-template.{kind}"'},
    )


@router.get(
    "/{batch}",
    summary="Describe a batch",
    responses=problems(401, 403, 404, 503),
    openapi_extra=_TO_ISSUE,
)
def get_one_batch(
    batch: BatchId,
    call: InterfaceCall,
) -> BatchDescription:
    """Describe a batch and how far it has come."""
    with call.reading() as session:
        return describe(session, get_batch(session, batch, actor=call.actor), call.language)


@router.get(
    "/{batch}/errors",
    summary="List a file's errors",
    responses=problems(401, 403, 404, 503),
    openapi_extra=_TO_ISSUE,
)
def list_batch_errors(
    batch: BatchId,
    call: InterfaceCall,
) -> BatchProblems:
    """List what is wrong with a batch's file, by row and column."""
    with call.reading() as session:
        found = get_batch(session, batch, actor=call.actor)
        items = describe_problems(session, found, call.language)
    return BatchProblems(problems=items, errors=found.problem_count)


@router.get(
    "/{batch}/result.{kind}",
    summary="Fetch one line for each row",
    response_class=Response,
    responses=problems(401, 403, 404, 422, 503) | file_answer(CSV, XLSX),
    openapi_extra=_TO_READ,
)
def get_batch_result(
    batch: BatchId,
    kind: Kind,
    call: InterfaceCall,
) -> StreamingResponse:
    """Fetch what came of each row, at any time."""
    return send_result(call, batch, kind)


@router.get(
    "/{batch}/rows",
    summary="List what came of each row",
    responses=problems(401, 403, 404, 422, 503) | with_headers(200, "Link"),
    openapi_extra=_TO_READ,
)
def list_batch_rows(
    batch: BatchId,
    call: InterfaceCall,
    page: PageWanted,
    request: Request,
    response: Response,
    state: Annotated[
        list[RowState],
        Query(
            max_length=len(RowState),
            description="Rows in these states alone, may be repeated",
            examples=[["refused"]],
        ),
    ] = [],  # noqa: B006  never changed
) -> BatchRows:
    """List what came of each row, at any time, with codes; page by page."""
    found = rows_of(call, batch, page=page, states=state)
    link_next(request, response, found.next)
    return BatchRows(items=[described_row(line) for line in found.items], next=found.next)


@router.get(
    "/{batch}/certificates.zip",
    summary="Fetch the sealed PDFs",
    response_class=Response,
    responses=problems(401, 403, 404, 409, 500, 503) | file_answer(ZIP),
    openapi_extra=_TO_READ,
)
def get_batch_zip(
    batch: BatchId,
    call: InterfaceCall,
) -> StreamingResponse:
    """Fetch the sealed PDFs with a manifest, once the batch is no longer at work."""
    return send_result(call, batch, "zip")


@router.post(
    "/{batch}/confirm",
    summary="Confirm a batch",
    responses=problems(401, 403, 404, 409, 503),
    openapi_extra=_TO_ISSUE,
)
def confirm_one_batch(
    batch: BatchId,
    call: InterfaceCall,
) -> BatchDescription:
    """Begin a batch in state `checked`: its rows without errors are issued in the background."""
    with call.transaction() as session:
        found = confirm_batch(session, batch, actor=call.actor, now=call.now)
        return describe(session, found, call.language)


@router.post(
    "/{batch}/cancel",
    summary="Cancel a batch",
    responses=problems(401, 403, 404, 409, 503),
    openapi_extra=_TO_ISSUE,
)
def cancel_one_batch(
    batch: BatchId,
    call: InterfaceCall,
) -> BatchDescription:
    """Issue no further row; what was issued stays."""
    with call.transaction() as session:
        found = cancel_batch(session, batch, actor=call.actor, now=call.now)
        return describe(session, found, call.language)


@router.post(
    "/{batch}/resume",
    summary="Resume a batch",
    responses=problems(401, 403, 404, 409, 503),
    openapi_extra=_TO_ISSUE,
)
def resume_one_batch(
    batch: BatchId,
    call: InterfaceCall,
) -> BatchDescription:
    """Go on with a batch that stopped; no row is issued twice."""
    with call.transaction() as session:
        found = resume_batch(session, batch, actor=call.actor, now=call.now)
        return describe(session, found, call.language)
