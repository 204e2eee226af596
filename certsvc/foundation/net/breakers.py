"""Circuit breaker for a remote service that fails repeatedly.

- After a number of failures in a row, calls are refused at once for a while.
- Afterwards one caller tries; the others are refused at once until that call succeeds.
- A success of a question that was asked before the way was closed does not open it.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from threading import Lock


class BreakerState(StrEnum):
    """State of a circuit breaker."""

    CLOSED = "closed"
    """Calls are let through."""
    OPEN = "open"
    """Calls are refused."""
    TRYING = "trying"
    """One trial call is let through."""


class BreakerOpenError(Exception):
    """The breaker is open: the remote service is not called."""


class Breaker:
    """Counts the failures of one remote service; thread-safe."""

    def __init__(
        self, *, failures: int, rest_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Start with calls let through.

        Args:
            failures: How many in a row close the way.
            rest_s: For how long, seconds.
            monotonic: A clock that never goes back, seconds.
        """
        self._most, self._rest_s, self._monotonic = failures, rest_s, monotonic
        self._lock = Lock()
        self._failures = 0
        self._closed_at: float | None = None
        self._trial: object | None = None

    def enter(self) -> object:
        """Let a caller ask; they give back what they got to `succeed`, `fail` or `leave`.

        Raises:
            BreakerOpenError: nobody is to ask now.
        """
        permit = object()
        with self._lock:
            if self._closed_at is not None:
                rested = self._monotonic() - self._closed_at >= self._rest_s
                if self._trial is not None or not rested:
                    raise BreakerOpenError
                self._trial = permit
        return permit

    def succeed(self, permit: object) -> None:
        """Record a success."""
        with self._lock:
            if self._closed_at is None or permit is self._trial:
                self._failures, self._closed_at, self._trial = 0, None, None

    def fail(self, permit: object) -> None:
        """Record a failure."""
        with self._lock:
            self._failures += 1
            if permit is self._trial or (self._closed_at is None and self._failures >= self._most):
                self._closed_at, self._trial = self._monotonic(), None

    def leave(self, permit: object) -> None:
        """The call was not made after all; another caller may try."""
        with self._lock:
            if permit is self._trial:
                self._trial = None

    def end_rest(self) -> None:
        """The remote service was seen alive: let one trial call through at once.

        It stays closed to the others: whoever checks may not know how real questions fare, and
        must not be able to keep a failing party open by checking it again and again.
        """
        with self._lock:
            if self._closed_at is not None:
                self._closed_at = self._monotonic() - self._rest_s

    @property
    def state(self) -> BreakerState:
        """Current state."""
        with self._lock:
            if self._closed_at is None:
                return BreakerState.CLOSED
            return BreakerState.OPEN if self._trial is None else BreakerState.TRYING
