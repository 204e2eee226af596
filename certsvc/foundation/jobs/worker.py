"""Worker of one process: polls about once a second, and runs due jobs.

- One thread looks, with one cheap question for all lanes; each lane has a thread that sleeps until
  something is due. Looking is all that an idle process does.
- A job that fails is logged by class and place, never by message, and tried again after a pause.
- Of a process that dies, leases run out, and any other process takes its jobs over.
"""

import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs import claims
from certsvc.foundation.jobs.kinds import Chore, JobKinds, Timer, Work
from certsvc.foundation.jobs.looking import (
    bring_forward,
    due_lanes,
    say_alive,
    say_gone,
    wanted_chores,
)
from certsvc.foundation.jobs.rules import (
    LONGEST_ERROR,
    RENEW_EVERY_S,
    JobInHand,
    JobTroubledError,
    Lane,
    Later,
)
from certsvc.foundation.jobs.schedule import keep_chores
from signing.defects import describe_defect

LOG = logging.getLogger("certsvc.jobs")
_LOOK_EVERY_S, _SHORTEST_S = 1.0, 0.01
_SIGN_EVERY = timedelta(seconds=30)
ALL_LANES = tuple(Lane)

FailureListener = Callable[[Exception], None]


def log_failure(error: Exception) -> None:
    """Log a fault by its class and places; its message may hold personal data."""
    LOG.error("fault: %s", describe_defect(error))


