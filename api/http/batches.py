"""Batches: many certificates from one file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy.orm import Session

from api.batch_results import MEDIA_TYPES, open_result
from api.http.authentication import Caller, for_systems
from api.http.batch_uploads import BATCH_BODY, Upload
from api.http.paging import ListAnswer, PageWanted, link_next
from api.http.parts import ReaderLanguage, ServicesPart
from api.http.problems import problems
from api.http.repetitions import IdempotencyKey
from api.sentences import sentence
from certsvc.bootstrap import Services
from certsvc.catalogue.uses.service import list_permitted_uses
from certsvc.certificates.batches.blanks import blank_csv, blank_xlsx
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import BatchState
from certsvc.certificates.batches.service import (
    Submission,
    cancel_batch,
    get_batch,
    list_batches,
    list_problems,
    progress_of,
    resume_batch,
    submit_batch,
)
from certsvc.foundation.clock import CHINA_TIME, rfc3339
from certsvc.foundation.db.paging import PageRequest
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor, Permission, require

router = APIRouter(prefix="/api/v1/batches", tags=["batches"])
TableKind = Literal["csv", "xlsx"]
_TO_ISSUE = for_systems("certificates.issue")
_TO_READ = for_systems("certificates.issue", "certificates.read")
"""What came of a batch names the unit's copies."""


_BATCH_EXAMPLE: JsonDict = {
    "id": "8K2V5ZDFJEWYQF1V",
    "unit": "11990101MB0000004X",
    "state": "running",
    "errors": 0,
    "progress": {
        "rows": 10000,
        "issued": 4210,
        "refused": 3,
        "cancelled": 0,
        "waiting": 5787,
    },
    "created_at": "2026-11-21T10:00:00+08:00",
}
_PROBLEM_EXAMPLE: JsonDict = {
    "row": 3,
    "column": "holder",
    "code": "codes.holder-invalid.length",
    "sentence": "居民身份证号码是 18 位，您输入的是 17 位。请核对是否少输或多输了。",
    "is_note": False,
}
BatchId = Annotated[str, Path(description="Number of the batch", examples=["8K2V5ZDFJEWYQF1V"])]
Kind = Annotated[TableKind, Path(description="Kind of table", examples=["csv"])]


class BatchProgress(BaseModel):
    """How far a batch has come, counted in rows."""

    rows: int
    issued: int
    refused: int
    cancelled: int
    waiting: int


class BatchReason(BaseModel):
    """Why a batch is paused or stopped."""

    code: str
    sentence: str


class BatchDescription(BaseModel):
    """A batch as it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH_EXAMPLE]})

    id: str
    unit: str
    state: BatchState
    reason: BatchReason | None = None
    errors: Annotated[int, Field(description="Errors in its file; see /errors")]
    progress: BatchProgress
    created_at: str
    ended_at: str | None = None


class BatchList(ListAnswer):
    """Batches, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_BATCH_EXAMPLE], "next": None}]}
    )

    items: list[BatchDescription]


class BatchProblemDescription(BaseModel):
    """What is wrong with a cell, or worth knowing about it."""

    row: Annotated[int, Field(description="Number in the file, the titles being 1")]
    column: Annotated[str, Field(description="Code of the column; empty for the whole row")]
    code: str
    sentence: str
    is_note: Annotated[bool, Field(description="Nothing is wrong, the cell was tidied up")]


class BatchProblems(BaseModel):
    """What is wrong with a file, errors first; so many as a person reads."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"problems": [_PROBLEM_EXAMPLE], "errors": 1}]}
    )

    problems: list[BatchProblemDescription]
    errors: Annotated[int, Field(description="Errors in all, those not listed included")]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Send a batch",
    openapi_extra=BATCH_BODY | _TO_ISSUE,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 500, 503),
)
def send_batch(
    upload: Upload,
    idempotency_key: IdempotencyKey,
    actor: Caller,
    services: ServicesPart,
    language: ReaderLanguage,
    response: Response,
) -> BatchDescription:
    """Check a whole file; without errors it is issued in the background.

    A file with errors makes a batch in state `rejected`, of which nothing is issued.
    """
    submission = Submission(
        content=upload.content,
        unit_code=actor.unit_code or "-",
        idempotency_key=idempotency_key,
        issues_valid_rows=upload.issues_valid_rows,
    )
    batch = submit_batch(
        services.database,
        submission,
        keys=services.hidden_keys,
        actor=actor,
        now=services.clock.now(),
    )
    with services.database.reading() as session:
        described = describe(session, batch, language)
    response.headers["Location"] = f"{router.prefix}/{described.id}"
    return described


@router.get(
    "",
    summary="List batches",
    responses=problems(401, 403, 422, 503),
    openapi_extra=_TO_ISSUE,
)
def get_batches(
    actor: Caller,
    services: ServicesPart,
    language: ReaderLanguage,
    page: PageWanted,
    request: Request,
    response: Response,
) -> BatchList:
    """List the batches of the caller's unit, newest first."""
    found = batches_of(actor, services, language, page)
    link_next(request, response, found.next)
    return found


def batches_of(
    actor: Actor, services: Services, language: Language, page: PageRequest
) -> BatchList:
    """Return a page of the batches that an actor may see."""
    with services.database.reading() as session:
        found = list_batches(session, actor=actor, page=page)
        items = [describe(session, batch, language) for batch in found.items]
    return BatchList(items=items, next=found.next)


