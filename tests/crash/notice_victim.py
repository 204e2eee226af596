"""Tells somebody of events and kills its own process on the way; run by test_notice_crash.py."""

from sqlalchemy.orm import Session

from certsvc.certificates.batches.events import BatchFinished
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.delivery import Deliverer
from certsvc.foundation.events.recording import RecordedEvent, record
from certsvc.foundation.jobs.kinds import JobKinds
from certsvc.foundation.jobs.worker import JobWorker
from certsvc.foundation.notifications.mail import MailTls, SmtpMailSender, SmtpServer
from certsvc.foundation.notifications.outbox import sending_work
from certsvc.foundation.notifications.rules import Channel, DeliveryInHand
from certsvc.housekeeping.notices import NOTICES
from certsvc.people.notices.carriers import MailCarrier
from certsvc.people.notices.records import NoticeAddress
from certsvc.people.notices.subscriber import NoticeSubscriber
from tests.crash.event_victim import die
from tests.support.world import NOW

POINTS = ("recorded", "taken", "delivered", "sent")
EVENTS = 3


def told(database: Database, *, dies_taking: bool = False) -> Deliverer:
    """What writes the notices, or dies when it has written the second."""
    subscriber = NoticeSubscriber(NOTICES, {Channel.MAIL}, FixedClock(NOW), "certs.example")

    class Dying:
        name = subscriber.name

        def take(self, session: Session, event: RecordedEvent) -> None:
            subscriber.take(session, event)
            session.flush()
            if dies_taking and event.position == EVENTS - 1:
                die()

    return Deliverer(database=database, clock=FixedClock(NOW), subscribers=[Dying()])


def sends(database: Database, port: int, clock: FixedClock, *, dies: bool = False) -> JobWorker:
    """What sends the mails, or dies when the first has left."""
    server = SmtpServer(host="127.0.0.1", port=port, tls=MailTls.NONE, sender="a@example.cn")

    class Dying(MailCarrier):
        def carry(self, delivery: DeliveryInHand) -> int | None:
            super().carry(delivery)
            if dies:
                die()
            return None

    carrier = Dying(database, "https://certs.example", SmtpMailSender(server))
    work = sending_work(database, clock, lambda: {Channel.MAIL: carrier})
    return JobWorker(database, clock, JobKinds(work))


def main(url: str, port: int, point: str) -> None:
    """Die with events recorded, amid a notice, with notices written, or when a mail has left."""
    database = Database(url)
    with database.transaction() as session:
        session.add(NoticeAddress(account="staff:a", mail="a@example.cn", phone="", language="zh"))
        for number in range(EVENTS):
            done = BatchFinished(subject=f"b-{number}")
            record(session, done, actor="staff:a", now=NOW)
    if point == "recorded":
        die()
    told(database, dies_taking=point == "taken").deliver()
    if point == "delivered":
        die()
    sends(database, port, FixedClock(NOW), dies=point == "sent").run_due()
    die()
