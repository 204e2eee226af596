"""Delivering events to subscribers, each from its own position, in the order of commits.

- A subscriber's effects in the database and its position move in one transaction: exactly once.
- A sender is called with no transaction open, under a lease; its position moves afterwards: at
  least once.
- A subscriber that fails keeps its position: the failure is counted in its row, a listener
  told, and the same event tried again after a growing pause. The others go on.
- Any number of processes may deliver at once: one that finds a row locked passes it by.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database, DatabaseUnavailableError
from certsvc.foundation.db.violations import let_pass
from certsvc.foundation.errors import CertsvcError, DefectError
from certsvc.foundation.events.recording import RecordedEvent, events_after, give_positions
from certsvc.foundation.events.records import EventHead, EventPosition, EventRecord
from certsvc.foundation.events.subscribers import Sender, Subscriber

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=10)
"""How long a subscriber that failed is left alone: doubled with each failure in a row."""
SENDING_LEASE = timedelta(minutes=2)
"""How long one process alone sends an event; sending one takes less, or it may be sent twice."""
_AT_A_TIME = 100
_IN_A_ROUND = 1000
"""Events that one subscriber takes in a round, so that none keeps the others waiting for long."""
_DEFECT = "service.defect"
_AT_ONCE = timedelta(0)
_LOG = logging.getLogger("certsvc.events")

FailureListener = Callable[[str, Exception], None]
"""Is told the subscriber's name and what went wrong."""


class SubscriberUnknownError(LookupError):
    """No subscriber has this name."""


class EventMissingError(DefectError):
    """Events that had their positions are gone. Param `position`: the first that is not found."""

    code = "events.missing"


def log_failure(name: str, error: Exception) -> None:
    """Write a subscriber's failure to the process's log, without the error's message."""
    _LOG.warning("event subscriber %s failed: %s %s", name, type(error).__name__, _code_of(error))


