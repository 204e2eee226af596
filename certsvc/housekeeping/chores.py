"""The periodic maintenance chores of an installation.

- A seal whose certificate nears its end, or whose count is full, is stopped; what a dead process
  left behind is finished or voided; what has run out is forgotten.
- Each is a chore of its own (`foundation.jobs`): one process at a time does it, in a transaction
  of its own, and one that fails leaves the others done.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from certsvc.certificates.batches.purging import purge_batches
from certsvc.certificates.issuance.recovery import Recovery
from certsvc.evidence.sources.call_log import forget_old_calls
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.idempotency.service import forget_ended_answers
from certsvc.foundation.jobs.kinds import Chore
from certsvc.people.accounts.service import forget_ended_log_ins
from certsvc.people.clients.service import forget_ended_tokens
from certsvc.sealing.register.limits import stop_due_seals
from certsvc.sealing.register.rules import StopReasonCode
from keys.whole_files import sweep

StopListener = Callable[[dict[str, StopReasonCode]], None]
_FORGETTING: dict[str, Callable[[Session, datetime], object]] = {
    "batches.purge": lambda session, now: purge_batches(session, now=now),
    "idempotency.forget": forget_ended_answers,
    "log-ins.forget": forget_ended_log_ins,
    "tokens.forget": forget_ended_tokens,
    "source-calls.forget": forget_old_calls,
}


def maintenance_chores(
    *,
    database: Database,
    clock: Clock,
    recovery: Recovery,
    on_stopped: StopListener,
    deliver: Callable[[], object],
    folders: Collection[Path],
    every_s: float,
) -> list[Chore]:
    """Return the chores.

    Args:
        database: Where everything is.
        clock: Tells the time.
        recovery: Finishes or voids what a dead process left behind.
        on_stopped: Is told which seals were stopped, and why.
        deliver: Delivers events that wait for a subscriber.
        folders: Where writers leave unfinished files when they are killed.
        every_s: How long from one run of a chore to the next, in seconds.
    """

    def stop_seals() -> None:
        with database.transaction() as session:
            stopped = stop_due_seals(session, now=clock.now())
        if stopped:
            on_stopped(stopped)

    def sweep_files() -> None:
        for folder in folders:
            sweep(folder)

    def forgetting(forget: Callable[[Session, datetime], object]) -> Callable[[], None]:
        def perform() -> None:
            with database.transaction() as session:
                forget(session, clock.now())

        return perform

    acts: dict[str, Callable[[], object]] = {
        "seals.stop-due": stop_seals,
        "issuance.recover": recovery.recover,
        "events.deliver": deliver,
        "files.sweep": sweep_files,
    }
    acts |= {name: forgetting(forget) for name, forget in _FORGETTING.items()}
    every = timedelta(seconds=every_s)
    return [Chore(name=name, perform=perform, every=every) for name, perform in acts.items()]
