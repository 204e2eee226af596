"""Storing the outcomes of calls to sources, without delaying the caller.

- Calls are stored a moment later, many in one transaction, by a thread of their own: a caller may
  be inside a transaction, and a table of measurements must not slow an issuance.
- What cannot be stored is tried again, and forgotten in the end: the measurements of a minute are
  not worth a failure.
"""

import threading
from collections import deque
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from certsvc.evidence.sources.health_rules import KEPT, Call
from certsvc.evidence.sources.records import SourceCall
from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import CertsvcError

_PAUSE_S = 1.0
_MOST_WAITING = 2000
_SWEEP_EVERY = 500


class SourceCallLog:
    """Stores calls; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Call] = deque(maxlen=_MOST_WAITING)
        self._lock = threading.Lock()
        self._storing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._closed = False
        self._since_sweep = _SWEEP_EVERY

    def add(self, call: Call) -> None:
        """Queue a call; it is stored within about a second."""
        with self._lock:
            self._waiting.append(call)
            if self._timer is None and not self._closed:
                self._timer = threading.Timer(_PAUSE_S, self._fire)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Store queued calls now; never inside a transaction."""
        with self._storing:
            with self._lock:
                calls = list(self._waiting)
                self._waiting.clear()
            if not calls:
                return
            try:
                self._store(calls)
            except (CertsvcError, SQLAlchemyError):
                with self._lock:
                    self._waiting.extendleft(reversed(calls))

    def close(self) -> None:
        """Store queued calls and stop."""
        with self._lock:
            self._closed = True
            timer = self._timer
        if timer is not None:
            timer.cancel()
        self.flush()

    def _fire(self) -> None:
        with self._lock:
            self._timer = None
            if self._closed:
                return
        self.flush()

    def _store(self, calls: list[Call]) -> None:
        self._since_sweep += len(calls)
        with self._database.transaction() as session:
            session.execute(
                insert(SourceCall),
                [
                    {
                        "source": call.source,
                        "purpose": call.purpose.value,
                        "outcome": call.outcome.value,
                        "duration_ms": call.duration_ms,
                        "at": call.at,
                    }
                    for call in calls
                ],
            )
            if self._since_sweep >= _SWEEP_EVERY:
                forget_old_calls(session, calls[-1].at)
                self._since_sweep = 0


def forget_old_calls(session: Session, now: datetime) -> None:
    """Delete calls older than the retention time."""
    session.execute(delete(SourceCall).where(SourceCall.at < now - KEPT))