@router.get(
    "/template.{kind}",
    summary="Fetch a blank table",
    response_class=Response,
    responses=problems(401, 403, 422, 503),
    openapi_extra=_TO_ISSUE,
)
def get_template(
    kind: Kind,
    actor: Caller,
    services: ServicesPart,
    type_code: Annotated[
        str | None, Query(alias="type", max_length=60, examples=["social-insurance"])
    ] = None,
) -> Response:
    """Make a table to fill in, of one certificate type or of all that the unit may ask for."""
    content = make_template(services, actor, kind, type_code)
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
    batch: BatchId, actor: Caller, services: ServicesPart, language: ReaderLanguage
) -> BatchDescription:
    """Describe a batch and how far it has come."""
    with services.database.reading() as session:
        return describe(session, get_batch(session, batch, actor=actor), language)


@router.get(
    "/{batch}/errors",
    summary="List a file's errors",
    responses=problems(401, 403, 404, 503),
    openapi_extra=_TO_ISSUE,
)
def get_errors(
    batch: BatchId, actor: Caller, services: ServicesPart, language: ReaderLanguage
) -> BatchProblems:
    """List what is wrong with a batch's file, by row and column."""
    with services.database.reading() as session:
        found = get_batch(session, batch, actor=actor)
        items = describe_problems(session, found, language)
    return BatchProblems(problems=items, errors=found.problem_count)


@router.get(
    "/{batch}/result.{kind}",
    summary="Fetch one line for each row",
    response_class=StreamingResponse,
    responses=problems(401, 403, 404, 422, 503),
    openapi_extra=_TO_READ,
)
def get_result(
    batch: BatchId, kind: Kind, actor: Caller, services: ServicesPart, language: ReaderLanguage
) -> StreamingResponse:
    """Fetch what came of each row, at any time."""
    return send_result(services, batch, kind, actor, language)


@router.get(
    "/{batch}/certificates.zip",
    summary="Fetch the sealed PDFs",
    response_class=StreamingResponse,
    responses=problems(401, 403, 404, 409, 500, 503),
    openapi_extra=_TO_READ,
)
def get_zip(
    batch: BatchId, actor: Caller, services: ServicesPart, language: ReaderLanguage
) -> StreamingResponse:
    """Fetch the sealed PDFs with a manifest, once the batch is no longer at work."""
    return send_result(services, batch, "zip", actor, language)


@router.post(
    "/{batch}/cancel",
    summary="Cancel a batch",
    responses=problems(401, 403, 404, 409, 503),
    openapi_extra=_TO_ISSUE,
)
def cancel(
    batch: BatchId, actor: Caller, services: ServicesPart, language: ReaderLanguage
) -> BatchDescription:
    """Issue no further row; what was issued stays."""
    with services.database.transaction() as session:
        found = cancel_batch(session, batch, actor=actor, now=services.clock.now())
        return describe(session, found, language)


@router.post(
    "/{batch}/resume",
    summary="Resume a batch",
    responses=problems(401, 403, 404, 409, 503),
    openapi_extra=_TO_ISSUE,
)
def resume(
    batch: BatchId, actor: Caller, services: ServicesPart, language: ReaderLanguage
) -> BatchDescription:
    """Go on with a batch that stopped; no row is issued twice."""
    with services.database.transaction() as session:
        found = resume_batch(session, batch, actor=actor, now=services.clock.now())
        return describe(session, found, language)


def make_template(services: Services, actor: Actor, kind: str, type_code: str | None) -> bytes:
    """Make a blank table with what the actor's unit may ask for today.

    Raises:
        PermissionDeniedError: the actor may not issue.
    """
    require(actor, Permission.ISSUE)
    today = services.clock.now().astimezone(CHINA_TIME).date()
    with services.database.reading() as session:
        uses = list_permitted_uses(session, unit_code=actor.unit_code or "", on=today)
    return (blank_csv if kind == "csv" else blank_xlsx)(uses, type_code)


def send_result(
    services: Services, batch: str, kind: str, actor: Actor, language: Language
) -> StreamingResponse:
    """Send a batch's results, piece by piece."""
    file = open_result(services, batch, kind, actor=actor, language=language)
    return StreamingResponse(
        file.pieces,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "Cache-Control": "private, no-store",
        },
    )


def describe(session: Session, batch: Batch, language: Language) -> BatchDescription:
    """Describe a batch as it stands."""
    progress = progress_of(session, batch)
    reason = None
    if batch.reason_code is not None:
        text = sentence(batch.reason_code, language, batch.reason_params or {})
        reason = BatchReason(code=batch.reason_code, sentence=text)
    return BatchDescription(
        id=batch.id,
        unit=batch.unit_code,
        state=BatchState(batch.state),
        reason=reason,
        errors=batch.problem_count,
        progress=BatchProgress(
            rows=progress.rows,
            issued=progress.issued,
            refused=progress.refused,
            cancelled=progress.cancelled,
            waiting=0 if batch.state == BatchState.REJECTED else progress.waiting,
        ),
        created_at=rfc3339(batch.created_at),
        ended_at=rfc3339(batch.ended_at) if batch.ended_at else None,
    )


def describe_problems(
    session: Session, batch: Batch, language: Language
) -> list[BatchProblemDescription]:
    """Describe what is wrong with a batch's file."""
    return [
        BatchProblemDescription(
            row=problem.row,
            column=problem.column,
            code=problem.code,
            sentence=sentence(problem.code, language, problem.params),
            is_note=problem.is_note,
        )
        for problem in list_problems(session, batch)
    ]
