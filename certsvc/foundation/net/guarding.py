"""A circuit breaker and a bulkhead for each server that is contacted over HTTP.

- A server that failed again and again is left alone for a while: everybody is answered at once.
- A server has so many places; who finds none is answered at once.
- A server is its scheme, host and port, whichever part of the service asks it: what one learnt the
  others need not learn again. No server's trouble is another's.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import Lock

from certsvc.foundation.net.addresses import parse_target
from certsvc.foundation.net.breakers import Breaker, BreakerOpenError
from certsvc.foundation.net.bulkheads import Bulkhead, NoPlaceError
from keys.http_port import HttpAnswer, HttpExchange, HttpFailedError, HttpFailure, HttpRequest

_MOST_SERVERS = 512
"""Servers remembered: certificates and strangers name them, so their number has a limit."""
_FAILURES = {HttpFailure.UNREACHABLE, HttpFailure.BROKEN, HttpFailure.SLOW}


@dataclass(frozen=True, kw_only=True)
class GuardLimits:
    """Limits for calls to one server."""

    failures: int = 5
    """Failures in a row after which it is left alone."""
    rest_s: float = 10.0
    """How long, seconds."""
    at_once: int = 16
    """Exchanges under way at a time."""
    waiting: int = 16
    """Callers that may wait for one of those to end."""


class GuardedExchange:
    """A :class:`~keys.http_port.HttpExchange` that guards another; shared between threads."""

    def __init__(
        self,
        http: HttpExchange,
        limits: GuardLimits | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http, self._limits = http, limits or GuardLimits()
        self._monotonic = monotonic
        self._lock = Lock()
        self._guards: OrderedDict[tuple[bool, str, int], tuple[Breaker, Bulkhead]] = OrderedDict()

    def exchange(self, request: HttpRequest) -> HttpAnswer:
        """See :meth:`keys.http_port.HttpExchange.exchange`."""
        breaker, bulkhead = self._guard(parse_target(request.url).origin)
        deadline = self._monotonic() + request.timeout_s
        try:
            with bulkhead.hold(limit_s=request.timeout_s):
                left_s = max(deadline - self._monotonic(), 0.001)
                return self._asked(breaker, replace(request, timeout_s=left_s))
        except NoPlaceError as error:
            raise HttpFailedError(HttpFailure.BUSY) from error

    def _asked(self, breaker: Breaker, request: HttpRequest) -> HttpAnswer:
        # Checked after waiting for a slot, since the server may have failed meanwhile.
        try:
            permit = breaker.enter()
        except BreakerOpenError as error:
            raise HttpFailedError(HttpFailure.RESTING) from error
        try:
            answer = self._http.exchange(request)
        except HttpFailedError as error:
            if error.failure in _FAILURES:
                breaker.fail(permit)
            elif error.failure is HttpFailure.TOO_LARGE:
                breaker.succeed(permit)
            else:
                breaker.leave(permit)
            raise
        except BaseException:
            breaker.leave(permit)
            raise
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            breaker.fail(permit)
        else:
            breaker.succeed(permit)
        return answer

    def _guard(self, origin: tuple[bool, str, int]) -> tuple[Breaker, Bulkhead]:
        limits = self._limits
        with self._lock:
            if origin not in self._guards:
                self._guards[origin] = (
                    Breaker(
                        failures=limits.failures, rest_s=limits.rest_s, monotonic=self._monotonic
                    ),
                    Bulkhead(at_once=limits.at_once, waiting=limits.waiting),
                )
            self._guards.move_to_end(origin)
            if len(self._guards) > _MOST_SERVERS:
                self._guards.popitem(last=False)
            return self._guards[origin]
