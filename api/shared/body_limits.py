"""Bounding request bodies while they are read.

A file for an authenticity check may be as large as the settings say; anything else is small. What
comes beyond is read and dropped for a while, so that a browser gets to see the answer.
"""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.shared.errors import BodyTooLargeError
from certsvc.foundation.errors import InvalidInputError
from certsvc.verification.authenticity.service import FileTooLargeError

SMALL_BODY_BYTES = 256 * 1024
"""Largest form or JSON document; a reply with a long table has about 60 KiB."""
UPLOADS = (
    "/api/v1/verifications",
    "/api/v1/verifications/report.pdf",
    "/verify",
    "/api/v1/batches",
    "/batches",
    "/seal-applications",
    "/seal-pictures",
    "/log-in",  # a form that is kept through it, with its file
)
UPLOADS_BELOW = "/seal-amendments/"
"""Addresses with the number of a seal, which takes an image."""
_MULTIPART_OVERHEAD_BYTES = 64 * 1024
_DROPPED_TIMES = 8


class TooLarge(HTTPException):
    """Carries the error through the framework, which would hide any other exception."""

    def __init__(self, error: InvalidInputError) -> None:
        super().__init__(status_code=413)
        self.error = error


class BodyLimits:
    """Counts the bytes of each body."""

    def __init__(self, app: ASGIApp, *, upload_max_bytes: int) -> None:
        self._app = app
        self._upload_max_bytes = upload_max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        maximum, error = self._limit_of(scope["path"])
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken <= maximum:
                return message
            while message.get("more_body", False) and taken <= maximum * _DROPPED_TIMES:
                message = await receive()
                taken += len(message.get("body", b""))
            raise TooLarge(error)

        await self._app(scope, receive_bounded, send)

    def _limit_of(self, path: str) -> tuple[int, InvalidInputError]:
        if path in UPLOADS or path.startswith(UPLOADS_BELOW):
            error = FileTooLargeError(maximum_mb=self._upload_max_bytes >> 20)
            return self._upload_max_bytes + _MULTIPART_OVERHEAD_BYTES, error
        return SMALL_BODY_BYTES, BodyTooLargeError(maximum_kb=SMALL_BODY_BYTES >> 10)
