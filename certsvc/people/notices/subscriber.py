"""Event subscriber that writes notices and queues deliveries.

A notice and its deliveries are written in the transaction in which the subscriber's position moves:
once for each event and account.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock
from certsvc.foundation.events.recording import RecordedEvent
from certsvc.foundation.notifications.outbox import queue
from certsvc.foundation.notifications.rules import Channel
from certsvc.people.clients.service import ACTOR_PREFIX
from certsvc.people.notices.kinds import NoticeKind
from certsvc.people.notices.records import Notice, NoticeAddress, Webhook
from certsvc.people.rights.rules import STAFF_PREFIX

NAME = "notices"
"""Name of this subscriber."""


class NoticeSubscriber:
    """通知, as a subscriber."""

    name = NAME

    def __init__(
        self, kinds: Iterable[NoticeKind], channels: Collection[Channel], clock: Clock, host: str
    ) -> None:
        """Prepare it.

        Args:
            kinds: What is told, and whom.
            channels: By which something can leave in this installation.
            clock: Tells the time.
            host: Name of the service, in the ids of its mails.
        """
        kinds = tuple(kinds)
        self._kinds = {each.event.kind: each for each in kinds}
        self._settled = {
            ending.kind: [each for each in kinds if ending in each.settled_by]
            for ending in {ending for each in kinds for ending in each.settled_by}
        }
        self._channels, self._clock, self._host = frozenset(channels), clock, host

    def take(self, session: Session, event: RecordedEvent) -> None:
        """Write the notices of an event, queue deliveries, and close notices that it settles."""
        for settled in self._settled.get(event.kind, ()):
            self._settle(session, settled, event)
        kind = self._kinds.get(event.kind)
        if kind is None:
            return
        for account in sorted(set(kind.whom(session, event))):
            if account == event.actor and not kind.tells_actor:
                continue
            if account.startswith(STAFF_PREFIX):
                self._tell_person(session, kind, event, account)
            elif account.startswith(ACTOR_PREFIX):
                self._tell_system(session, event, account.removeprefix(ACTOR_PREFIX))

    def _settle(self, session: Session, kind: NoticeKind, event: RecordedEvent) -> None:
        session.execute(
            update(Notice)
            .where(
                Notice.kind == kind.event.kind,
                Notice.link == kind.leads_to(session, event),
                Notice.read_at.is_(None),
            )
            .values(read_at=event.at)
            .execution_options(synchronize_session=False)
        )

    def _tell_person(
        self, session: Session, kind: NoticeKind, event: RecordedEvent, account: str
    ) -> None:
        notice = Notice(
            account=account,
            event_id=event.id,
            kind=event.kind,
            subject=event.subject,
            link=kind.leads_to(session, event),
            created_at=event.at,
        )
        session.add(notice)
        session.flush()
        address = session.get(NoticeAddress, account)
        wanted = []
        if address is not None and address.mail:
            wanted.append(Channel.MAIL)
        if address is not None and address.phone and kind.is_urgent:
            wanted.append(Channel.SMS)
        for channel in self._channels.intersection(wanted):
            message_id = f"<event-{event.id}.notice-{notice.id}@{self._host}>"
            self._queue(session, channel, str(notice.id), event, message_id)

    def _tell_system(self, session: Session, event: RecordedEvent, client_id: str) -> None:
        if Channel.WEBHOOK not in self._channels:
            return
        enabled = select(Webhook).where(
            Webhook.client_id == client_id, Webhook.disabled_at.is_(None)
        )
        for webhook in session.scalars(enabled.order_by(Webhook.id)):
            if not webhook.kinds or event.kind in webhook.kinds:
                self._queue(session, Channel.WEBHOOK, webhook.id, event, f"evt_{event.id}")

    def _queue(
        self,
        session: Session,
        channel: Channel,
        target: str,
        event: RecordedEvent,
        message_id: str,
    ) -> None:
        now = self._clock.now()
        queue(session, channel, target, event_id=event.id, message_id=message_id, at=now)
