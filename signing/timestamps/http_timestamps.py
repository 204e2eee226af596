"""Ask a timestamp authority over HTTP (RFC 3161 3.4).

* What the answer is worth is for :mod:`signing.timestamps.timestamp_protocol` to say.
* What it may cost is said in the request; whoever carries it keeps to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from cryptography import x509

from keys.http_port import HttpExchange, HttpFailedError, HttpFailure, HttpRequest
from signing.errors import (
    TimestampError,
    TimestampMalformedError,
    TimestampRejectedError,
    TimestampTimeoutError,
    TimestampTooLargeError,
    TimestampUnreachableError,
)
from signing.http_refusals import is_refusal
from signing.timestamps.timestamp_protocol import check_response, make_request

_ANSWER_LIMIT = 64 << 10
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}


@dataclass(frozen=True, kw_only=True)
class HttpTimestampAuthority:
    """A :class:`~signing.timestamps.authority.TimestampAuthority` at a URL."""

    url: str
    """Where requests are posted."""

    roots: Sequence[x509.Certificate]
    """Trusted roots of the authority's certificate."""

    http: HttpExchange
    """Who carries the requests."""

    policy: str | None = None
    """Object identifier of the policy its tokens must be under; ``None`` takes any."""

    timeout_s: float = 10.0
    """Longest time for a whole exchange."""

    token_size_limit: int = 8 << 10
    """Room kept for its token in a sealed file, bytes."""

    def timestamp(self, digest: bytes) -> bytes:
        """Fetch and check a token; see the port, :mod:`signing.timestamps.authority`."""
        request = make_request(digest, policy=self.policy)
        answer = self._exchange(request.encoded)
        token = check_response(answer, request, roots=self.roots, authority=self._name)
        if len(token) > self.token_size_limit:
            raise TimestampTooLargeError(
                authority=self._name, size=len(token), maximum=self.token_size_limit
            )
        return token

    @property
    def _name(self) -> str:
        # The host alone: a URL may carry an account.
        try:
            return urlsplit(self.url).hostname or self.url
        except ValueError:
            return "?"

    def _exchange(self, body: bytes) -> bytes:
        request = HttpRequest(
            url=self.url,
            headers=_HEADERS,
            body=body,
            timeout_s=self.timeout_s,
            answer_limit=_ANSWER_LIMIT,
        )
        try:
            answer = self.http.exchange(request)
        except HttpFailedError as error:
            raise self._error(error.failure) from error
        if is_refusal(answer.status):
            raise TimestampRejectedError(authority=self._name, status=answer.status)
        if answer.status != HTTPStatus.OK:
            raise TimestampUnreachableError(authority=self._name, status=answer.status)
        return answer.body

    def _error(self, failure: HttpFailure) -> TimestampError:
        if failure is HttpFailure.SLOW:
            return TimestampTimeoutError(authority=self._name, timeout_s=round(self.timeout_s))
        if failure is HttpFailure.TOO_LARGE:
            return TimestampMalformedError(authority=self._name)
        return TimestampUnreachableError(authority=self._name, status=0)
