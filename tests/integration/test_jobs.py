"""Timers and durable work: once, in order, moved, retried, given up, tried again."""

import logging
import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from certsvc.foundation.clock import SystemClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs import claims
from certsvc.foundation.jobs.kinds import Chore, JobKinds, Timer, Work
from certsvc.foundation.jobs.rules import LEASE, JobInHand, Lane, Later, Retrying
from certsvc.foundation.jobs.schedule import cancel_job, schedule_timer, schedule_work
from certsvc.foundation.jobs.troubles import (
    JobUnknownError,
    count_jobs,
    list_troubled,
    retry_job,
)
from certsvc.foundation.jobs.worker import JobWorker
from tests.support.batches import wait_until
from tests.support.jobs import (
    NOW,
    PERSONAL,
    TIMER,
    JobBench,
    effects,
    jobs,
    leave_effect,
    refuse,
)

_DAY = timedelta(days=1)
_WHOLE_TABLE = r"SCAN jobs(?! USING (COVERING )?INDEX ix_jobs_troubled)|Seq Scan on jobs"
"""In a plan of either engine; the index of troubled jobs holds nothing else."""


@pytest.fixture
def bench(empty_database: Database) -> JobBench:
    return JobBench(empty_database)


def test_the_timers_of_a_day_fire_after_a_night_without_workers(bench: JobBench) -> None:
    count = 200
    with bench.database.transaction() as session:
        for number in range(count):
            # In an order of their own, so that the order of the rows is not that of the instants.
            minute = number * 37 % count
            at = NOW + timedelta(minutes=minute)
            schedule_timer(session, "timer", f"{minute:03d}", at=at)
    bench.clock.advance(_DAY)
    worker = bench.worker(TIMER)
    assert worker.run_due() == count
    assert effects(bench.database) == [f"{number:03d}" for number in range(count)]
    assert worker.run_due() == 0
    assert jobs(bench.database) == []


def test_a_timer_waits_for_its_instant(bench: JobBench) -> None:
    bench.set_timer("a", in_s=60)
    worker = bench.worker(TIMER)
    bench.clock.advance(timedelta(seconds=59))
    assert (worker.run_due(), effects(bench.database)) == (0, [])
    bench.clock.advance(timedelta(seconds=1))
    assert (worker.run_due(), effects(bench.database)) == (1, ["a"])


def test_a_moved_timer_fires_at_its_new_time_alone(bench: JobBench) -> None:
    for subject in ("later", "earlier", "same"):
        bench.set_timer(subject, in_s=60)
    bench.set_timer("later", in_s=120)
    bench.set_timer("earlier", in_s=30)
    worker, seen = bench.worker(TIMER), []
    for _ in range(4):
        bench.clock.advance(timedelta(seconds=30))
        worker.run_due()
        seen.append(effects(bench.database))
    assert seen == [
        ["earlier"],
        ["earlier", "same"],
        ["earlier", "same"],
        ["earlier", "same", "later"],
    ]


def test_a_cancelled_timer_does_not_fire(bench: JobBench) -> None:
    bench.set_timer("a")
    with bench.database.transaction() as session:
        assert cancel_job(session, "timer", "a")
        assert not cancel_job(session, "timer", "a")
    assert (bench.worker(TIMER).run_due(), effects(bench.database)) == (0, [])


@pytest.mark.parametrize("act", ["moved", "cancelled", "taken over"])
def test_a_timer_that_is_moved_in_hand_does_not_fire_at_the_old_time(
    bench: JobBench, act: str
) -> None:
    bench.set_timer("a")
    job = bench.claim(Lane.TIMER, "timer")
    if act == "moved":
        bench.set_timer("a", in_s=60)
    elif act == "cancelled":
        with bench.database.transaction() as session:
            cancel_job(session, "timer", "a")
    else:
        bench.clock.advance(LEASE)
        bench.claim(Lane.TIMER, "timer")
    worker = bench.worker(TIMER)
    worker._do(job)
    assert (effects(bench.database), bench.faults) == ([], [])
    bench.clock.advance(_DAY)
    worker.run_due()
    assert effects(bench.database) == ([] if act == "cancelled" else ["a"])


