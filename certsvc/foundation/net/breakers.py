"""Leaving a far party alone that fails again and again.

- After some failures in a row nobody asks for a while: everyone is answered at once.
- When the while is over, one caller tries; the others are answered at once until it succeeded.
- A success of a question that was asked before the way was closed does not open it.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from threading import Lock


class BreakerState(StrEnum):
    """Whether a far party is asked."""

    CLOSED = "closed"
    """It is asked."""
    OPEN = "open"
    """It is left alone."""
    TRYING = "trying"
    """One caller tries whether it works again."""


class BreakerOpenError(Exception):
    """The party is left alone."""


class Breaker:
    """Counts the failures of one far party; safe to share between threads."""

    def __init__(
        self, *, failures: int, rest_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with a party that works.

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
        """It answered."""
        with self._lock:
            if self._closed_at is None or permit is self._trial:
                self._failures, self._closed_at, self._trial = 0, None, None

    def fail(self, permit: object) -> None:
        """It did not answer."""
        with self._lock:
            self._failures += 1
            if permit is self._trial or (self._closed_at is None and self._failures >= self._most):
                self._closed_at, self._trial = self._monotonic(), None

    def leave(self, permit: object) -> None:
        """The question was not asked after all; somebody else may try."""
        with self._lock:
            if permit is self._trial:
                self._trial = None

    def end_rest(self) -> None:
        """Somebody saw that the party is there: one caller may try at once.

        It stays closed to the others: whoever checks may not know how real questions fare, and
        must not be able to keep a failing party open by checking it again and again.
        """
        with self._lock:
            if self._closed_at is not None:
                self._closed_at = self._monotonic() - self._rest_s

    @property
    def state(self) -> BreakerState:
        """Whether the party is asked."""
        with self._lock:
            if self._closed_at is None:
                return BreakerState.CLOSED
            return BreakerState.OPEN if self._trial is None else BreakerState.TRYING
