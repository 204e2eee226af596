"""A real SMTP server for tests, and a receiver of webhooks that verifies by itself."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from asyncio.base_events import Server
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from typing_extensions import override

ACCOUNT, PASSWORD = "notices", "a-password"


@dataclass
class Mailbox:
    """What a server took, and how it treats what comes next."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuses_next: int = 0
    """How many of the next mails it refuses for now (RFC 5321, 451)."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ANN401, N802, ARG002  aiosmtpd's
        """Take a mail, or refuse it."""
        if self.refuses_next:
            self.refuses_next -= 1
            return "451 try again later"
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    @property
    def message_ids(self) -> list[str]:
        """Ids of what it took, in order."""
        return [str(mail["Message-ID"]) for mail in self.mails]


class _OnAnyPort(Controller):
    """Finds out which port it was given before it knocks there."""

    @override
    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library has no types


@contextmanager
def smtp_server(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """Serve SMTP on this machine; with STARTTLS and a log-in, both required, if there is TLS."""
    mailbox = Mailbox()

    def authenticate(*arguments: Any) -> AuthResult:  # noqa: ANN401  aiosmtpd's
        given = arguments[-1]
        known = LoginPassword(ACCOUNT.encode(), PASSWORD.encode())
        return AuthResult(success=given == known, handled=True)

    more: dict[str, Any] = {}
    if tls is not None:
        more = {
            "tls_context": tls,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": authenticate,
        }
    controller = _OnAnyPort(mailbox, hostname="127.0.0.1", port=0, **more)
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


@dataclass
class Received:
    """A request that a receiver of webhooks got."""

    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:  # noqa: ANN401  JSON
        """The body, read."""
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        """Verify as the specification tells receivers to, with nothing of the sender's code."""
        key = base64.b64decode(secret[len("whsec_") :])
        assert 24 <= len(key) <= 64
        signed = b".".join(
            (
                self.headers["webhook-id"].encode(),
                self.headers["webhook-timestamp"].encode(),
                self.body,
            )
        )
        right = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        candidates = [each.split(",", 1) for each in self.headers["webhook-signature"].split(" ")]
        return any(
            version == "v1" and hmac.compare_digest(value, right) for version, value in candidates
        )


@dataclass
class Receiver:
    """A system that is called; answers the given statuses first, then 204."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """Serve HTTP on this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(headers, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
