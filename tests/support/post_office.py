"""A world in which notices are delivered and sent, to a mail server and a receiver of its own."""

from sqlalchemy import delete, select

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.recording import record
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.net.client import HttpClient
from certsvc.foundation.notifications.mail import MailTls, SmtpMailSender, SmtpServer
from certsvc.foundation.notifications.records import Delivery
from certsvc.foundation.notifications.rules import Channel
from certsvc.foundation.notifications.sms import DevelopmentSmsGateway
from certsvc.housekeeping.notices import NOTICES
from certsvc.people.clients.service import NewClient, add_client
from certsvc.people.notices.carriers import MailCarrier, SmsCarrier, WebhookCarrier
from certsvc.people.notices.records import Notice, Webhook
from certsvc.people.notices.service import (
    list_notices,
    set_address,
)
from certsvc.people.notices.subscriber import NoticeSubscriber
from certsvc.people.notices.webhooks import (
    add_webhook,
)
from certsvc.people.rights.rules import Actor, Role
from tests.support.mail import Mailbox, Receiver
from tests.support.world import World

MACHINE = Actor(id="machine:root", name="root", roles=frozenset({Role.MACHINE_OPERATOR}))
MAIL, PHONE = "qian@example.cn", "13800138000"
URL = "https://certs.example"
KEY = b"k" * 32


class Post:
    """The post office of a world: its subscriber delivers, its jobs send."""

    def __init__(self, world: World, mailbox: Mailbox, receiver: Receiver) -> None:
        self.world, self.mailbox, self.receiver = world, mailbox, receiver
        self.database, self.clock = world.services.database, world.clock
        sender = SmtpMailSender(
            SmtpServer(
                host="127.0.0.1", port=mailbox.port, tls=MailTls.NONE, sender="no-reply@example.cn"
            )
        )
        self.gateway = DevelopmentSmsGateway()
        self.http = HttpClient()
        world.services.notices.__dict__["carriers"] = {
            Channel.MAIL: MailCarrier(self.database, URL, sender),
            Channel.SMS: SmsCarrier(self.database, URL, self.gateway),
            Channel.WEBHOOK: WebhookCarrier(self.database, self.clock, self.http, lambda: KEY),
        }
        self.subscriber = NoticeSubscriber(NOTICES, list(Channel), self.clock, "certs.example")
        deliverer = world.services.deliverer
        deliverer._subscribers[self.subscriber.name] = self.subscriber
        deliverer.catch_up(self.subscriber.name)
        with self.database.transaction() as session:
            session.execute(delete(Notice))  # of how the world was made

    def tell(self, event: Event, actor: str = "system") -> None:
        """Record an event, deliver it, and send what follows."""
        with self.database.transaction() as session:
            record(session, event, actor=actor, now=self.clock.now())
        self.work()

    def work(self) -> None:
        """Deliver events and send what is due."""
        self.world.services.deliverer.catch_up(self.subscriber.name)
        self.world.services.job_worker().run_due(Lane.SENDING)

    def deliveries(self, channel: Channel | None = None) -> list[Delivery]:
        """The log of deliveries."""
        with self.database.reading() as session:
            every = list(session.scalars(select(Delivery).order_by(Delivery.id)))
        return [each for each in every if channel in {None, each.channel}]

    def notices(self, login: str) -> list[Notice]:
        """The notices of a member of staff, the newest first."""
        with self.database.reading() as session:
            return list_notices(session, actor=self.world.staff(login))

    def reach(self, login: str, language: Language = Language.ZH) -> None:
        """Let a member of staff be told by mail and SMS."""
        with self.database.transaction() as session:
            set_address(
                session, mail=MAIL, phone=PHONE, language=language, actor=self.world.staff(login)
            )

    def webhook(self, kinds: tuple[str, ...] = ()) -> Webhook:
        """Register a system of the approval bureau and its webhook."""
        unit = self.world.staff("clerk.wang").unit_code
        assert unit
        new = NewClient(
            id="hall", title="大厅", unit_code=unit, scopes=frozenset({"certificates.read"})
        )
        now = self.clock.now()
        with self.database.transaction() as session:
            add_client(session, new, actor=MACHINE, now=now)
            return add_webhook(
                session,
                client_id="hall",
                url=self.receiver.url,
                kinds=list(kinds),
                actor=MACHINE,
                now=now,
            )

    def hook(self) -> Webhook:
        """The webhook as it stands."""
        with self.database.reading() as session:
            return session.scalars(select(Webhook)).one()
