"""Events and their delivery in tests."""

from certsvc.certificates.batches.events import BatchResumed
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.delivery import Deliverer
from certsvc.foundation.events.recording import record
from certsvc.verification.transparency.service import TransparencyLog
from tests.support.world import NOW


def log_deliverer(database: Database) -> Deliverer:
    """What delivers events of a database to the log."""
    return Deliverer(database=database, clock=FixedClock(NOW), subscribers=(TransparencyLog(),))


def record_one(database: Database, subject: str = "s") -> int:
    """Record an event in a transaction of its own; its id."""
    with database.transaction() as session:
        return record(session, BatchResumed(subject=subject), actor="a", now=NOW).id
