"""One HTTP exchange with a server that may be slow, endless or hostile; nothing is judged.

* Connecting, sending and each read have a time limit, and so has the exchange as a whole, headers
  included: a server that drips bytes cannot hold a seal up.
* No redirects, no proxy from the environment, the answer as it comes and of bounded size.
"""

import time
from collections.abc import Callable, Mapping

import httpx2

from signing.http_deadlines import exchange_within

_TRY_LATER = frozenset({408, 425, 429})  # RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4
_REDIRECTION, _SERVER_ERROR = 300, 500


class ExchangeFailedError(Exception):
    """There is no whole answer of use; internal to this package."""

    def __init__(self, reason: str, *, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        """``status``, ``timeout``, ``too-large`` or ``unreachable``."""
        self.status = status
        """HTTP status, if the reason is ``status``."""

    @property
    def is_rejection(self) -> bool:
        """Whether the server answered, and would answer the same again: this is no outage.

        It is moved, wants an account, does not know the path or the request (RFC 9110 15.4, 15.5);
        not that it has too much to do, or fails itself.
        """
        return _REDIRECTION <= self.status < _SERVER_ERROR and self.status not in _TRY_LATER


def exchange(  # each is its own choice
    url: str,
    request: bytes | None,
    *,
    headers: Mapping[str, str],
    timeout_s: float,
    answer_limit: int,
    monotonic: Callable[[], float] = time.monotonic,
) -> bytes:
    """Post a request, or get an address.

    Args:
        url: Whom to ask.
        request: What to post; ``None`` to get.
        headers: Beside those that always go along.
        timeout_s: Longest time for the whole.
        answer_limit: Most bytes of the answer.
        monotonic: A clock that never goes back, seconds.

    Raises:
        ExchangeFailedError: There is no whole answer.
    """
    deadline = monotonic() + timeout_s
    method = "GET" if request is None else "POST"
    headers = {"Accept-Encoding": "identity", **headers}  # what comes is taken as it is
    answer = bytearray()
    try:
        with (
            exchange_within(timeout_s) as extensions,
            httpx2.Client(timeout=timeout_s, trust_env=False) as client,
            client.stream(
                method, url, content=request, headers=headers, extensions=extensions
            ) as response,
        ):
            if response.status_code != httpx2.codes.OK:
                raise ExchangeFailedError("status", status=response.status_code)
            for chunk in response.iter_raw():  # as it arrives, so the limits are looked at
                answer += chunk
                if len(answer) > answer_limit:
                    raise ExchangeFailedError("too-large")
                if monotonic() > deadline:
                    raise ExchangeFailedError("timeout")
            if monotonic() >= deadline:
                # An answer that ends with its connection looks whole when the deadline cut it.
                raise ExchangeFailedError("timeout")
    except httpx2.TimeoutException as error:
        raise ExchangeFailedError("timeout") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        reason = "timeout" if monotonic() >= deadline else "unreachable"
        raise ExchangeFailedError(reason) from error
    return bytes(answer)
