"""Notification channels of an installation, built from its settings."""

from collections.abc import Callable, Iterable
from functools import cached_property
from urllib.parse import urlsplit

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.log_in_secret import LogInSecret
from certsvc.foundation.notifications.mail import MailTls, SmtpMailSender, SmtpServer
from certsvc.foundation.notifications.outbox import Carrier
from certsvc.foundation.notifications.rules import Channel
from certsvc.foundation.notifications.sms import DevelopmentSmsGateway
from certsvc.foundation.notifications.webhook_signing import PURPOSE
from certsvc.foundation.settings import Settings, SettingsInvalidError
from certsvc.people.notices.carriers import MailCarrier, SmsCarrier, WebhookCarrier
from certsvc.people.notices.kinds import NoticeKind
from certsvc.people.notices.subscriber import NoticeSubscriber
from keys.http_port import HttpExchange


class NoticeParts:
    """Subscriber and carriers for notifications, created lazily from the settings."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        clock: Clock,
        to_strangers: HttpExchange,
        secret: Callable[[], LogInSecret],
    ) -> None:
        """Prepare it.

        Args:
            settings: Of the installation.
            database: Where notices, addresses and webhooks are.
            clock: Tells the time.
            to_strangers: The way out to addresses that strangers name.
            secret: Returns the installation's secret.
        """
        self._settings, self._database, self._clock = settings, database, clock
        self._to_strangers, self._secret = to_strangers, secret

    def subscriber(self, kinds: Iterable[NoticeKind]) -> NoticeSubscriber:
        """Return the subscriber that writes notices and queues deliveries."""
        channels = {Channel.WEBHOOK}
        if self._settings.mail_host:
            channels.add(Channel.MAIL)
        if self._settings.sms_gateway:
            channels.add(Channel.SMS)
        host = urlsplit(self._settings.public_url).hostname or ""
        return NoticeSubscriber(kinds, channels, self._clock, host)

    @cached_property
    def carriers(self) -> dict[Channel, Carrier]:
        """What sends, by channel.

        Raises:
            SettingsInvalidError: the file with the mail account's password cannot be read.
        """
        url, database = self._settings.public_url, self._database
        found: dict[Channel, Carrier] = {
            Channel.WEBHOOK: WebhookCarrier(
                database, self._clock, self._to_strangers, self.webhook_key
            )
        }
        if self._settings.mail_host:
            sender = SmtpMailSender(_server_of(self._settings))
            found[Channel.MAIL] = MailCarrier(database, url, sender)
        if self._settings.sms_gateway:
            found[Channel.SMS] = SmsCarrier(database, url, DevelopmentSmsGateway())
        return found

    def webhook_key(self) -> bytes:
        """Return the key that secrets of webhooks are derived from."""
        return self._secret().key_for(PURPOSE)


def _server_of(settings: Settings) -> SmtpServer:
    file = settings.mail_password_file
    try:
        password = file.read_text(encoding="utf-8").strip() if file else ""
    except (OSError, ValueError) as error:
        raise SettingsInvalidError(setting="mail_password_file", file=str(file)) from error
    return SmtpServer(
        host=settings.mail_host,
        port=settings.mail_port,
        tls=MailTls(settings.mail_tls),
        sender=settings.mail_sender,
        account=settings.mail_account,
        password=password,
        ca_file=str(settings.mail_ca_file or ""),
    )
