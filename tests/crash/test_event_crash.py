"""A process killed between an event and each of its effects loses none and repeats none."""

import signal
from pathlib import Path

import pytest

from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.delivery import SENDING_LEASE, Deliverer
from certsvc.verification.transparency.service import TransparencyLog, check_log
from tests.crash import event_victim
from tests.support.events import Effects, Outbox, effects_of, log_deliverer, make_effects
from tests.support.forks import forked
from tests.support.world import NOW

SENT_BEFORE = {"sent": 1, "delivered": event_victim.EVENTS}
"""How many events the victim surely has done with, as far as its sender goes."""


@pytest.mark.parametrize("point", event_victim.POINTS)
def test_every_effect_is_there_once(
    migrated_database: Database, tmp_path: Path, point: str
) -> None:
    database = migrated_database
    make_effects(database)
    url = database.engine.url.render_as_string(hide_password=False)
    with forked(event_victim.main, url, point, folder=tmp_path, variables={}) as process:
        assert process.wait() == -signal.SIGKILL, process.said()

    clock, outbox = FixedClock(NOW), Outbox()
    clock.advance(SENDING_LEASE)
    Deliverer(
        database=database,
        clock=clock,
        subscribers=[TransparencyLog(), Effects()],
        senders=[outbox],
    ).deliver()
    count = 0 if point == "uncommitted" else event_victim.EVENTS
    found = effects_of(database)
    assert len(found) == len(set(found)) == count
    assert check_log(database, log_deliverer(database)) == count
    assert outbox.received == found[SENT_BEFORE.get(point, 0) :], "each by its stable id"
