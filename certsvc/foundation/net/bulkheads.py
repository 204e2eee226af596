"""Bulkhead: limits concurrent calls to one remote service, and their duration.

- Where a driver may hang for ever, a question runs in a thread of its own (`run`); whoever asked
  stops waiting when the time is over. The thread keeps its place until it ends, so a party never
  holds more threads than it has places.
- Where the question ends by itself, as those of the HTTP client do, the caller's own thread takes a
  place (`hold`).
- Callers that find every place and every seat to wait on taken are answered at once: the service's
  own threads are for all parties.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class NoPlaceError(Exception):
    """The limit of concurrent calls is reached."""


class TimeOverError(Exception):
    """The call exceeded its time limit."""


class _Run(Generic[T]):
    """One call, its thread and its result."""

    def __init__(self, ask: Callable[[], T], leave: Callable[[], None]) -> None:
        self._ask, self._leave = ask, leave
        self._result: T
        self._error: BaseException | None = None
        self._done = threading.Event()
        # A daemon: a driver that hangs for ever must not keep the process from ending.
        thread = threading.Thread(target=self._run, daemon=True, name="bulkhead")
        try:
            thread.start()
        except RuntimeError as error:
            leave()
            raise NoPlaceError from error

    def _run(self) -> None:
        try:
            self._result = self._ask()
        except BaseException as error:  # noqa: BLE001  carried over to whoever asked
            self._error = error
        finally:
            self._leave()
            self._done.set()

    def wait(self, limit_s: float) -> T:
        if not self._done.wait(limit_s):
            raise TimeOverError
        if self._error is not None:
            raise self._error
        return self._result


class Bulkhead:
    """Limits the concurrent calls to one remote service."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        """Set the limits.

        Args:
            at_once: Questions under way at a time.
            waiting: Callers that may wait for a place.
        """
        self._callers = threading.BoundedSemaphore(at_once + waiting)
        self._places = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._under_way = 0

    def run(self, ask: Callable[[], T], *, limit_s: float) -> T:
        """Run a call in its own thread; return its result or raise its error.

        Args:
            ask: The question.
            limit_s: Longest time for the caller, waiting for a place included, seconds.

        Raises:
            NoPlaceError: so many ask already that nobody more may wait.
            TimeOverError: there is no answer in time.
        """
        with self._called():
            deadline = time.monotonic() + limit_s
            self._begin(limit_s)
            run = _Run(ask, self._end)
            return run.wait(max(0.0, deadline - time.monotonic()))

    @contextmanager
    def hold(self, *, limit_s: float) -> Iterator[None]:
        """Occupy a slot during the `with` block.

        Args:
            limit_s: Longest wait for a place, seconds.

        Raises:
            NoPlaceError: so many ask already that nobody more may wait.
        """
        with self._called():
            self._begin(limit_s)
            try:
                yield
            finally:
                self._end()

    @property
    def under_way(self) -> int:
        """Running calls, including those that no caller waits for any more."""
        with self._lock:
            return self._under_way

    @contextmanager
    def _called(self) -> Iterator[None]:
        if not self._callers.acquire(blocking=False):
            raise NoPlaceError
        try:
            yield
        finally:
            self._callers.release()

    def _begin(self, limit_s: float) -> None:
        if not self._places.acquire(timeout=max(0.0, limit_s)):
            raise NoPlaceError
        self._count(1)

    def _end(self) -> None:
        self._count(-1)
        self._places.release()

    def _count(self, by: int) -> None:
        with self._lock:
            self._under_way += by