def test_a_timer_may_set_itself_again(bench: JobBench) -> None:
    def fire(session: Session, job: JobInHand) -> None:
        leave_effect(session, job)
        if len(job.details) < 2:
            more = {f"round{len(job.details)}": 1} | dict(job.details)
            at = job.due_at + timedelta(minutes=1)
            schedule_timer(session, "timer", job.subject, at=at, **more)

    bench.set_timer("a")
    worker, counts = bench.worker(Timer(name="timer", fire=fire)), []
    for _ in range(4):
        counts.append(worker.run_due())
        bench.clock.advance(timedelta(minutes=1))
    assert (counts, effects(bench.database)) == ([1, 1, 1, 0], ["a"] * 3)
    assert bench.faults == []


def test_it_is_the_callers_transaction_that_sets_a_timer(bench: JobBench) -> None:
    with bench.database.transaction() as session:
        schedule_timer(session, "timer", "a", at=NOW)
        session.rollback()
    assert jobs(bench.database) == []


def test_a_failing_timer_is_tried_again_with_growing_pauses_and_then_kept(
    bench: JobBench, caplog: pytest.LogCaptureFixture
) -> None:
    retrying = Retrying(attempts=4, first_s=10, longest_s=25)
    worker = bench.worker(Timer(name="timer", fire=refuse(), retrying=retrying))
    bench.set_timer("a")
    with caplog.at_level(logging.ERROR, "certsvc.jobs"):
        for pause in (0, 10, 20, 25):
            bench.clock.advance(timedelta(seconds=pause) - timedelta(seconds=1))
            assert worker.run_due() == 0, "not before its pause has ended"
            bench.clock.advance(timedelta(seconds=1))
            assert worker.run_due() == 1
        bench.clock.advance(_DAY)
        assert worker.run_due() == 0, "given up"
    assert effects(bench.database) == [], "what it did goes back with each failure"
    with bench.database.reading() as session:
        (job,) = list_troubled(session)
        counts = count_jobs(session, now=bench.clock.now())
    assert (job.subject, job.attempts, job.run_at) == ("a", 4, None)
    assert (counts.failed, counts.waiting, counts.retrying) == (1, 0, 0)
    for told in (str(job.last_error), caplog.text):
        assert "RuntimeError at " in told
        assert " jobs.py:" in told
        assert PERSONAL not in told
    assert len(caplog.records) == len(bench.faults) == 4


def test_a_failed_job_can_be_tried_again(bench: JobBench) -> None:
    once = Retrying(attempts=1)
    bench.worker(Timer(name="timer", fire=refuse(), retrying=once)).run_due()
    bench.set_timer("a")
    bench.worker(Timer(name="timer", fire=refuse(), retrying=once)).run_due()
    (job,) = jobs(bench.database)
    with bench.database.transaction() as session:
        retry_job(session, job.id, now=NOW)
    assert bench.worker(TIMER).run_due() == 1
    assert effects(bench.database) == ["a"]
    with bench.database.transaction() as session, pytest.raises(JobUnknownError):
        retry_job(session, job.id, now=NOW)


def test_one_that_fails_holds_no_other_up(bench: JobBench) -> None:
    bench.set_timer("bad", kind="bad", in_s=-2)
    bench.set_timer("good", in_s=-1)
    bench.worker(Timer(name="bad", fire=refuse()), TIMER).run_due()
    assert effects(bench.database) == ["good"]
    with bench.database.reading() as session:
        assert [job.subject for job in list_troubled(session)] == ["bad"]
        assert count_jobs(session, now=NOW).retrying == 1


def test_a_job_that_kills_its_worker_each_time_is_given_up(bench: JobBench) -> None:
    retrying = Retrying(attempts=3)
    bench.set_timer("a")
    for _ in range(3):
        bench.claim(Lane.TIMER, "timer")
        bench.clock.advance(LEASE)
    bench.worker(Timer(name="timer", fire=leave_effect, retrying=retrying)).run_due()
    (job,) = jobs(bench.database)
    assert job.failed_at == bench.clock.now()
    assert str(job.last_error).startswith("JobTroubledError")


def test_a_kind_that_a_worker_does_not_know_is_left_to_others(bench: JobBench) -> None:
    bench.set_timer("new", kind="newer", in_s=-1)
    bench.set_timer("a")
    assert bench.worker(TIMER).run_due() == 1
    assert [job.attempts for job in jobs(bench.database)] == [0]
    bench.clock.advance(_DAY)
    with bench.database.reading() as session:
        assert count_jobs(session, now=bench.clock.now()).late == 1


