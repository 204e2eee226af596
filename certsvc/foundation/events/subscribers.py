"""Protocols of event subscribers: those that write to the database and those that send."""

from typing import Protocol

from sqlalchemy.orm import Session

from certsvc.foundation.events.recording import RecordedEvent


class Subscriber(Protocol):
    """Writes the effects of events to the database, exactly once for each event."""

    @property
    def name(self) -> str:
        """Stable name of its row in `event_positions`, at most 40 characters."""

    def take(self, session: Session, event: RecordedEvent) -> None:
        """Take the next event, in the transaction in which the subscriber's position moves.

        Must have no effects outside the database: the transaction may be rolled back and repeated.

        Raises:
            Exception: whatever went wrong; the event is tried again later.
        """


class Sender(Protocol):
    """Sends events to other systems, at least once each."""

    @property
    def name(self) -> str:
        """Stable name of its row in `event_positions`, at most 40 characters."""

    def send(self, event: RecordedEvent) -> None:
        """Send the next event; no transaction is open.

        Whoever dies before the position has moved sends it again: the receiver tells by `event.id`.

        Raises:
            Exception: whatever went wrong; the event is tried again later.
        """
