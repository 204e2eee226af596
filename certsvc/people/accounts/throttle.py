"""Throttling password guessing without locking out the owner.

- A browser that the person has logged in from before is counted by itself: nobody else can use its
  attempts up. It is what keeps a stranger from locking somebody out.
- Any other attempt is counted twice: for name and address together, so that one address soon ends;
  and for the name alone, from however many addresses, which takes longer.
- A name that does not exist is counted like one that does.
- What was tried in vain is told to whoever logs in next, with as much of the addresses as tells
  them whether it was they themselves.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from certsvc.foundation.errors import UnauthenticatedError
from certsvc.foundation.log_in_secret import LogInSecret
from certsvc.people.accounts.known_devices import find_device
from certsvc.people.accounts.origins import Origin, counted_address, masked_address
from certsvc.people.accounts.records import FailedLogIns, LogInFailures

FAILURES_BEFORE_LOCK = 5
"""In a row, from one device or one address."""
FAILURES_OF_NAME = 20
"""In a row for one name, from devices that are not known, wherever they are."""
LOCK_DURATION = timedelta(minutes=15)
FAILURES_REMEMBERED = timedelta(days=1)
"""After this long without another failure a name's failures are forgotten."""
TOLD_FOR = timedelta(days=90)
"""How long it is remembered for its owner that a name was tried in vain."""
_MOST_SOURCES = 3
_THIS_MACHINE = "this machine"


class LogInLockedError(UnauthenticatedError):
    """Too many wrong passwords in a row; wait, or use a browser that is known.

    Params: `minutes`, `retry_after_s`.
    """

    code = "organisations.log-in-locked"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A counter of failures."""

    subject_hmac: str
    """Digest that identifies it."""
    most: int
    """Failures in a row before it is locked."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """An attempt to log in, as it is counted."""

    subject_hmac: str
    """Digest of the name."""
    device: str | None
    """Number of the device, if it is known."""
    counted: tuple[Counted, ...]
    """What it is counted for, always in this order."""
    source: str
    """Where it comes from, as it is shown."""


@dataclass(frozen=True, kw_only=True)
class TriedInVain:
    """Summary of failed attempts since the last log-in, for the owner of the name."""

    count: int
    """Wrong passwords."""
    sources: tuple[str, ...]
    """Parts of the addresses they came from, the first few."""
    last_at: datetime
    """The last of them."""


def attempt_of(secret: LogInSecret, name: str, origin: Origin, *, now: datetime) -> Attempt:
    """Return the counters of an attempt with a normalised name."""
    subject = secret.digest_of(name)
    known = find_device(secret, name, origin.devices, now=now)
    device = _THIS_MACHINE if origin.is_this_machine else known
    if device is not None:
        own = secret.digest_of_parts("device", name, device)
        counted: tuple[Counted, ...] = (Counted(subject_hmac=own, most=FAILURES_BEFORE_LOCK),)
    else:
        source = secret.digest_of_parts("source", name, counted_address(origin.address))
        counted = (
            Counted(subject_hmac=source, most=FAILURES_BEFORE_LOCK),
            Counted(subject_hmac=subject, most=FAILURES_OF_NAME),
        )
    return Attempt(
        subject_hmac=subject,
        device=known,
        counted=counted,
        source=masked_address(origin.address),
    )


def require_unlocked(session: Session, attempt: Attempt, now: datetime) -> None:
    """Check that an attempt is not locked out.

    Raises:
        LogInLockedError: there were too many failures before it.
    """
    for each in attempt.counted:
        _require_unlocked(session.get(LogInFailures, each.subject_hmac), now)


def forget_failures(session: Session, attempt: Attempt, now: datetime) -> None:
    """Begin to count anew, since the password was right.

    Raises:
        LogInLockedError: there were too many failures meanwhile.
    """
    for each in attempt.counted:
        failures = session.get(LogInFailures, each.subject_hmac, with_for_update=True)
        _require_unlocked(failures, now)
        if failures:
            session.delete(failures)
            session.flush()


def count_failure(session: Session, attempt: Attempt, *, exists: bool, now: datetime) -> None:
    """Count a wrong password, and lock what had too many.

    Raises:
        LogInLockedError: there were too many failures meanwhile; this one is not judged.
    """
    for each in attempt.counted:
        _add_one(session, each.subject_hmac, now)
    for each in attempt.counted:
        failures = session.get_one(LogInFailures, each.subject_hmac, populate_existing=True)
        _require_unlocked(failures, now)
        if failures.count >= each.most:
            failures.count = 0
            failures.locked_until_at = now + LOCK_DURATION
    # Kept, briefly, for unknown names as well: otherwise timing would reveal which names exist.
    _keep_for_owner(session, attempt, now, TOLD_FOR if exists else FAILURES_REMEMBERED)


def take_tried_in_vain(session: Session, subject_hmac: str) -> TriedInVain | None:
    """Return what the owner of a name is to be told, once; None if there is nothing."""
    kept = session.get(FailedLogIns, subject_hmac, with_for_update=True)
    if kept is None:
        return None
    session.delete(kept)
    session.flush()
    return TriedInVain(count=kept.count, sources=tuple(kept.sources), last_at=kept.last_at)


def forget_old_failures(session: Session, now: datetime) -> None:
    """Delete expired rows, except those that another log-in has locked."""
    stale = LogInFailures.failed_at <= now - FAILURES_REMEMBERED
    ended: tuple[tuple[type[LogInFailures | FailedLogIns], ColumnElement[bool]], ...] = (
        (LogInFailures, stale),
        (FailedLogIns, FailedLogIns.ends_at <= now),
    )
    for table, condition in ended:
        rows = select(table.subject_hmac).where(condition).with_for_update(skip_locked=True)
        session.execute(
            delete(table)
            .where(table.subject_hmac.in_(rows))
            .execution_options(synchronize_session=False)
        )


def locked_for(session: Session, counted: Counted, now: datetime) -> timedelta | None:
    """Return how long failures are still refused unjudged; None if they are not."""
    return _left(session.get(LogInFailures, counted.subject_hmac), now)


def count_towards_lock(session: Session, counted: Counted, now: datetime) -> None:
    """Count a failure of something that is no person's name, and lock it after too many."""
    _add_one(session, counted.subject_hmac, now)
    failures = session.get_one(LogInFailures, counted.subject_hmac, populate_existing=True)
    if failures.count >= counted.most:
        failures.count, failures.locked_until_at = 0, now + LOCK_DURATION


