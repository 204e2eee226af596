"""A process killed between an event, its notice and its mail: one notice, mail with one id."""

import signal
from pathlib import Path

import pytest
from sqlalchemy import select

from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.rules import LEASE
from certsvc.foundation.notifications.records import Delivery
from certsvc.people.notices.records import Notice
from tests.crash import notice_victim
from tests.support.forks import forked
from tests.support.mail import smtp_server
from tests.support.world import NOW


@pytest.mark.parametrize("point", notice_victim.POINTS)
def test_one_notice_and_a_mail_at_least(
    migrated_database: Database, tmp_path: Path, point: str
) -> None:
    database, clock = migrated_database, FixedClock(NOW)
    url = database.engine.url.render_as_string(hide_password=False)
    with smtp_server() as mailbox:
        arguments = (url, mailbox.port, point)
        with forked(notice_victim.main, *arguments, folder=tmp_path, variables={}) as process:
            assert process.wait() == -signal.SIGKILL, process.said()
        clock.advance(LEASE)
        notice_victim.told(database).deliver()
        notice_victim.sends(database, mailbox.port, clock).run_due()
    with database.reading() as session:
        events = list(session.scalars(select(Notice.event_id).order_by(Notice.event_id)))
        sent = list(session.scalars(select(Delivery).order_by(Delivery.id)))
    assert len(events) == len(set(events)) == notice_victim.EVENTS
    assert {each.state for each in sent} == {"sent"}
    ids = [each.message_id for each in sent]
    twice = ids[:1] if point == "sent" else []
    assert sorted(mailbox.message_ids) == sorted([*ids, *twice])
