"""Circuit breaker: calls fail at once while a provider is known to be out of order.

* After a failure, later callers get the same error for a while, without waiting.
* Afterwards one caller tries; the others still fail at once until it succeeds.
"""

import time
from collections.abc import Callable
from threading import Lock

from keys.errors import SigningKeyError

REST_S = 10.0
"""How long a provider is left alone after a failure, seconds."""


class CircuitBreaker:
    """Remembers the last failure of one provider."""

    def __init__(
        self, *, rest_s: float = REST_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._rest_s = rest_s
        self._monotonic = monotonic
        self._lock = Lock()
        self._failure: SigningKeyError | None = None
        self._failures = 0
        self._closed_until = 0.0

    def check(self) -> int:
        """Let a caller through, or not.

        Returns:
            How many failures there were so far, for :meth:`require_no_failure_since`.

        Raises:
            SigningKeyError: The kind of the last failure, while the provider rests.
        """
        with self._lock:
            if self._failure is not None:
                if self._monotonic() < self._closed_until:
                    raise self._again(self._failure)
                # This caller is the one that tries; the others go on failing meanwhile.
                self._closed_until = self._monotonic() + self._rest_s
            return self._failures

    def require_no_failure_since(self, failures: int) -> None:
        """Stop a caller that waited while the provider failed.

        Raises:
            SigningKeyError: The kind of that failure.
        """
        with self._lock:
            if self._failure is not None and self._failures != failures:
                raise self._again(self._failure)

    def fail(self, failure: SigningKeyError) -> None:
        """Remember a failure."""
        with self._lock:
            self._failure = failure
            self._failures += 1
            self._closed_until = self._monotonic() + self._rest_s

    def succeed(self) -> None:
        """Forget the failure: the provider works."""
        if self._failure is not None:
            with self._lock:
                self._failure = None

    @staticmethod
    def _again(failure: SigningKeyError) -> SigningKeyError:
        # A new one for each caller: tracebacks of several threads do not mix.
        return type(failure)(**failure.params)