def _left(failures: LogInFailures | None, now: datetime) -> timedelta | None:
    if failures and failures.locked_until_at and failures.locked_until_at > now:
        return failures.locked_until_at - now
    return None


def _require_unlocked(failures: LogInFailures | None, now: datetime) -> None:
    if (left := _left(failures, now)) is not None:
        raise LogInLockedError(
            minutes=int(LOCK_DURATION.total_seconds() // 60),
            retry_after_s=math.ceil(left.total_seconds()),
        )


def _add_one(session: Session, subject_hmac: str, now: datetime) -> None:
    # One statement counts, so parallel attempts follow one another and none is lost.
    new = _insert(session, LogInFailures)
    session.execute(
        new.values(subject_hmac=subject_hmac, count=1, failed_at=now).on_conflict_do_update(
            index_elements=[LogInFailures.subject_hmac],
            set_={"count": LogInFailures.count + 1, "failed_at": now},
        )
    )


def _keep_for_owner(session: Session, attempt: Attempt, now: datetime, lasts: timedelta) -> None:
    values = {"count": 1, "sources": [], "last_at": now, "ends_at": now + lasts}
    more = {"count": FailedLogIns.count + 1, "last_at": now, "ends_at": now + lasts}
    new = _insert(session, FailedLogIns)
    session.execute(
        new.values(subject_hmac=attempt.subject_hmac, **values).on_conflict_do_update(
            index_elements=[FailedLogIns.subject_hmac], set_=more
        )
    )
    # The row is held from here on, so nobody adds a source at the same time.
    kept = session.get_one(FailedLogIns, attempt.subject_hmac, populate_existing=True)
    if attempt.source not in kept.sources and len(kept.sources) < _MOST_SOURCES:
        kept.sources = [*kept.sources, attempt.source]


def _insert(
    session: Session, table: type[LogInFailures | FailedLogIns]
) -> postgresql.Insert | sqlite.Insert:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)
