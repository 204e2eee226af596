"""Records events and kills its own process while they are delivered; run by test_event_crash.py."""

import os
import signal

from certsvc.certificates.batches.events import BatchResumed
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.delivery import Deliverer
from certsvc.foundation.events.recording import RecordedEvent, give_positions, record
from certsvc.verification.transparency.service import TransparencyLog
from tests.support.events import Effects, Outbox, record_one
from tests.support.world import NOW

POINTS = ("uncommitted", "recorded", "placed", "taken", "sent", "delivered")
EVENTS = 3


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, point: str) -> None:
    """Die at a point: before or after a commit, with positions given, inside of each effect."""
    database = Database(url)
    if point == "uncommitted":
        with database.transaction() as session:
            record(session, BatchResumed(subject="s"), actor="a", now=NOW)
            die()
    for _ in range(EVENTS):
        record_one(database)
    if point == "recorded":
        die()
    give_positions(database)
    if point == "placed":
        die()

    def second(event: RecordedEvent) -> None:
        if event.position == EVENTS - 1:
            die()

    Deliverer(
        database=database,
        clock=FixedClock(NOW),
        subscribers=[TransparencyLog(), Effects(after=second if point == "taken" else id)],
        senders=[Outbox(after=second if point == "sent" else id)],
    ).deliver()
    die()
