"""Building mails, short messages and webhook requests from notices and events.

Addresses are read at that moment: whoever takes theirs back gets nothing more.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock, rfc3339
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.foundation.notifications.mail import Mail, MailSender
from certsvc.foundation.notifications.rules import (
    DeliveryInHand,
    NotWantedError,
    SendingFailedError,
)
from certsvc.foundation.notifications.sms import Sms, SmsGateway
from certsvc.foundation.notifications.webhook_signing import signed_headers
from certsvc.people.notices.kinds import text_of
from certsvc.people.notices.records import Notice, NoticeAddress, Webhook
from certsvc.people.notices.webhooks import note_outcome, secrets_of
from keys.http_port import HttpExchange, HttpFailedError, HttpRequest

_SUBJECT = "notice.mail-subject"
_TIMEOUT_S = 15.0
"""Standard Webhooks: 15 to 30 s."""
_ANSWER_LIMIT = 1 << 16
_OKAY = range(200, 300)


@dataclass(frozen=True, kw_only=True)
class _Told:
    notice: Notice
    address: NoticeAddress
    sentence: str
    language: Language


class _Notices:
    """Shared parts of mail and SMS."""

    def __init__(self, database: Database, public_url: str) -> None:
        self._database, self._public_url = database, public_url

    def settle(
        self, session: Session, delivery: DeliveryInHand, failure: SendingFailedError | None
    ) -> None:
        """Do nothing: failing addresses are not disabled."""

    def _told(self, delivery: DeliveryInHand) -> _Told:
        with self._database.reading() as session:
            notice = session.get(Notice, int(delivery.target))
            address = session.get(NoticeAddress, notice.account) if notice else None
        if notice is None or address is None:
            raise NotWantedError
        language = Language(address.language)
        sentence = load_catalogue().text(text_of(notice.kind), language)
        return _Told(notice=notice, address=address, sentence=sentence, language=language)

    def _text(self, told: _Told) -> str:
        return f"{told.sentence}\n{self._public_url}{told.notice.link}\n"


class MailCarrier(_Notices):
    """Sends notices by mail."""

    def __init__(self, database: Database, public_url: str, sender: MailSender) -> None:
        super().__init__(database, public_url)
        self._sender = sender

    def carry(self, delivery: DeliveryInHand) -> int | None:
        """See :meth:`certsvc.foundation.notifications.outbox.Carrier.carry`."""
        told = self._told(delivery)
        if not told.address.mail:
            raise NotWantedError
        self._sender.send(
            Mail(
                to=told.address.mail,
                subject=load_catalogue().text(_SUBJECT, told.language),
                text=self._text(told),
                message_id=delivery.message_id,
                at=told.notice.created_at,
            )
        )
        return None


class SmsCarrier(_Notices):
    """Sends urgent notices by SMS."""

    def __init__(self, database: Database, public_url: str, gateway: SmsGateway) -> None:
        super().__init__(database, public_url)
        self._gateway = gateway

    def carry(self, delivery: DeliveryInHand) -> int | None:
        """See :meth:`certsvc.foundation.notifications.outbox.Carrier.carry`."""
        told = self._told(delivery)
        if not told.address.phone:
            raise NotWantedError
        phone, text = told.address.phone, self._text(told)
        self._gateway.send(Sms(to=phone, text=text, message_id=delivery.message_id))
        return None


class WebhookCarrier:
    """Sends events to systems' webhooks, signed."""

    def __init__(
        self, database: Database, clock: Clock, http: HttpExchange, key: Callable[[], bytes]
    ) -> None:
        """Prepare it.

        Args:
            database: Where webhooks and events are.
            clock: Tells the time.
            http: The way out to addresses that strangers name.
            key: Returns the installation's key for secrets of webhooks.
        """
        self._database, self._clock, self._http, self._key = database, clock, http, key

    def carry(self, delivery: DeliveryInHand) -> int | None:
        """See :meth:`certsvc.foundation.notifications.outbox.Carrier.carry`."""
        with self._database.reading() as session:
            webhook = session.get(Webhook, delivery.target)
            event = session.get_one(EventRecord, delivery.event_id)
        if webhook is None or webhook.disabled_at is not None:
            raise NotWantedError
        now, body = self._clock.now(), _body(event)
        signed = signed_headers(
            secrets_of(webhook, self._key(), now),
            message_id=delivery.message_id,
            at=now,
            body=body,
        )
        request = HttpRequest(
            url=webhook.url,
            timeout_s=_TIMEOUT_S,
            answer_limit=_ANSWER_LIMIT,
            headers={"Content-Type": "application/json", **signed},
            body=body,
        )
        try:
            status = self._http.exchange(request).status
        except HttpFailedError as error:
            raise SendingFailedError(error.failure.value) from error
        if status not in _OKAY:
            raise SendingFailedError("refused", status=status)
        return status

    def settle(
        self, session: Session, delivery: DeliveryInHand, failure: SendingFailedError | None
    ) -> None:
        """See :meth:`certsvc.foundation.notifications.outbox.Carrier.settle`."""
        note_outcome(
            session,
            delivery.target,
            failed=failure is not None,
            is_gone=failure is not None and failure.status == HTTPStatus.GONE,
            now=self._clock.now(),
        )


def _body(event: EventRecord) -> bytes:
    """Return the same octets at each attempt; details stay here, the interface answers for them."""
    told = {
        "type": event.kind,
        "timestamp": rfc3339(event.at),
        "data": {"subject": event.subject},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
