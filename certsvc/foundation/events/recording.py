"""Recording events, and giving them positions in the order of commits.

- `record` writes an event in the transaction of what it tells of, and locks nothing: whoever
  records waits for nobody else who does.
- Positions are given afterwards, by one process at a time, to the events that are visible then. A
  transaction that commits late has its events follow those that were visible before it, and none is
  skipped; what was caused by an event that was committed follows that event.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certsvc.foundation.db.base import Json
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.event import Event
from certsvc.foundation.events.records import EventHead, EventRecord

RECORDED = "certsvc.events-recorded"
"""In `Session.info` of a transaction that recorded an event."""
_AT_A_TIME = 1000


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """An event as subscribers get it."""

    id: int
    """The stable id by which whoever gets it twice can tell."""
    position: int
    """Its place in the order of commits, from 1 on, without gaps."""
    at: datetime
    kind: str
    actor: str
    subject: str
    details: Json


def record(session: Session, event: Event, *, actor: str, now: datetime) -> EventRecord:
    """Record an event in the caller's transaction.

    Args:
        session: The transaction of what the event tells of.
        event: What happened.
        actor: Who did it: the id of an account, a system or a machine's user.
        now: When.
    """
    kept = EventRecord(
        at=now, kind=event.kind, actor=actor, subject=event.subject, details=event.details
    )
    session.add(kept)
    session.flush()
    session.info[RECORDED] = True
    return kept


def give_positions(database: Database) -> int:
    """Give positions to all events that are visible and have none; return the last one given.

    Another process that does so is waited for.

    Raises:
        DatabaseUnavailableError: the database cannot be reached.
    """
    while True:
        with database.transaction() as session:
            last, more = _give_some(session)
        if not more:
            return last


def _give_some(session: Session) -> tuple[int, bool]:
    head = session.get_one(EventHead, 1, with_for_update=True)
    # A statement of its own, after the lock: it sees what was committed before the lock was given.
    waiting = session.scalars(
        select(EventRecord.id)
        .where(EventRecord.position.is_(None))
        .order_by(EventRecord.id)
        .limit(_AT_A_TIME)
    ).all()
    if waiting:
        given = [
            {"id": each, "position": head.position + number}
            for number, each in enumerate(waiting, 1)
        ]
        session.execute(update(EventRecord), given)
        head.position += len(waiting)
    return head.position, len(waiting) == _AT_A_TIME


def events_after(session: Session, position: int, most: int) -> list[RecordedEvent]:
    """Return the events that follow a position, in their order, at most so many."""
    found = session.scalars(
        select(EventRecord)
        .where(EventRecord.position > position)
        .order_by(EventRecord.position)
        .limit(most)
    )
    return [as_recorded(each) for each in found]


def as_recorded(kept: EventRecord) -> RecordedEvent:
    """Return a stored event as subscribers get it; it has a position."""
    return RecordedEvent(
        id=kept.id,
        position=kept.position or 0,
        at=kept.at,
        kind=kept.kind,
        actor=kept.actor,
        subject=kept.subject,
        details=kept.details,
    )
