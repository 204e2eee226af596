"""Ask a timestamp authority over HTTP (RFC 3161 3.4).

* What the answer is worth is for :mod:`signing.timestamps.timestamp_protocol` to say; what it may
  cost, for
  :mod:`signing.bounded_exchange`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
from cryptography import x509

from signing.bounded_exchange import ExchangeFailedError, exchange
from signing.errors import (
    TimestampError,
    TimestampMalformedError,
    TimestampRejectedError,
    TimestampTimeoutError,
    TimestampTooLargeError,
    TimestampUnreachableError,
)
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
            return httpx2.URL(self.url).host or self.url
        except httpx2.InvalidURL:
            return "?"

    def _exchange(self, request: bytes) -> bytes:
        try:
            return exchange(
                self.url,
                request,
                headers=_HEADERS,
                timeout_s=self.timeout_s,
                answer_limit=_ANSWER_LIMIT,
            )
        except ExchangeFailedError as failure:
            raise self._error(failure) from failure

    def _error(self, failure: ExchangeFailedError) -> TimestampError:
        if failure.reason == "timeout":
            return TimestampTimeoutError(authority=self._name, timeout_s=round(self.timeout_s))
        if failure.reason == "too-large":
            return TimestampMalformedError(authority=self._name)
        if failure.is_rejection:
            return TimestampRejectedError(authority=self._name, status=failure.status)
        return TimestampUnreachableError(authority=self._name, status=failure.status)
