"""Ask a timestamp authority over HTTP (RFC 3161 3.4); checking is done elsewhere.

* Connecting, sending and each read have a time limit, and so has the answer as a whole: an
  authority that drips bytes cannot hold a seal up.
* Redirects are not followed and the size of an answer is bounded.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
from cryptography import x509

from signing.errors import (
    TimestampMalformedError,
    TimestampTimeoutError,
    TimestampTooLargeError,
    TimestampUnreachableError,
)
from signing.http_deadlines import exchange_within
from signing.timestamp_protocol import check_response, make_request

_ANSWER_LIMIT = 64 << 10
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, kw_only=True)
class HttpTimestampAuthority:
    """A :class:`~signing.timestamps.TimestampAuthority` at a URL."""

    url: str
    """Where requests are posted."""

    roots: Sequence[x509.Certificate]
    """Trusted roots of the authority's certificate."""

    timeout_s: float = 10.0
    """Longest time for a whole exchange."""

    token_size_limit: int = 8 << 10
    """Room kept for its token in a sealed file, bytes."""

    def timestamp(self, digest: bytes) -> bytes:
        """Fetch and check a token; see :meth:`signing.timestamps.TimestampAuthority.timestamp`."""
        request = make_request(digest)
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
        deadline = time.monotonic() + self.timeout_s
        try:
            with (
                exchange_within(self.timeout_s) as extensions,
                httpx2.Client(timeout=self.timeout_s, trust_env=False) as client,
                client.stream(
                    "POST", self.url, content=request, headers=_HEADERS, extensions=extensions
                ) as response,
            ):
                if response.status_code != httpx2.codes.OK:
                    raise TimestampUnreachableError(
                        authority=self._name, status=response.status_code
                    )
                return self._read(response, deadline)
        except httpx2.TimeoutException as error:
            raise self._timeout() from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            if time.monotonic() >= deadline:
                raise self._timeout() from error
            raise TimestampUnreachableError(authority=self._name, status=0) from error

    def _read(self, response: httpx2.Response, deadline: float) -> bytes:
        answer = bytearray()
        for chunk in response.iter_raw():  # as it arrives, so the limit is looked at
            answer += chunk
            if len(answer) > _ANSWER_LIMIT:
                raise TimestampMalformedError(authority=self._name)
            if time.monotonic() > deadline:
                raise self._timeout()
        return bytes(answer)

    def _timeout(self) -> TimestampTimeoutError:
        return TimestampTimeoutError(authority=self._name, timeout_s=round(self.timeout_s))
