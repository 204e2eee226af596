"""Limits the concurrent callers of a provider, and their waiting time.

* A caller waits for its turn, but not for ever.
* What waited while the provider failed fails too, without asking it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from keys.circuit_breaker import CircuitBreaker
from keys.errors import KeyGoneError, KeySlowError


class ProviderGate:
    """Gate of one provider."""

    def __init__(self, *, places: int, breaker: CircuitBreaker) -> None:
        self._free = BoundedSemaphore(places)
        self._breaker = breaker

    @contextmanager
    def enter(self, *, name: str, timeout_s: float) -> Iterator[None]:
        """Take a place for as long as the ``with`` block.

        Raises:
            KeySlowError: No place became free in time, or the provider is known to be slow.
            KeyGoneError: The provider is known to be gone.
        """
        failures = self._breaker.check()
        if not self._free.acquire(timeout=timeout_s):
            raise KeySlowError(name=name, timeout_s=round(timeout_s))
        try:
            self._breaker.require_no_failure_since(failures)
            yield
        except (KeyGoneError, KeySlowError) as failure:
            self._breaker.fail(failure)
            raise
        finally:
            self._free.release()
        self._breaker.succeed()
