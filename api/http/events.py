"""What happened, for systems that ask: every event after a position, in the order of commits."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.shared.authentication import for_systems
from api.shared.instants import InstantText
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from certsvc.certificates.feed.service import FEED_KINDS, FeedEvent, read_feed
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.db.paging import DEFAULT_LIMIT, MOST_AT_ONCE

router = APIRouter(prefix="/api/v1/events", tags=["events"])
_LARGEST = 2**53 - 1
_EVENT: JsonDict = {
    "id": "evt_4711",
    "position": 4702,
    "at": "2026-11-21T11:00:00+08:00",
    "type": "record.revoked",
    "identifier": "1.2.156.3005.2.12990101MB0000003C002.12990101MB0000003C."
    "NX34RPNGHPZY6HEDFNMX.001.W",
    "copies": ["S5AY5ZDFJEWYQF1V8JSH"],
    "batch": None,
    "reason_code": "facts_wrong",
    "effective_at": "2026-11-21T11:00:00+08:00",
}


class HappenedEvent(BaseModel):
    """Something that happened to a copy, a record or a batch that the caller may see."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EVENT]})

    id: Annotated[str, Field(description="The id that a webhook bears as well; told once here")]
    position: Annotated[int, Field(description="Its place in the order of commits")]
    at: InstantText
    type: Annotated[str, Field(description="What happened; more may come")]
    copies: Annotated[list[str], Field(description="Numbers of the caller's copies it concerns")]
    identifier: Annotated[str | None, Field(description="Of the record that it happened to")] = None
    batch: Annotated[str | None, Field(description="Number of the batch that it happened to")] = (
        None
    )
    reason_code: Annotated[str | None, Field(description="Class of the reason")] = None
    effective_at: Annotated[
        InstantText | None, Field(description="Since when a change of a record counts")
    ] = None


class HappenedEvents(BaseModel):
    """Events after a position, the earliest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_EVENT], "next": 4720, "has_more": False}]}
    )

    items: list[HappenedEvent]
    next: Annotated[
        int, Field(description="For `after` of the next request; keep it, also if nothing came")
    ]
    has_more: Annotated[
        bool, Field(description="Whether to ask again at once; there may be more behind nothing")
    ]


@router.get(
    "",
    summary="List what happened",
    responses=problems(401, 403, 422, 503),
    openapi_extra=for_systems("certificates.read"),
)
def list_events(
    call: InterfaceCall,
    after: Annotated[
        int,
        Query(
            ge=0, le=_LARGEST, description="`next` of the answer before; 0: all", examples=[4702]
        ),
    ] = 0,
    limit: Annotated[
        int, Query(ge=1, le=MOST_AT_ONCE, description="Events at most", examples=[DEFAULT_LIMIT])
    ] = DEFAULT_LIMIT,
    kind: Annotated[
        list[str],
        Query(
            alias="type",
            max_length=len(FEED_KINDS),
            description=f"Kinds that are wanted, may be repeated; all if left out."
            f" Today: {', '.join(FEED_KINDS)}",
            examples=[["record.revoked"]],
        ),
    ] = [],  # noqa: B006  never changed
) -> HappenedEvents:
    """List what happened after a position to copies, records and batches the caller may see.

    Ask every minute or so: nothing is missed between two requests, and nothing told twice.
    """
    with call.reading() as session:
        page = read_feed(session, after=after, limit=limit, kinds=kind, actor=call.actor)
    return HappenedEvents(
        items=[_described(each) for each in page.events],
        next=page.position,
        has_more=page.has_more,
    )


def _described(event: FeedEvent) -> HappenedEvent:
    return HappenedEvent(
        id=f"evt_{event.id}",
        position=event.position,
        at=rfc3339(event.at),
        type=event.kind,
        identifier=event.identifier,
        copies=list(event.copies),
        batch=event.batch,
        reason_code=event.reason_code,
        effective_at=rfc3339(event.effective_at) if event.effective_at else None,
    )
