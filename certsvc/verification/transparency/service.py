"""Writing to the log and proving that nothing in it was changed.

- Each entry's digest covers its content and the digest before it (RFC 8785 canonical JSON).
- Entries are only ever added; triggers of the database refuse updates and deletions.
- No entry holds a name, a holder's code or a field of a certificate.
"""

import hashlib
from contextlib import closing
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certsvc.foundation.errors import DefectError
from certsvc.verification.transparency.records import LogEntry, LogHead

_BEGINNING = "0" * 64
_AT_A_TIME = 1000
"""Entries in memory at once when the log is checked."""


class LogBrokenError(DefectError):
    """An entry does not follow from the one before it: the log was tampered with."""

    code = "transparency.log-broken"


def append_entry(
    session: Session,
    *,
    kind: str,
    actor: str,
    subject: str,
    details: dict[str, Any],
    now: datetime,
) -> LogEntry:
    """Add an entry; the next writer waits until this transaction ends."""
    head = session.get_one(LogHead, 1, with_for_update=True, populate_existing=True)
    entry = LogEntry(
        sequence=head.sequence + 1,
        at=now,
        kind=kind,
        actor=actor,
        subject=subject,
        details=details,
        previous_sha256=head.entry_sha256,
    )
    entry.entry_sha256 = _entry_digest(entry)
    session.add(entry)
    head.sequence, head.entry_sha256 = entry.sequence, entry.entry_sha256
    session.flush()
    return entry


def check_log(session: Session) -> int:
    """Recompute the whole chain and return the number of entries.

    Entries that are written meanwhile are not looked at: the head is read first, and the chain
    followed up to it. Call it in `Database.reading()`, so that no writer waits for it.

    Raises:
        LogBrokenError: an entry was changed, removed or inserted, or the head was.
    """
    head = _head_with_last_entry(session)
    entries = (
        select(LogEntry)
        .where(LogEntry.sequence <= head.sequence)
        .order_by(LogEntry.sequence)
        .execution_options(yield_per=_AT_A_TIME, populate_existing=True)
    )
    previous, sequence = _BEGINNING, 0
    try:
        with closing(session.scalars(entries)) as found:
            for entry in found:
                linked = entry.sequence == sequence + 1 and entry.previous_sha256 == previous
                if not linked or _entry_digest(entry) != entry.entry_sha256:
                    raise LogBrokenError(sequence=sequence + 1)
                previous, sequence = entry.entry_sha256, entry.sequence
    except (ValueError, TypeError) as error:
        # A column no longer holds what its type can be: an instant, JSON.
        raise LogBrokenError(sequence=sequence + 1) from error
    if (sequence, previous) != (head.sequence, head.entry_sha256):
        raise LogBrokenError(sequence=sequence + 1)
    return sequence


def _head_with_last_entry(session: Session) -> LogHead:
    # One statement sees one state of both tables, on every engine and isolation level.
    last = select(func.coalesce(func.max(LogEntry.sequence), 0)).scalar_subquery()
    found = session.execute(
        select(LogHead, last).where(LogHead.id == 1), execution_options={"populate_existing": True}
    ).one_or_none()
    head: LogHead | None = found[0] if found else None
    if head is None or found is None or head.sequence != found[1]:
        raise LogBrokenError(sequence=head.sequence if head else 0)
    return head


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
