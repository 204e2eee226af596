"""The log follows the events, and proves that nothing in it or in them was changed.

- The log is a subscriber: it takes events in the order of their positions, so that an entry's
  number is the position of its event, and whoever records an event never waits for the log.
- Each entry's digest covers its content and the digest before it (RFC 8785 canonical JSON).
- Entries and events are only ever added; triggers of the database refuse updates and deletions.
- No entry holds a name, a holder's code or a field of a certificate.
"""

import hashlib
from contextlib import closing
from typing import Any

import rfc8785
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import DefectError
from certsvc.foundation.events.delivery import Deliverer, EventMissingError
from certsvc.foundation.events.recording import RecordedEvent
from certsvc.foundation.events.records import EventHead, EventRecord
from certsvc.verification.transparency.records import LogEntry, LogHead

NAME = "transparency"
"""Name of this subscriber."""
_BEGINNING = "0" * 64
_AT_A_TIME = 1000
"""Entries in memory at once when the log is checked."""


class LogBrokenError(DefectError):
    """An entry does not follow from the one before it, or from its event: somebody tampered."""

    code = "transparency.log-broken"


class TransparencyLog:
    """日志, as a subscriber."""

    name = NAME

    def take(self, session: Session, event: RecordedEvent) -> None:
        """Append the entry of the next event.

        Raises:
            LogBrokenError: it is not the next one: an event is missing, or an entry.
        """
        head = session.get_one(LogHead, 1, with_for_update=True)
        if event.position != head.sequence + 1:
            raise LogBrokenError(sequence=head.sequence + 1)
        entry = LogEntry(
            sequence=event.position,
            at=event.at,
            kind=event.kind,
            actor=event.actor,
            subject=event.subject,
            details=event.details,
            previous_sha256=head.entry_sha256,
        )
        entry.entry_sha256 = _entry_digest(entry)
        session.add(entry)
        head.sequence, head.entry_sha256 = entry.sequence, entry.entry_sha256


def check_log(database: Database, deliverer: Deliverer) -> int:
    """Bring the log up to what is recorded, then check all of it; return the number of entries.

    Raises:
        LogBrokenError: an entry or an event was changed, removed or inserted, or a head was.
        DatabaseUnavailableError: the database cannot be reached.
    """
    try:
        deliverer.catch_up(NAME)
    except EventMissingError as error:
        raise LogBrokenError(sequence=error.params["position"]) from error
    with database.reading() as session:
        return check_entries(session)


def check_entries(session: Session) -> int:
    """Recompute the chain, hold it against the events, and return the number of entries.

    1. Positions of events have no gap up to the last that was given, in the log or not.
    2. Entries have no gap up to the head of the log.
    3. Each entry follows from the one before it.
    4. Each entry says what its event says.

    What is written meanwhile is not looked at: the heads are read first, and the chain followed up
    to there. Call it in `Database.reading()`, so that no writer waits for it.

    Raises:
        LogBrokenError: one of these does not hold.
    """
    head = _head_of_whole_tables(session)
    previous, sequence = _BEGINNING, 0
    try:
        with closing(session.execute(_entries_with_events(head))) as found:
            for entry, event in found:
                linked = entry.sequence == sequence + 1 and entry.previous_sha256 == previous
                whole = linked and _entry_digest(entry) == entry.entry_sha256
                if not whole or _content(entry) != _content(event):
                    raise LogBrokenError(sequence=sequence + 1)
                previous, sequence = entry.entry_sha256, entry.sequence
    except (ValueError, TypeError) as error:
        # A column no longer holds what its type can be: an instant, JSON.
        raise LogBrokenError(sequence=sequence + 1) from error
    if (sequence, previous) != (head.sequence, head.entry_sha256):
        raise LogBrokenError(sequence=sequence + 1)
    return sequence


def _entries_with_events(head: LogHead) -> Select[LogEntry, EventRecord]:
    return (
        select(LogEntry, EventRecord)
        .join(EventRecord, EventRecord.position == LogEntry.sequence, isouter=True)
        .where(LogEntry.sequence <= head.sequence)
        .order_by(LogEntry.sequence)
        .execution_options(yield_per=_AT_A_TIME, populate_existing=True)
    )


def _head_of_whole_tables(session: Session) -> LogHead:
    # One statement sees one state of all tables, on every engine and isolation level.
    found = session.execute(
        select(
            LogHead,
            _scalar(func.max(LogEntry.sequence)),
            select(EventHead.position).where(EventHead.id == 1).scalar_subquery(),
            _scalar(func.max(EventRecord.position)),
            _scalar(func.count(EventRecord.position)),
        ).where(LogHead.id == 1),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if found is None:
        raise LogBrokenError(sequence=0)
    head: LogHead = found[0]
    if head.sequence != found[1]:
        raise LogBrokenError(sequence=head.sequence)
    _require_all_positions(session, head, *found[2:])
    return head


def _require_all_positions(
    session: Session, head: LogHead, given: int | None, last: int, count: int
) -> None:
    if not given == last == count or last < head.sequence:
        raise LogBrokenError(sequence=_first_gap(session))


def _first_gap(session: Session) -> int:
    after = EventRecord.position + 1
    later = select(EventRecord.position).where(EventRecord.position > 0).scalar_subquery()
    first = select(func.min(after)).where(after.not_in(later))
    begins = session.scalar(select(func.min(EventRecord.position))) == 1
    return (session.scalar(first) or 1) if begins else 1


def _scalar(value: Any) -> Any:  # noqa: ANN401  an aggregate of one column
    return select(func.coalesce(value, 0)).scalar_subquery()


def _content(kept: LogEntry | EventRecord | None) -> tuple[object, ...]:
    # An entry whose event is gone comes with None.
    return (kept.at, kept.kind, kept.actor, kept.subject, kept.details) if kept else ()


def _entry_digest(entry: LogEntry) -> str:
    content: dict[str, Any] = {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "actor": entry.actor,
        "subject": entry.subject,
        "details": entry.details,
        "previous": entry.previous_sha256,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
