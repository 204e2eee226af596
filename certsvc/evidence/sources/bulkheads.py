"""So many callers for one source and no more, and none for longer than the source's time.

- A question runs in a thread of its own; whoever asked stops waiting when the time is over, though
  the source's driver may hang for ever. The thread keeps its place until it ends, so a source
  never holds more threads than it has places.
- Callers that find every place and every seat to wait on taken are answered at once: the service's
  own threads are for all sources.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class NoPlaceError(Exception):
    """Every place is taken; internal to this area."""


class TimeOverError(Exception):
    """There was no answer in time; internal to this area."""


class _Run(Generic[T]):
    """One question, its thread, and what came of it."""

    def __init__(self, ask: Callable[[], T], leave: Callable[[], None]) -> None:
        self._ask, self._leave = ask, leave
        self._result: T
        self._error: BaseException | None = None
        self._done = threading.Event()
        # A daemon: a source that hangs for ever must not keep the process from ending.
        thread = threading.Thread(target=self._run, daemon=True, name="source-query")
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
    """The places of one source."""

    def __init__(self, *, at_once: int, waiting: int, limit_s: float) -> None:
        """Lay out the places.

        Args:
            at_once: Questions under way at a time.
            waiting: Callers that may wait for a place.
            limit_s: Longest time for a caller, waiting included, seconds.
        """
        self._limit_s = limit_s
        self._at_once = at_once
        self._callers = threading.BoundedSemaphore(at_once + waiting)
        self._places = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._under_way = 0

    def run(self, ask: Callable[[], T]) -> T:
        """Ask in a thread of its own and return its answer, or raise its error.

        Raises:
            NoPlaceError: so many ask already that nobody more may wait.
            TimeOverError: there is no answer in time.
        """
        if not self._callers.acquire(blocking=False):
            raise NoPlaceError
        try:
            deadline = time.monotonic() + self._limit_s
            if not self._places.acquire(timeout=self._limit_s):
                raise NoPlaceError
            self._count(1)
            run = _Run(ask, self._end)
            return run.wait(max(0.0, deadline - time.monotonic()))
        finally:
            self._callers.release()

    @property
    def under_way(self) -> int:
        """Questions under way, those that nobody waits for any more among them."""
        with self._lock:
            return self._under_way

    def _end(self) -> None:
        self._count(-1)
        self._places.release()

    def _count(self, by: int) -> None:
        with self._lock:
            self._under_way += by
