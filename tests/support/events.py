"""Events and those who follow them, in tests."""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from certsvc.certificates.batches.events import BatchResumed
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.delivery import Deliverer
from certsvc.foundation.events.recording import RecordedEvent, record
from certsvc.foundation.events.records import EventPosition
from certsvc.verification.transparency.service import TransparencyLog
from tests.support.world import NOW

Hook = Callable[[RecordedEvent], object]


class Effects:
    """A subscriber whose effect is a row for each event; the table takes one twice as well."""

    def __init__(self, name: str = "effects", *, after: Hook = lambda _: None) -> None:
        self.name = name
        self._after = after

    def take(self, session: Session, event: RecordedEvent) -> None:
        """Write the row, then do what the test wants."""
        row = {"name": self.name, "event": event.id}
        session.execute(text("INSERT INTO effects VALUES (:name, :event)"), row)
        self._after(event)


class Outbox:
    """A sender whose receiver is a list."""

    def __init__(self, name: str = "outbox", *, after: Hook = lambda _: None) -> None:
        self.name = name
        self.received: list[int] = []
        self._after = after

    def send(self, event: RecordedEvent) -> None:
        """Let the receiver have it, then do what the test wants."""
        self.received.append(event.id)
        self._after(event)


def make_effects(database: Database) -> None:
    """Make the table of effects."""
    with database.transaction() as session:
        session.execute(text("CREATE TABLE effects (name VARCHAR(40), event INTEGER)"))


def effects_of(database: Database, name: str = "effects") -> list[int]:
    """The events whose effects are there, as often as they are."""
    asked = text("SELECT event FROM effects WHERE name = :name")
    with database.reading() as session:
        return list(session.scalars(asked, {"name": name}))


def row_of(database: Database, name: str) -> EventPosition:
    """How far a subscriber has come."""
    with database.reading() as session:
        return session.get_one(EventPosition, name)


def log_deliverer(database: Database) -> Deliverer:
    """What delivers events of a database to the log."""
    return Deliverer(database=database, clock=FixedClock(NOW), subscribers=(TransparencyLog(),))


def record_one(database: Database, subject: str = "s") -> int:
    """Record an event in a transaction of its own; its id."""
    with database.transaction() as session:
        return record(session, BatchResumed(subject=subject), actor="a", now=NOW).id
