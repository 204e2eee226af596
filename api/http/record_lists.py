"""The records of a type and the uses of a seal, page by page."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.http.list_queries import Before, From
from api.http.seals import SealNumber
from api.shared.described import with_headers
from api.shared.instants import InstantText
from api.shared.names import EnglishName
from api.shared.paging import ListAnswer, NumberWanted, PageWanted, link_next, narrowed_page
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from certsvc.certificates.extraction.record_lists import list_records
from certsvc.certificates.records.rules import RecordState
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.db.lists import begin_of_day
from certsvc.people.rights.rules import Permission, require
from certsvc.sealing.register.views import get_readable_seal
from certsvc.sealing.uses.uses import UseSearch, page_uses

router = APIRouter(prefix="/api/v1")
_RECORD: JsonDict = {
    "identifier": "1.2.156.3005.2.12990101MB0000003C002.12990101MB0000003C."
    "NX34RPNGHPZY6HEDFNMX.001.W",
    "type": "no-criminal-record",
    "type_name": "无犯罪记录证明",
    "type_name_en": "Certificate of No Criminal Record",
    "holder_name": "青*",
    "holder_code": "990***********0023",
    "issued_at": "2026-11-21T10:00:00+08:00",
    "state": "issued",
}
_USE: JsonDict = {
    "number": 4,
    "at": "2026-11-21T10:00:00+08:00",
    "outcome": "sealed",
    "ended_at": "2026-11-21T10:00:01+08:00",
    "operator": "staff:clerk.wang",
    "unit": "11990101MB0000004J",
    "unit_name": "青禾市云岭区行政审批服务局",
    "type": "social-insurance",
    "type_name": "社会保险参保证明",
    "type_name_en": "Certificate of Social Insurance Participation",
    "identifier": _RECORD["identifier"],
    "copy_number": "S5AY5ZDFJEWYQF1V8JSH",
    "authorisation": "5f0c9a4e8b6d4f1f9f3f0c2f7f7b8a11",
}


class ListedRecord(BaseModel):
    """A record, its holder masked."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RECORD]})

    identifier: str
    type: str
    type_name: str
    type_name_en: EnglishName = None
    holder_name: Annotated[str, Field(description="Masked")]
    holder_code: Annotated[str, Field(description="Masked")]
    issued_at: InstantText
    state: Annotated[str, Field(description="How it stands now")]


class ListedRecords(ListAnswer):
    """Records of a type."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_RECORD], "next": None}]})

    items: list[ListedRecord]


class UseOfSeal(BaseModel):
    """A use of a seal, as it stands now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_USE]})

    number: Annotated[int, Field(description="Which use of the seal it was")]
    at: Annotated[InstantText, Field(description="When the intent was recorded")]
    outcome: Annotated[str, Field(description="`sealed`, `abandoned` or `open`")]
    ended_at: InstantText | None = None
    operator: str
    unit: str
    unit_name: str
    type: str
    type_name: str
    type_name_en: EnglishName = None
    identifier: str
    copy_number: str
    authorisation: str


class UsesOfSeal(ListAnswer):
    """Uses of a seal, the last first if nobody says how."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_USE], "next": None}]})

    items: list[UseOfSeal]


@router.get(
    "/records",
    tags=["records"],
    summary="List the records of a type",
    responses=problems(401, 403, 422, 503) | with_headers(200, "Link"),
)
def list_unit_records(  # noqa: PLR0913  the query
    call: InterfaceCall,
    page: PageWanted,
    request: Request,
    response: Response,
    *,
    kind: Annotated[
        str,
        Query(
            alias="type",
            max_length=60,
            pattern=r"^[0-9A-Za-z._\-]+$",
            description="Code of the certificate type; one that the caller's unit vouches for",
            examples=["no-criminal-record"],
        ),
    ],
    sort: Annotated[
        Literal["issued_at", "-issued_at"],
        Query(description="How it is sorted; with `-` the newest first", examples=["-issued_at"]),
    ] = "-issued_at",
    state: Annotated[
        RecordState | None, Query(description="How they stand now", examples=["suspended"])
    ] = None,
    issued_from: From = None,
    issued_before: Before = None,
    q: NumberWanted = None,
) -> ListedRecords:
    """List the records of a type, for handlers of the unit that vouches for it."""
    wanted = narrowed_page(
        page,
        sort=sort,
        words=q,
        state=state,
        issued_from=issued_from,
        issued_before=issued_before,
    )
    with call.reading() as session:
        found = list_records(session, kind, actor=call.actor, now=call.now, page=wanted)
    link_next(request, response, found.next)
    items = [
        ListedRecord(
            identifier=record.identifier,
            type=kind,
            type_name=record.type_name,
            type_name_en=record.type_name_en,
            holder_name=record.holder_name,
            holder_code=record.holder_code,
            issued_at=rfc3339(record.issued_at),
            state=record.state.value if record.state else "none",
        )
        for record in found.items
    ]
    return ListedRecords(items=items, next=found.next)


@router.get(
    "/seals/{seal}/uses",
    tags=["seals"],
    summary="List the uses of a seal",
    responses=problems(401, 403, 404, 422, 503) | with_headers(200, "Link"),
)
def list_seal_uses(  # noqa: PLR0913  the query
    seal: SealNumber,
    call: InterfaceCall,
    page: PageWanted,
    request: Request,
    response: Response,
    *,
    sort: Annotated[
        Literal["at", "-at", "unit", "-unit"],
        Query(description="How it is sorted; with `-` the last first", examples=["-at"]),
    ] = "-at",
    operator: Annotated[
        str | None,
        Query(max_length=80, description="Who asked for it", examples=["staff:clerk.wang"]),
    ] = None,
    unit: Annotated[
        str | None,
        Query(max_length=18, description="Extracting unit", examples=["11990101MB0000004J"]),
    ] = None,
    used_from: From = None,
    used_before: Before = None,
    q: NumberWanted = None,
) -> UsesOfSeal:
    """List the uses of a seal of the caller's unit, as its custodians may."""
    require(call.actor, Permission.READ_SEALS)
    with call.reading() as session:
        known = get_readable_seal(session, seal, actor=call.actor)
        search = UseSearch(
            seal_id=known.id,
            operator=operator,
            unit_code=unit,
            copy_number=q,
            since_at=begin_of_day(used_from) if used_from else None,
            until_at=begin_of_day(used_before) if used_before else None,
        )
        wanted = narrowed_page(page, sort=sort)
        found = page_uses(session, search, page=wanted, actor=call.actor)
    link_next(request, response, found.next)
    items = [
        UseOfSeal(
            number=use.number,
            at=rfc3339(use.at),
            outcome=use.outcome,
            ended_at=rfc3339(use.ended_at) if use.ended_at else None,
            operator=use.operator,
            unit=use.unit_code,
            unit_name=use.unit_name,
            type=use.type_code,
            type_name=use.type_name,
            type_name_en=use.type_name_en,
            identifier=use.identifier,
            copy_number=use.copy_number,
            authorisation=use.authorisation_id,
        )
        for use in found.items
    ]
    return UsesOfSeal(items=items, next=found.next)
