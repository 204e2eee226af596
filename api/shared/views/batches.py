"""A batch as it stands, what is wrong with its file, and its tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy.orm import Session

from api.shared.calls import Call
from api.shared.instants import InstantText
from api.shared.paging import ListAnswer
from api.shared.sentences import sentence
from api.shared.views.batch_results import open_result
from certsvc.bootstrap import Services
from certsvc.catalogue.uses.service import PermittedUse, list_permitted_uses
from certsvc.certificates.batches.blanks import blank_csv, blank_xlsx
from certsvc.certificates.batches.mending import failed_rows
from certsvc.certificates.batches.names import read_names
from certsvc.certificates.batches.reading import (
    count_types,
    estimate,
    findings_of,
    list_problems,
    progress_of,
)
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import BatchState, Finding
from certsvc.certificates.batches.service import get_batch, list_batches, record_fetch
from certsvc.foundation.clock import CHINA_TIME, rfc3339
from certsvc.foundation.codes.holder import HolderCodeType
from certsvc.foundation.db.paging import Page, PageRequest
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.people.clients.names import names_of_actors
from certsvc.people.rights.rules import Actor, Permission, require
from certsvc.people.units.service import get_unit

_MINUTE_S = 60
BATCH_EXAMPLE: JsonDict = {
    "id": "8K2V5ZDFJEWYQF1V",
    "unit": "11990101MB0000004J",
    "unit_name": "青禾市云岭区行政审批服务局",
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


PROBLEM_EXAMPLE: JsonDict = {
    "row": 3,
    "column": "holder",
    "code": "codes.holder-invalid.length",
    "sentence": "居民身份证号码是 18 位，您输入的是 17 位。请核对是否少输或多输了。",
    "is_note": False,
}


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


class KindFound(BaseModel):
    """How often something was found in a file."""

    code: str
    text: Annotated[str, Field(description="In the reader's words")]
    count: int
    row: Annotated[int, Field(description="The first row that has it")]
    is_note: Annotated[bool, Field(description="Nothing is wrong")]


class BatchDescription(BaseModel):
    """A batch as it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [BATCH_EXAMPLE]})

    id: str
    unit: Annotated[str, Field(description="Credit code of the extracting unit")]
    unit_name: str
    state: BatchState
    reason: BatchReason | None = None
    errors: Annotated[int, Field(description="Errors in its file; see /errors")]
    progress: BatchProgress
    found: Annotated[
        list[KindFound], Field(description="Errors and notes of its file, summed up by kind")
    ] = []
    file_name: Annotated[str, Field(description="As the sender called it; empty if unknown")] = ""
    sender: Annotated[str, Field(description="Name of the person or system that sent it")] = ""
    created_at: InstantText
    ended_at: InstantText | None = None


class BatchList(ListAnswer):
    """Batches, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [BATCH_EXAMPLE], "next": None}]}
    )

    items: list[BatchDescription]

    def as_page(self) -> Page[BatchDescription]:
        """Return them as a page of a list."""
        return Page(items=self.items, next=self.next)


class BatchProblemDescription(BaseModel):
    """What is wrong with a cell, or worth knowing about it."""

    row: Annotated[int, Field(description="Number in the file, the titles being 1")]
    column: Annotated[str, Field(description="Code of the column; empty for the whole row")]
    code: str
    sentence: str
    is_note: Annotated[bool, Field(description="Nothing is wrong, the cell was tidied up")]


def batches_of(call: Call, page: PageRequest) -> BatchList:
    """Return a page of the batches that an actor may see."""
    with call.reading() as session:
        found = list_batches(session, actor=call.actor, page=page)
        items = [describe(session, batch, call.language) for batch in found.items]
    return BatchList(items=items, next=found.next)


def make_template(call: Call, kind: str, type_code: str | None) -> bytes:
    """Make a blank table with what the actor's unit may ask for today.

    Raises:
        PermissionDeniedError: the actor may not issue.
    """
    require(call.actor, Permission.ISSUE)
    today = call.now.astimezone(CHINA_TIME).date()
    with call.reading() as session:
        uses = list_permitted_uses(session, unit_code=call.actor.unit_code or "", on=today)
    uses = people_first(call.services, uses)
    return (blank_csv if kind == "csv" else blank_xlsx)(uses, type_code)


def people_first(services: Services, uses: Sequence[PermittedUse]) -> list[PermittedUse]:
    """Return uses with those first whose source is asked by an identity number, as the example."""
    asked_by_number = {
        code
        for source in services.sources
        for code, kind in source.description.types.items()
        if HolderCodeType.IDENTITY_NUMBER in kind.holder_kinds
    }
    return sorted(uses, key=lambda use: use.certificate_type.code not in asked_by_number)


@dataclass(frozen=True, kw_only=True)
class BatchSum:
    """What a file comes to, before anything is issued."""

    rows: int
    good: int
    """Rows that would be issued."""
    types: Sequence[tuple[str, int]]
    """Name of each proof, and how many of it."""
    kinds: Sequence[KindFound]
    """What was found, errors first."""
    minutes: int
    """What it will take, rounded up; 0: less than one."""


def sum_up(session: Session, batch: Batch, language: Language) -> BatchSum:
    """Sum up what was found in a batch's file, and what would be issued of it."""
    counted = count_types(session, batch)
    good = sum(count for _, count in counted)
    names = read_names(session, language)
    taken = estimate(session, good).total_seconds()
    return BatchSum(
        rows=batch.row_count,
        good=good,
        types=[(names.of_type(code), count) for code, count in counted],
        kinds=[_kind(each, language) for each in findings_of(batch)],
        minutes=math.ceil(taken / 60) if taken >= _MINUTE_S else 0,
    )


def _kind(found: Finding, language: Language) -> KindFound:
    codes = (f"batches.found.{found.code}", f"batches.found.{found.code.rpartition('.')[0]}")
    code = next((each for each in codes if each in load_catalogue()), found.code)
    text = sentence(code, language)
    return KindFound(
        code=found.code, text=text, count=found.count, row=found.row, is_note=found.is_note
    )


def failed_table(
    services: Services, batch_id: str, *, actor: Actor, language: Language
) -> list[list[str]]:
    """Return the rows that were not issued, to be mended; that they were taken is logged.

    Raises:
        PermissionDeniedError: the actor may not issue, or not read certificates.
        BatchUnknownError: no such batch of the unit.
    """
    with services.database.transaction() as session:
        batch = get_batch(session, batch_id, actor=actor)
        record_fetch(session, batch, what="failed", actor=actor, now=services.clock.now())
        return failed_rows(
            session,
            batch,
            tell=lambda code, params: sentence(code, language, params),
            language=language,
        )


def send_result(
    call: Call,
    batch: str,
    kind: str,
) -> StreamingResponse:
    """Send a batch's results, piece by piece."""
    file = open_result(call.services, batch, kind, actor=call.actor, language=call.language)
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
    names = names_of_actors(session, [batch.created_by])
    reason = None
    if batch.reason_code is not None:
        text = sentence(batch.reason_code, language, batch.reason_params or {})
        reason = BatchReason(code=batch.reason_code, sentence=text)
    return BatchDescription(
        id=batch.id,
        unit=batch.unit_code,
        unit_name=get_unit(session, batch.unit_code).name,
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
        found=[_kind(each, language) for each in findings_of(batch)],
        file_name=batch.file_name,
        sender=names[batch.created_by],
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
