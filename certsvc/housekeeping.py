"""What has to be seen to from time to time, although nobody asks for anything.

- A seal whose certificate nears its end, or whose count is full, is stopped; what a dead process
  left behind is finished or voided, and events that it recorded are delivered; what has run out
  is forgotten.
- Every chore has a transaction of its own: one that fails leaves the others done, and comes up
  again the next time.
- Several processes may keep house at once: each chore looks again, under a lock where it matters.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread

from sqlalchemy.orm import Session

from certsvc.certificates.batches.chunks import DefectListener
from certsvc.certificates.batches.purging import purge_batches
from certsvc.certificates.issuance.recovery import Recovery
from certsvc.evidence.sources.call_log import forget_old_calls
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.idempotency.service import forget_ended_answers
from certsvc.people.accounts.service import forget_ended_log_ins
from certsvc.people.clients.service import forget_ended_tokens
from certsvc.sealing.register.limits import stop_due_seals
from certsvc.sealing.register.rules import StopGround

StopListener = Callable[[dict[str, StopGround]], None]
_PATIENCE_S = 5.0
_FORGETTING: tuple[Callable[[Session, datetime], object], ...] = (
    lambda session, now: purge_batches(session, now=now),
    forget_ended_answers,
    forget_ended_log_ins,
    forget_ended_tokens,
    forget_old_calls,
)


class Housekeeper:
    """Does the chores once, or every so often in a thread of its own."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        recovery: Recovery,
        deliver: Callable[[], object],
        on_stopped: StopListener,
        on_defect: DefectListener,
    ) -> None:
        """Prepare it.

        Args:
            database: Where everything is.
            clock: Tells the time.
            recovery: Finishes or voids what a dead process left behind.
            deliver: Delivers events that wait.
            on_stopped: Is told which seals were stopped, and why.
            on_defect: Is told of a chore that failed.
        """
        self._database = database
        self._clock = clock
        self._recovery = recovery
        self._deliver = deliver
        self._on_stopped = on_stopped
        self._on_defect = on_defect
        self._ending = Event()
        self._thread: Thread | None = None

    def tick(self) -> None:
        """Do every chore once; what fails is told, and left for the next time."""
        forgetting = map(self._forgets, _FORGETTING)
        for chore in (self._stop_seals, self._recovery.recover, *forgetting, self._deliver):
            try:
                chore()
            except Exception as error:  # noqa: BLE001  the other chores are not its fault
                self._on_defect(error)

    def start(self, *, every_s: float) -> None:
        """Do the chores every so many seconds, from then on, until closed."""
        self._thread = Thread(target=self._keep, args=(every_s,), name="housekeeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, after what is in hand."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def _keep(self, every_s: float) -> None:
        while not self._ending.wait(every_s):
            self.tick()

    def _stop_seals(self) -> None:
        with self._database.transaction() as session:
            stopped = stop_due_seals(session, now=self._clock.now())
        if stopped:
            self._on_stopped(stopped)

    def _forgets(self, forget: Callable[[Session, datetime], object]) -> Callable[[], None]:
        def chore() -> None:
            with self._database.transaction() as session:
                forget(session, self._clock.now())

        return chore
