"""Who follows the events: one that keeps what follows here, one that sends it outside."""

from typing import Protocol

from sqlalchemy.orm import Session

from certsvc.foundation.events.recording import RecordedEvent


class Subscriber(Protocol):
    """Keeps in the database what follows from events, exactly once for each."""

    @property
    def name(self) -> str:
        """Stable name of its row in `event_positions`, at most 40 characters."""

    def take(self, session: Session, event: RecordedEvent) -> None:
        """Take the next event, in the transaction in which the subscriber's position moves.

        Nothing leaves the database here: the transaction may be undone and taken again.

        Raises:
            Exception: whatever went wrong; the event is tried again later.
        """


class Sender(Protocol):
    """Sends outside what follows from events, at least once for each."""

    @property
    def name(self) -> str:
        """Stable name of its row in `event_positions`, at most 40 characters."""

    def send(self, event: RecordedEvent) -> None:
        """Send the next event; no transaction is open.

        Whoever dies before the position has moved sends it again: the receiver tells by `event.id`.

        Raises:
            Exception: whatever went wrong; the event is tried again later.
        """
