"""By which channels an installation can send, as its settings say."""

from collections.abc import Callable

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.notifications.mail import MailTls, SmtpMailSender, SmtpServer
from certsvc.foundation.notifications.outbox import Carrier
from certsvc.foundation.notifications.rules import Channel
from certsvc.foundation.notifications.sms import DevelopmentSmsGateway, SmsGateway
from certsvc.foundation.settings import Settings, SettingsInvalidError
from certsvc.people.notices.carriers import MailCarrier, SmsCarrier, WebhookCarrier
from keys.http_port import HttpExchange


def channels_of(settings: Settings) -> frozenset[Channel]:
    """Return the channels that the settings open; webhooks need no setting."""
    found = {Channel.WEBHOOK}
    if settings.mail_host:
        found.add(Channel.MAIL)
    if settings.sms_gateway:
        found.add(Channel.SMS)
    return frozenset(found)


def gateway_of(settings: Settings) -> SmsGateway | None:
    """Return the gateway for short messages; None if there is none."""
    return DevelopmentSmsGateway() if settings.sms_gateway else None


def carriers_of(
    settings: Settings,
    *,
    database: Database,
    clock: Clock,
    to_strangers: HttpExchange,
    key: Callable[[], bytes],
    gateway: SmsGateway | None,
) -> dict[Channel, Carrier]:
    """Return what sends, by channel.

    Args:
        settings: Of the installation.
        database: Where notices, addresses and webhooks are.
        clock: Tells the time.
        to_strangers: The way out to addresses that strangers name.
        key: Returns the installation's key for secrets of webhooks.
        gateway: Takes short messages; None if there is none.

    Raises:
        SettingsInvalidError: the file with the mail account's password cannot be read.
    """
    url = settings.public_url
    found: dict[Channel, Carrier] = {
        Channel.WEBHOOK: WebhookCarrier(database, clock, to_strangers, key)
    }
    if settings.mail_host:
        found[Channel.MAIL] = MailCarrier(database, url, SmtpMailSender(_server_of(settings)))
    if gateway is not None:
        found[Channel.SMS] = SmsCarrier(database, url, gateway)
    return found


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
