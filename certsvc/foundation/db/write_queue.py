"""Writers of an SQLite database queue for their turn.

SQLite lets whoever looks at the right moment write next, and everybody else looks again after
growing pauses: among many writers one can be passed over until its patience ends, though each of
them needs milliseconds. Within a process they therefore take turns, first come, first served.
Between processes SQLite's own way remains.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class TurnMissedError(Exception):
    """The turn did not come within the time limit."""


class WriteQueue:
    """First-in, first-out queue; whoever is at its head may write."""

    def __init__(self, *, patience_s: float) -> None:
        """Create an empty queue.

        Args:
            patience_s: How long anybody waits for their turn, in seconds.
        """
        self._patience_s = patience_s
        self._guard = Lock()
        self._busy = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """Number of waiting writers."""
        return len(self._waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and have it until the end of the block.

        Raises:
            TurnMissedError: it did not come in time.
        """
        self._wait()
        try:
            yield
        finally:
            self._end()

    def _wait(self) -> None:
        mine = Lock()
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=self._patience_s):
            return
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise TurnMissedError
        # The turn came just before the time limit.

    def _end(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False