def test_workers_in_threads_fire_each_timer_once(bench: JobBench) -> None:
    count = 120
    for number in range(count):
        bench.set_timer(str(number))
    workers = [bench.worker(TIMER) for _ in range(3)]
    threads = [threading.Thread(target=worker.run_due) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(int, effects(bench.database))) == list(range(count))
    assert bench.faults == []


def test_work_is_put_off_and_goes_on(bench: JobBench) -> None:
    waits: list[int] = []

    def perform(job: JobInHand) -> Later | None:
        waits.append(job.waits)
        return Later(after_s=10) if len(waits) < 30 else None

    worker = bench.worker(Work(name="work", perform=perform, retrying=Retrying(attempts=2)))
    with bench.database.transaction() as session:
        schedule_work(session, "work", {"a": {}}, now=NOW)
    for _ in range(30):
        assert worker.run_due() == 1
        assert worker.run_due() == 0
        bench.clock.advance(timedelta(seconds=10))
    assert (waits, jobs(bench.database)) == (list(range(30)), [])


def test_urgent_work_comes_first_and_a_failure_is_told(bench: JobBench) -> None:
    done: list[str] = []
    failed: list[str] = []

    def perform(job: JobInHand) -> None:
        done.append(job.subject)
        if job.subject == "a1":
            raise RuntimeError

    worker = bench.worker(
        Work(
            name="work",
            perform=perform,
            retrying=Retrying(attempts=1),
            on_failed=lambda _, job: failed.append(job.subject),
        )
    )
    for name in "ab":
        with bench.database.transaction() as session:
            pieces = {f"{name}{number}": {"number": number} for number in range(3)}
            schedule_work(session, "work", pieces, now=bench.clock.now())
        bench.clock.advance(timedelta(seconds=1))
    worker.run_due()
    assert done == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert failed == ["a1"]


def test_a_worker_that_ends_gives_its_work_back(bench: JobBench) -> None:
    begun = threading.Event()

    def perform(job: JobInHand) -> Later:
        begun.set()
        wait_until(job.is_stopping)
        return Later()

    work = Work(name="work", perform=perform)
    worker = JobWorker(bench.database, SystemClock(), JobKinds(work))
    with bench.database.transaction() as session:
        schedule_work(session, "work", {"a": {}}, now=SystemClock().now())
    worker.start()
    assert begun.wait(20)
    worker.close(patience_s=20)
    (job,) = jobs(bench.database)
    assert (job.claim, job.attempts, job.waits) == (None, 0, 0)


def test_what_takes_longer_than_its_lease_is_renewed(bench: JobBench) -> None:
    bench.set_timer("a")
    job = bench.claim(Lane.TIMER, "timer")
    bench.clock.advance(LEASE - timedelta(seconds=1))
    assert bench.worker(TIMER).run_due() == 0
    claims.renew(bench.database, job, now=bench.clock.now())
    bench.clock.advance(LEASE - timedelta(seconds=1))
    assert bench.worker(TIMER).run_due() == 0
    bench.clock.advance(timedelta(seconds=1))
    assert bench.worker(TIMER).run_due() == 1


def test_nothing_reads_the_whole_table(bench: JobBench) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        bench.database.engine,
        "before_cursor_execute",
        lambda *given: asked.append((given[2], given[3])),
    )
    worker = bench.worker(TIMER, Chore(name="chore", perform=lambda: None, every=_DAY))
    bench.set_timer("a")
    worker._look()
    worker.run_due()
    with bench.database.reading() as session:
        list_troubled(session)
        count_jobs(session, now=NOW)
    questions = [(sql, given) for sql, given in asked if "FROM jobs" in sql and "SELECT" in sql]
    assert len(questions) >= 8
    is_sqlite = bench.database.engine.dialect.name == "sqlite"
    with bench.database.engine.connect() as connection:
        if not is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for sql, given in questions:
            explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
            plan = "\n".join(map(str, connection.exec_driver_sql(explain + sql, given)))
            assert not re.search(_WHOLE_TABLE, plan), (sql, plan)


def test_two_kinds_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        JobKinds(TIMER, TIMER)
