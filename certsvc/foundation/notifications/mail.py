"""Sending mail by SMTP: a sentence and a link, never personal data.

- The connection is encrypted (STARTTLS, or TLS from the beginning) and the certificate verified;
  an open one is for a server on this machine, or for demonstrations.
- The whole exchange has one deadline. The library's is for each read: a server that answers a byte
  now and then would hold the sender for ever.
- RFC 5322 Message-ID is the delivery's own, RFC 3834 Auto-Submitted keeps other machines from
  answering.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import Protocol

from certsvc.foundation.net.bulkheads import Bulkhead, NoPlaceError, TimeOverError
from certsvc.foundation.notifications.rules import SendingFailedError


class MailTls(StrEnum):
    """How the connection is encrypted."""

    STARTTLS = "starttls"
    """RFC 3207, on port 587 as a rule."""
    TLS = "tls"
    """RFC 8314, on port 465 as a rule."""
    NONE = "none"
    """Not at all."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail."""

    to: str = field(repr=False)
    subject: str
    text: str
    message_id: str
    """With its angle brackets, the same at each attempt."""
    at: datetime


class MailSender(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Hand it to a server.

        Raises:
            SendingFailedError: no server took it.
        """


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    """The server that takes our mail."""

    host: str
    port: int
    tls: MailTls
    sender: str
    """Address that the mail comes from."""
    account: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """PEM file of the authorities to trust, instead of the machine's."""
    timeout_s: float = 30.0
    """Longest time for the whole exchange, seconds."""


class SmtpMailSender:
    """A :class:`MailSender` by SMTP (RFC 5321); safe to share between threads."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._bulkhead = Bulkhead(at_once=4, waiting=4)

    def send(self, mail: Mail) -> None:
        """See :meth:`MailSender.send`."""
        message = _message(self._server.sender, mail)
        try:
            self._bulkhead.run(lambda: self._exchange(message), limit_s=self._server.timeout_s)
        except TimeOverError as error:
            raise SendingFailedError("slow") from error
        except NoPlaceError as error:
            raise SendingFailedError("busy") from error
        except smtplib.SMTPResponseException as error:
            raise SendingFailedError("refused", status=error.smtp_code) from error
        except smtplib.SMTPRecipientsRefused as error:
            status = next((code for code, _ in error.recipients.values()), None)
            raise SendingFailedError("refused", status=status) from error
        except (OSError, smtplib.SMTPException) as error:
            raise SendingFailedError("unreachable") from error

    def _exchange(self, message: EmailMessage) -> None:
        server = self._server
        with self._connect()() as connection:
            if server.tls is MailTls.STARTTLS:
                connection.starttls(context=self._trust())
            if server.account:
                connection.login(server.account, server.password)
            connection.send_message(message)

    def _connect(self) -> Callable[[], smtplib.SMTP]:
        server = self._server
        if server.tls is MailTls.TLS:
            return lambda: smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_s, context=self._trust()
            )
        return lambda: smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._server.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _message(sender: str, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="base64")
    return message
