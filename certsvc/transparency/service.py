"""Writing to the log and proving that nothing in it was changed.

- Each entry's digest covers its content and the digest before it (RFC 8785 canonical JSON).
- Entries are only ever added; triggers of the database refuse updates and deletions.
- No entry holds a name, a holder's code or a field of a certificate.
"""

import hashlib
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.errors import DefectError
from certsvc.transparency.records import LogEntry, LogHead

_BEGINNING = "0" * 64


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

    Raises:
        LogBrokenError: an entry was changed, removed or inserted.
    """
    previous, sequence = _BEGINNING, 0
    for entry in session.scalars(select(LogEntry).order_by(LogEntry.sequence)).yield_per(1000):
        sequence += 1
        linked = entry.sequence == sequence and entry.previous_sha256 == previous
        if not linked or _entry_digest(entry) != entry.entry_sha256:
            raise LogBrokenError(sequence=sequence)
        previous = entry.entry_sha256
    head = session.get_one(LogHead, 1)
    if (head.sequence, head.entry_sha256) != (sequence, previous):
        raise LogBrokenError(sequence=sequence)
    return sequence


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
