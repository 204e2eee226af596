"""What every request gets: a number, a log line, safe headers, and an answer even to a defect.

- The log has the pattern of the address, not the address: a verification code is a secret.
- A defect is logged by its kind and place; its message may hold personal data and is left out.
- The browser is told to load nothing from elsewhere, run no script, and show no page in a frame.
"""

import logging
import time
import traceback
import uuid
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("certsvc.requests")
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Under no-referrer a browser sends `Origin: null` with our own forms, which the check of
    # their origin needs; under same-origin nothing leaves for another site either.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_CODE_PAGES = "/v/"
_ONE_YEAR = "max-age=31536000"

AnswerDefect = Callable[[Request, Exception], Response]


class RequestFrame:
    """Outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, answer_defect: AnswerDefect, https: bool) -> None:
        self._app = app
        self._answer_defect = answer_defect
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = str(uuid.uuid4())
        begun_s, status = time.monotonic(), 0

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self._app(scope, receive, send_framed)
        except Exception as error:  # noqa: BLE001  the last net: nothing raw reaches a caller
            _log_defect(scope, error)
            if status == 0:
                response = self._answer_defect(Request(scope), error)
                await response(scope, receive, send_framed)
        finally:
            _log_request(scope, status, time.monotonic() - begun_s)

    def _add_headers(self, headers: MutableHeaders, scope: Scope) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if scope["path"].startswith(_CODE_PAGES):
            headers["Referrer-Policy"] = "no-referrer"
        if self._https:
            headers["Strict-Transport-Security"] = _ONE_YEAR
        headers["X-Request-Id"] = scope["state"]["request_id"]


def _log_request(scope: Scope, status: int, elapsed_s: float) -> None:
    route = scope.get("route")
    LOG.info(
        "%s %s %d %.0f ms %s",
        scope["method"],
        getattr(route, "path", "-"),
        status,
        elapsed_s * 1000,
        scope["state"]["request_id"],
    )


def _log_defect(scope: Scope, error: BaseException) -> None:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    LOG.error("defect %s at %s %s", type(error).__name__, places, scope["state"]["request_id"])
