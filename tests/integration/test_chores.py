"""Chores: one process at a time, each on its own, before their time when they are wanted."""

import threading
from datetime import timedelta

import pytest

from certsvc.foundation.clock import SystemClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.kinds import Chore, JobKinds
from certsvc.foundation.jobs.rules import LEASE, Lane
from certsvc.foundation.jobs.schedule import schedule_timer
from certsvc.foundation.jobs.troubles import count_jobs, list_troubled
from certsvc.foundation.jobs.worker import JobWorker
from tests.support.batches import wait_until
from tests.support.jobs import TIMER, JobBench, effects, jobs

_DAY = timedelta(days=1)


@pytest.fixture
def bench(empty_database: Database) -> JobBench:
    return JobBench(empty_database)


def test_chores_one_at_a_time_and_one_that_fails_leaves_the_others(bench: JobBench) -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("bad")
        raise RuntimeError

    every = timedelta(minutes=10)
    chores = (
        Chore(name="bad", perform=fail, every=every),
        Chore(name="good", perform=lambda: done.append("good"), every=every),
    )
    worker = bench.worker(*chores)
    worker.run_due()
    assert done == ["bad", "good"]
    assert worker.run_due() == 0
    bench.clock.advance(timedelta(seconds=5))
    worker.run_due()
    assert done == ["bad", "good", "bad"], "it comes up again after a pause"
    bench.clock.advance(every)
    held = bench.claim(Lane.CHORE, "good")
    bench.worker(*chores).run_chores()
    assert done[3:] == ["bad"], "the other one is in another process's hands"
    with bench.database.reading() as session:
        assert [job.kind for job in list_troubled(session)] == ["bad"]
    bench.clock.advance(LEASE)
    worker.run_due()
    assert "good" in done[4:], "until its lease has run out"
    assert held.attempts == 1


def test_a_wanted_chore_and_a_new_timer_begin_within_about_a_second(bench: JobBench) -> None:
    wanted, ran = threading.Event(), threading.Event()

    def perform() -> None:
        if wanted.is_set():
            wanted.clear()
            ran.set()

    chore = Chore(name="chore", perform=perform, every=_DAY, is_wanted=lambda _: wanted.is_set())
    kinds = JobKinds(chore, TIMER)
    worker = JobWorker(bench.database, SystemClock(), kinds, on_failure=bench.faults.append)
    worker.start()
    try:
        wait_until(lambda: any(job.ended_at for job in jobs(bench.database)))
        assert not ran.is_set()
        wanted.set()
        assert ran.wait(20)
        with bench.database.transaction() as session:
            schedule_timer(session, "timer", "a", at=SystemClock().now())
        wait_until(lambda: effects(bench.database) == ["a"])
        with bench.database.reading() as session:
            assert count_jobs(session, now=SystemClock().now()).workers == 1
    finally:
        worker.close(patience_s=20)
    assert bench.faults == []
    with bench.database.reading() as session:
        assert count_jobs(session, now=SystemClock().now()).workers == 0