class JobWorker:
    """Does jobs: once (`run_due`), or in threads of its own until it is closed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        kinds: JobKinds,
        *,
        lanes: Collection[Lane] = ALL_LANES,
        on_failure: FailureListener = log_failure,
        on_given_up: Callable[[Session, JobInHand], None] | None = None,
    ) -> None:
        """Prepare it.

        Args:
            database: Where the jobs are.
            clock: Tells what is due.
            kinds: What it can do; other kinds are left to others.
            lanes: Which jobs it does.
            on_failure: Is told of each failure; that of a job is logged in any case.
            on_given_up: Is called in the transaction that gives a job up, of whatever kind.
        """
        self._database = database
        self._clock = clock
        self._kinds = kinds
        self._lanes = tuple(lane for lane in Lane if lane in lanes)
        self._on_failure = on_failure
        self._on_given_up = on_given_up
        self._id = f"worker-{secrets.token_hex(8)}"
        self._stopping = Event()
        self._due = {lane: Event() for lane in self._lanes}
        self._threads: list[Thread] = []
        self._signed_at: datetime | None = None

    def start(self) -> None:
        """Start polling and working."""
        self._threads = [
            Thread(target=self._watch, name="jobs-look", daemon=True),
            *(
                Thread(target=self._serve, args=(lane,), name=f"jobs-{lane.value}", daemon=True)
                for lane in self._lanes
            ),
        ]
        for thread in self._threads:
            thread.start()

    def close(self, *, patience_s: float = 0) -> None:
        """Claim no further jobs, and wait for running ones up to a time limit.

        What is cut off is taken over by another process when its lease has run out.
        """
        self._stopping.set()
        for event in self._due.values():
            event.set()
        give_up_at = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))
        if self._signed_at is not None:
            self._attempt(self._say_gone)

    def run_due(self, *lanes: Lane) -> int:
        """Do everything that is due now, in this thread; return how many jobs were claimed."""
        count = 0
        for lane in lanes or self._lanes:
            if lane is Lane.CHORE:
                self._keep_chores()
            while self._do_next(lane):
                count += 1
        return count

    def run_chores(self) -> None:
        """Do every chore once, in this thread, but those that another process has in hand."""
        self._keep_chores()
        with self._database.transaction() as session:
            bring_forward(session, self._kinds.of(Lane.CHORE), now=self._clock.now())
        self.run_due(Lane.CHORE)

    def _watch(self) -> None:
        pause_s = 0.0
        is_well = True
        self._attempt(self._keep_chores)
        while not self._stopping.wait(pause_s):
            try:
                pause_s = self._look()
                is_well = True
            except Exception as error:  # noqa: BLE001  the next look may go well
                if is_well:
                    self._tell(error)
                is_well, pause_s = False, _LOOK_EVERY_S

    def _look(self) -> float:
        """Wake the lanes that have something to do; return how long to sleep, in seconds."""
        now = self._clock.now()
        with self._database.reading() as session:
            due, next_at = due_lanes(session, self._lanes, now=now)
            wanted = self._wanted(session, now)
        if wanted:
            with self._database.transaction() as session:
                bring_forward(session, wanted, now=now)
            due.add(Lane.CHORE)
        for lane in due:
            self._due[lane].set()
        if self._signed_at is None or now - self._signed_at >= _SIGN_EVERY:
            with self._database.transaction() as session:
                say_alive(session, self._id, does_work=Lane.WORK in self._lanes, now=now)
            self._signed_at = now
        if next_at is None:
            return _LOOK_EVERY_S
        return min(_LOOK_EVERY_S, max(_SHORTEST_S, (next_at - now).total_seconds()))

    def _wanted(self, session: Session, now: datetime) -> list[str]:
        return wanted_chores(session, self._kinds, now=now) if Lane.CHORE in self._lanes else []

    def _say_gone(self) -> None:
        with self._database.transaction() as session:
            say_gone(session, self._id)

    def _serve(self, lane: Lane) -> None:
        while not self._stopping.is_set():
            self._due[lane].wait()
            self._due[lane].clear()
            try:
                while not self._stopping.is_set() and self._do_next(lane):
                    pass
            except Exception as error:  # noqa: BLE001  it is looked for again in a second
                self._tell(error)

    def _do_next(self, lane: Lane) -> bool:
        """Claim a job and do it; tell whether there was one."""
        with self._database.transaction() as session:
            job = claims.claim_next(
                session,
                self._kinds.of(lane),
                lane=lane,
                now=self._clock.now(),
                is_stopping=self._stopping.is_set,
            )
        if job is None:
            return False
        try:
            self._do(job)
        except Exception as error:  # noqa: BLE001  whatever it is, it is told and tried again
            self._fail(job, error)
        return True

    def _do(self, job: JobInHand) -> None:
        kind = self._kinds.get(job.kind)
        if job.attempts > kind.retrying.attempts and not isinstance(kind, Chore):
            raise JobTroubledError
        match kind:
            case Timer():
                self._fire(kind, job)
            case Chore():
                with self._renewing(job):
                    kind.perform()
                now = self._clock.now()
                with self._database.transaction() as session:
                    claims.end_chore(session, job, now=now, every=kind.every)
            case Work():
                with self._renewing(job):
                    later = kind.perform(job)
                self._end_work(job, later)

    def _fire(self, kind: Timer, job: JobInHand) -> None:
        with self._database.transaction() as session:
            # Moved, cancelled or taken over meanwhile: it must not fire here.
            if claims.hold(session, job):
                kind.fire(session, job)
                claims.end(session, job)

    def _end_work(self, job: JobInHand, later: Later | None) -> None:
        with self._database.transaction() as session:
            if later is None:
                claims.end(session, job)
            else:
                claims.put_off(session, job, later, now=self._clock.now())

    def _fail(self, job: JobInHand, error: Exception) -> None:
        kind, now = self._kinds.get(job.kind), self._clock.now()
        described = describe_defect(error)[:LONGEST_ERROR]
        LOG.error("job %d (%s), attempt %d: %s", job.id, job.kind, job.attempts, described)
        if self._on_failure is not log_failure:
            self._on_failure(error)
        pause = kind.retrying.pause_after(job.attempts)
        with self._database.transaction() as session:
            if not claims.hold(session, job):
                return
            if isinstance(kind, Chore):
                claims.try_again(session, job, described, at=now + min(pause, kind.every))
            elif job.attempts < kind.retrying.attempts:
                claims.try_again(session, job, described, at=now + pause)
            else:
                claims.give_up(session, job, described, now=now)
                if isinstance(kind, Work) and kind.on_failed is not None:
                    kind.on_failed(session, job)
                if self._on_given_up is not None:
                    self._on_given_up(session, job)

    @contextmanager
    def _renewing(self, job: JobInHand) -> Iterator[None]:
        """Renew the lease of a job while the block runs."""
        ended = Event()

        def keep() -> None:
            while not ended.wait(RENEW_EVERY_S):
                self._attempt(lambda: claims.renew(self._database, job, now=self._clock.now()))

        thread = Thread(target=keep, name="jobs-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _keep_chores(self) -> None:
        if Lane.CHORE in self._lanes:
            with self._database.transaction() as session:
                keep_chores(session, self._kinds.of(Lane.CHORE), now=self._clock.now())

    def _attempt(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  it is tried again, or shows later
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        self._on_failure(error)