class Deliverer:
    """Delivers to all subscribers of an installation."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        subscribers: Sequence[Subscriber] = (),
        senders: Sequence[Sender] = (),
        on_failure: FailureListener = log_failure,
    ) -> None:
        """Prepare it.

        Args:
            database: Where events and positions are.
            clock: Tells the time.
            subscribers: Keep in the database what follows from events.
            senders: Send it outside.
            on_failure: Is told when a subscriber or sender failed.
        """
        self._database = database
        self._clock = clock
        self._subscribers = {each.name: each for each in subscribers}
        self._senders = {each.name: each for each in senders}
        self._on_failure = on_failure

    def deliver(self) -> timedelta | None:
        """Do one round for all subscribers.

        Returns:
            After how long there is more to do: nothing at all if at once; None if no event waits.

        Raises:
            DatabaseUnavailableError: the database cannot be reached.
        """
        if self._next_round() == _AT_ONCE:
            give_positions(self._database)
            for subscriber in self._subscribers.values():
                self._serve(subscriber.name, partial(self._take, subscriber), _AT_A_TIME)
            for sender in self._senders.values():
                self._serve(sender.name, partial(self._send, sender), 1)
        return self._next_round()

    def catch_up(self, name: str) -> None:
        """Have a subscriber take all that is recorded now, whether a pause is on or not.

        Raises:
            SubscriberUnknownError: none of the subscribers (senders are none) has this name.
            EventMissingError: an event was deleted.
            DatabaseUnavailableError: the database cannot be reached.
            Exception: what the subscriber raises.
        """
        subscriber = self._subscribers.get(name)
        if subscriber is None:
            raise SubscriberUnknownError(name)
        last = give_positions(self._database)
        while self._position_of(name) < last:
            self._take(subscriber, _AT_A_TIME, patient=True)

    def _next_round(self) -> timedelta | None:
        with self._database.reading() as session:
            unplaced = session.scalar(select(exists().where(EventRecord.position.is_(None))))
            last = session.get_one(EventHead, 1).position
            rows = {each.name: each for each in session.scalars(select(EventPosition))}
        if unplaced:
            return _AT_ONCE
        now, pauses = self._clock.now(), []
        for name in (*self._subscribers, *self._senders):
            row = rows.get(name)
            if row is None:
                return _AT_ONCE
            if row.position < last:
                pauses.append(max(_free_at(row, now) - now, _AT_ONCE))
        return min(pauses, default=None)

    def _serve(self, name: str, advance: Callable[[int], int], most: int) -> None:
        done = 0
        while done < _IN_A_ROUND:
            try:
                self._ensure_row(name)
                came = advance(most)
            except Exception as error:  # noqa: BLE001  the other subscribers are not its fault
                if most > 1:
                    most = 1  # the events before the failing one are taken one by one
                    continue
                self._note_failure(name, error)
                return
            if not came:
                return
            done += came

    def _take(self, subscriber: Subscriber, most: int, *, patient: bool = False) -> int:
        with self._database.transaction() as session:
            row = _lock_row(session, subscriber.name, patient=patient)
            if row is None or not (patient or _is_free(row, self._clock.now())):
                return 0
            found = _next_events(session, row, most)
            for event in found:
                subscriber.take(session, event)
            if found:
                _move(row, found[-1])
            return len(found)

    def _send(self, sender: Sender, _: int) -> int:
        lease = self._clock.now() + SENDING_LEASE
        event = self._claim(sender.name, lease)
        if event is None:
            return 0
        sender.send(event)
        with self._database.transaction() as session:
            row = _lock_row(session, sender.name, patient=True)
            # If the lease ran out, the process that took over moves the position.
            if row is not None and (row.position, row.busy_until_at) == (event.position - 1, lease):
                _move(row, event)
        return 1

    def _claim(self, name: str, lease: datetime) -> RecordedEvent | None:
        with self._database.transaction() as session:
            row = _lock_row(session, name, patient=False)
            if row is None or not _is_free(row, self._clock.now()):
                return None
            found = _next_events(session, row, 1)
            if not found:
                return None
            row.busy_until_at = lease
            return found[0]

    def _note_failure(self, name: str, error: Exception) -> None:
        now = self._clock.now()
        try:
            with self._database.transaction() as session:
                row = _lock_row(session, name, patient=True)
                if row is not None:
                    row.failures += 1
                    row.failed_at, row.busy_until_at = now, None
                    row.last_error = type(error).__name__[:80]
                    row.last_code = _code_of(error)
                    row.next_try_at = now + _pause_after(row.failures)
        except DatabaseUnavailableError:
            # The listener is told nevertheless; the next round tries again.
            pass
        self._on_failure(name, error)

    def _position_of(self, name: str) -> int:
        self._ensure_row(name)
        with self._database.reading() as session:
            return session.get_one(EventPosition, name).position

    def _ensure_row(self, name: str) -> None:
        with self._database.reading() as session:
            if session.get(EventPosition, name) is not None:
                return
        with let_pass("pk_event_positions"), self._database.transaction() as session:
            session.add(EventPosition(name=name, position=0, failures=0))


def _lock_row(session: Session, name: str, *, patient: bool) -> EventPosition | None:
    return session.scalar(
        select(EventPosition)
        .where(EventPosition.name == name)
        .with_for_update(skip_locked=not patient)
    )


def _next_events(session: Session, row: EventPosition, most: int) -> list[RecordedEvent]:
    # The head is read first: all up to it are committed, and must be found.
    last = session.scalars(select(EventHead.position)).one()
    found = events_after(session, row.position, most)
    if not found and row.position < last:
        raise EventMissingError(position=row.position + 1)
    return found


def _move(row: EventPosition, last: RecordedEvent) -> None:
    row.position, row.failures = last.position, 0
    row.next_try_at = row.busy_until_at = None


def _free_at(row: EventPosition, now: datetime) -> datetime:
    return max(row.next_try_at or now, row.busy_until_at or now)


def _is_free(row: EventPosition, now: datetime) -> bool:
    return _free_at(row, now) <= now


def _pause_after(failures: int) -> timedelta:
    doubled: int = 2 ** min(failures - 1, 20)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _code_of(error: Exception) -> str:
    return error.code[:80] if isinstance(error, CertsvcError) else _DEFECT
