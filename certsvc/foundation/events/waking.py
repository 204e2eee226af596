"""Delivering soon after commits, in the process that recorded the events.

- A commit that recorded an event wakes a thread, which is begun by the first of them. Between
  commits it sleeps without looking at anything: an idle process costs nothing.
- A subscriber that failed is tried again when its pause is over.
- Events of processes that died before they delivered are found by the periodic chores.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Lock, Thread

from sqlalchemy.orm import Session

from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.recording import RECORDED

COLLECTING_S = 0.2
"""How long events are collected before a round, so that a busy process does fewer."""
_PATIENCE_S = 10.0
_LOG = logging.getLogger("certsvc.events")


class PromptDelivery:
    """Delivers whenever this process has committed an event."""

    def __init__(self, database: Database, deliver: Callable[[], timedelta | None]) -> None:
        """Prepare it.

        Args:
            database: Whose commits are followed.
            deliver: Does one round, and says after how long there is more to do.
        """
        self._deliver = deliver
        self._guard = Lock()
        self._awake, self._ending = Event(), Event()
        self._thread: Thread | None = None
        database.after_commit(self._look_at)

    def close(self) -> None:
        """Deliver what is left, and stop."""
        self._ending.set()
        with self._guard:
            thread = self._thread
        if thread is not None:
            self._awake.set()
            thread.join(_PATIENCE_S)

    def _look_at(self, session: Session) -> None:
        if not session.info.get(RECORDED) or self._ending.is_set():
            return
        with self._guard:
            if self._thread is None:
                self._thread = Thread(target=self._keep, name="event-delivery", daemon=True)
                self._thread.start()
        self._awake.set()

    def _keep(self) -> None:
        pause: float | None = None
        while not self._ending.is_set():
            self._awake.wait(pause)
            self._ending.wait(COLLECTING_S)
            self._awake.clear()
            pause = self._round()
        if self._awake.is_set():
            self._round()

    def _round(self) -> float | None:
        try:
            left = self._deliver()
        except CertsvcError as error:
            # The database is unavailable; the next recorded event wakes this thread again.
            _LOG.warning("events are not delivered: %s", error.code)
            return None
        return None if left is None else left.total_seconds()
