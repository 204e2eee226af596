"""Event feed (变动订阅) of the objects that an actor may see, in the order of commits.

- Positions have no gaps and follow commits, so whoever asks for what comes after the last one has
  missed nothing; each event is told once, with the id that a webhook bears.
- Only what concerns copies, records and batches that the actor may see is told; of a reason its
  class, never its words; nothing about a person.
- A request looks at a bounded number of events, however few of them concern the actor.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import Session

from certsvc.certificates.batches.events import (
    BatchAccepted,
    BatchCancelled,
    BatchConfirmed,
    BatchFinished,
    BatchRejected,
    BatchResumed,
    BatchSummedUp,
)
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.extraction.events import CopyWithdrawn
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.service import extracted_by
from certsvc.certificates.issuance.events import CertificateIssued
from certsvc.certificates.records.events import (
    RecordCancelled,
    RecordResumed,
    RecordRevoked,
    RecordSuperseded,
    RecordSuspended,
)
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.events.event import Event
from certsvc.foundation.events.records import EventHead, EventRecord
from certsvc.people.rights.rules import Actor, Permission, Role, may, require

_COPY_EVENTS: tuple[type[Event], ...] = (CertificateIssued, CopyWithdrawn)
_RECORD_EVENTS: tuple[type[Event], ...] = (
    RecordSuspended,
    RecordResumed,
    RecordRevoked,
    RecordCancelled,
    RecordSuperseded,
)
_BATCH_EVENTS: tuple[type[Event], ...] = (
    BatchAccepted,
    BatchSummedUp,
    BatchConfirmed,
    BatchRejected,
    BatchCancelled,
    BatchResumed,
    BatchFinished,
)
FEED_KINDS = tuple(sorted(each.kind for each in (*_COPY_EVENTS, *_RECORD_EVENTS, *_BATCH_EVENTS)))
"""Kinds of events that the feed tells of."""
LOOKED_AT = 5_000
"""Events that one request looks at, whomever they concern."""


class FeedKindUnknownError(InvalidInputError):
    """The feed tells of no such kind of event. Params: `kind`, `known`."""

    code = "feed.kind-unknown"


@dataclass(frozen=True, kw_only=True)
class FeedEvent:
    """An event as an actor is told of it."""

    id: int
    """The stable id."""
    position: int
    """Its place in the order of commits."""
    at: datetime
    """When it happened."""
    kind: str
    """What happened."""
    identifier: str | None
    """证照标识 of the record that it happened to."""
    copies: tuple[str, ...]
    """Numbers of the copies that it concerns and the actor may see."""
    batch: str | None
    """Number of the batch that it happened to."""
    reason_code: str | None
    """Reason code."""
    effective_at: datetime | None
    """Since when a change of a record counts."""


@dataclass(frozen=True, kw_only=True)
class FeedPage:
    """A part of the feed."""

    events: Sequence[FeedEvent]
    """The events, the earliest first."""
    position: int
    """Up to where was looked; the next request goes on after it."""
    has_more: bool
    """Whether events are known that come after it."""


def read_feed(
    session: Session,
    *,
    after: int,
    limit: int,
    kinds: Collection[str],
    actor: Actor,
    looked_at: int = LOOKED_AT,
) -> FeedPage:
    """Return the events that follow a position and that the actor may know of.

    Args:
        session: Reads the register.
        after: Position after which to begin; 0 for the beginning.
        limit: Events at most.
        kinds: Kinds that are wanted; all if there are none.
        actor: Who asks.
        looked_at: Events to look at, at most.

    Raises:
        PermissionDeniedError: the actor may not read a unit's certificates.
        FeedKindUnknownError: a kind is none that is told of.
    """
    require(actor, Permission.READ_UNIT_CERTIFICATES)
    for kind in kinds:
        if kind not in FEED_KINDS:
            raise FeedKindUnknownError(kind=kind[:60], known=", ".join(FEED_KINDS))
    # The head is read first: all up to it are committed.
    head = session.scalars(select(EventHead.position)).one()
    end = min(head, after + looked_at)
    found = session.scalars(
        select(EventRecord)
        .where(
            EventRecord.position > after,
            EventRecord.position <= end,
            EventRecord.kind.in_(kinds) if kinds else true(),
            _visible_to(actor),
        )
        .order_by(EventRecord.position)
        .limit(limit + 1)
    ).all()
    kept, is_cut = found[:limit], len(found) > limit
    position = (kept[-1].position or 0) if is_cut else max(end, after)
    copies = _copies_by_identifier(session, kept, actor)
    return FeedPage(
        events=[_told(each, copies) for each in kept],
        position=position,
        has_more=is_cut or position < head,
    )


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    seen = and_(extracted_by(actor), Extraction.object_sha256.is_not(None))
    copy = exists().where(Extraction.copy_number == EventRecord.subject, seen)
    record = exists().where(
        CertificateRecord.identifier == EventRecord.subject,
        Extraction.record_id == CertificateRecord.id,
        seen,
    )
    told = [
        and_(EventRecord.kind.in_(_kinds(_COPY_EVENTS)), copy),
        and_(EventRecord.kind.in_(_kinds(_RECORD_EVENTS)), record),
    ]
    if may(actor, Permission.ISSUE):
        own = Batch.created_by == actor.id if Role.SYSTEM in actor.roles else true()
        batch = exists().where(
            Batch.id == EventRecord.subject, Batch.unit_code == (actor.unit_code or ""), own
        )
        told.append(and_(EventRecord.kind.in_(_kinds(_BATCH_EVENTS)), batch))
    return or_(*told)


def _kinds(events: Sequence[type[Event]]) -> list[str]:
    return [each.kind for each in events]


def _copies_by_identifier(
    session: Session, events: Sequence[EventRecord], actor: Actor
) -> dict[str, list[str]]:
    """Return the actor's copies of the records that events happened to."""
    names = {each.subject for each in events if each.kind in _kinds(_RECORD_EVENTS)}
    rows = session.execute(
        select(CertificateRecord.identifier, Extraction.copy_number)
        .join_from(CertificateRecord, Extraction, Extraction.record_id == CertificateRecord.id)
        .where(
            CertificateRecord.identifier.in_(names),
            Extraction.object_sha256.is_not(None),
            extracted_by(actor),
        )
        .order_by(Extraction.extracted_at)
    )
    found: dict[str, list[str]] = {}
    for identifier, number in rows:
        found.setdefault(identifier, []).append(number)
    return found


def _told(event: EventRecord, copies: dict[str, list[str]]) -> FeedEvent:
    is_record, is_copy = (event.kind in _kinds(kinds) for kinds in (_RECORD_EVENTS, _COPY_EVENTS))
    since = event.details.get("effective_at")
    return FeedEvent(
        id=event.id,
        position=event.position or 0,
        at=event.at,
        kind=event.kind,
        identifier=event.subject if is_record else event.details.get("identifier"),
        copies=(event.subject,) if is_copy else tuple(copies.get(event.subject, ())),
        batch=None if is_record or is_copy else event.subject,
        reason_code=event.details.get("reason_code"),
        effective_at=datetime.fromisoformat(since) if since else None,
    )
