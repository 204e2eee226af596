"""Does jobs until it is killed or nothing is due; run by test_job_crash.py.

`later_s` is how many seconds after the tests' instant its clock stands, `hangs_at` the subject of a
job at which it says so and hangs, to be killed there; empty if it does not hang.
"""

import time
from datetime import timedelta

from sqlalchemy.orm import Session

from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.kinds import JobKinds, Timer, Work
from certsvc.foundation.jobs.rules import JobInHand, Later
from certsvc.foundation.jobs.worker import JobWorker
from tests.support.jobs import NOW, leave_effect


def main(url: str, later_s: int, hangs_at: str) -> None:
    """Do what is due."""
    database = Database(url)

    def fire(session: Session, job: JobInHand) -> None:
        leave_effect(session, job)
        hang(job)

    def perform(job: JobInHand) -> Later | None:
        with database.transaction() as session:
            leave_effect(session, job)
        hang(job)
        return None

    def hang(job: JobInHand) -> None:
        if job.subject == hangs_at:
            print("hangs", flush=True)  # noqa: T201  read by the test
            time.sleep(3600)

    kinds = JobKinds(Timer(name="timer", fire=fire), Work(name="work", perform=perform))
    clock = FixedClock(NOW + timedelta(seconds=later_s))
    JobWorker(database, clock, kinds, on_failure=complain).run_due()
    database.close()


def complain(error: Exception) -> None:
    """Tell the test."""
    print(f"fault {type(error).__name__}", flush=True)  # noqa: T201  read by the test
