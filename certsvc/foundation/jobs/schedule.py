"""Scheduling, moving and cancelling jobs, inside the caller's transaction.

- A job has a stable key, its kind and subject: scheduling it again moves it, however it stands.
- What is moved or cancelled while a worker has it in hand does not fire at the old time: either
  the worker's transaction ends first, or it finds its claim gone and takes everything back.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from certsvc.foundation.jobs.records import Job
from certsvc.foundation.jobs.rules import Lane


def schedule_timer(
    session: Session, kind: str, subject: str, *, at: datetime, **details: str | int
) -> None:
    """Have a timer fire at an instant, or as soon as may be if it is past; move it if it is there.

    Args:
        session: The transaction that the timer depends on.
        kind: Name of a registered `Timer`.
        subject: What it is about; never personal data.
        at: When.
        details: What its handler needs besides; never personal data.
    """
    schedule_all(session, [_row(Lane.TIMER, kind, subject, at, details)])


def schedule_work(
    session: Session,
    kind: str,
    subjects: dict[str, dict[str, Any]],
    *,
    now: datetime,
    lane: Lane = Lane.WORK,
) -> None:
    """Have pieces of durable work done, beginning now; one that is there is begun anew.

    Args:
        session: The transaction that the work depends on.
        kind: Name of a registered `Work`.
        subjects: Details by subject, the most urgent first.
        now: The present instant.
        lane: That of the kind.
    """
    rows = [
        _row(lane, kind, subject, now, details) | {"priority": number}
        for number, (subject, details) in enumerate(subjects.items())
    ]
    schedule_all(session, rows)


def cancel_job(session: Session, kind: str, subject: str) -> bool:
    """Cancel a job; return False if it does not exist, for example because it has fired."""
    gone = session.execute(
        delete(Job).where(Job.kind == kind, Job.subject == subject).returning(Job.id)
    )
    return gone.scalar_one_or_none() is not None


def keep_chores(session: Session, kinds: list[str], *, now: datetime) -> None:
    """Make sure that there is a row for each chore; a new one is due at once."""
    rows = [_row(Lane.CHORE, kind, "", now, {}) for kind in kinds]
    if rows:
        new = _insert(session).values(rows)
        session.execute(new.on_conflict_do_nothing(index_elements=["kind", "subject"]))


def schedule_all(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store jobs, each in the place of one with the same key."""
    if not rows:
        return
    new = _insert(session)
    anew = {name: new.excluded[name] for name in rows[0] if name not in {"kind", "subject"}}
    session.execute(
        new.on_conflict_do_update(index_elements=["kind", "subject"], set_=anew),
        rows,
    )


def _row(
    lane: Lane, kind: str, subject: str, at: datetime, details: dict[str, Any]
) -> dict[str, Any]:
    return {
        "lane": lane.value,
        "kind": kind,
        "subject": subject,
        "details": details,
        "priority": 0,
        "due_at": at,
        "run_at": at,
        "claim": None,
        "attempts": 0,
        "waits": 0,
        "last_error": None,
        "failed_at": None,
    }


def _insert(session: Session) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(Job)
    return sqlite.insert(Job)
