"""Workers that are killed with a job in hand: another takes it over, and it is done once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.rules import LEASE
from certsvc.foundation.jobs.schedule import schedule_timer, schedule_work
from tests.crash import job_victim
from tests.support.forks import Forked, forked
from tests.support.jobs import NOW, effects, jobs, prepare

_PATIENCE_S = 60
_TAKEN_OVER_S = int(LEASE.total_seconds()) + 1


@contextmanager
def victim(
    database: Database, folder: Path, *, later_s: int = 0, hangs_at: str = ""
) -> Iterator[Forked]:
    url = database.engine.url.render_as_string(hide_password=False)
    with forked(job_victim.main, url, later_s, hangs_at, folder=folder, variables={}) as process:
        yield process


def kill_in_hand(database: Database, folder: Path, *, subject: str) -> None:
    """Let a worker claim a job, and kill it in the middle."""
    with victim(database, folder, hangs_at=subject) as process:
        give_up_at = time.monotonic() + _PATIENCE_S
        while "hangs" not in process.said():
            assert time.monotonic() < give_up_at
            assert process.poll() is None, process.said()
            time.sleep(0.02)
        process.kill()
        assert process.wait() == -signal.SIGKILL


def run(database: Database, folder: Path, *, later_s: int) -> None:
    with victim(database, folder, later_s=later_s) as process:
        assert (process.wait(), process.said()) == (0, "")


@pytest.mark.parametrize("subject", ["0", "3", "9"])
def test_a_timer_of_a_killed_worker_fires_once(
    empty_database: Database, tmp_path: Path, subject: str
) -> None:
    database = prepare(empty_database)
    with database.transaction() as session:
        for number in range(10):
            at = NOW - timedelta(minutes=10 - number)
            schedule_timer(session, "timer", str(number), at=at)
    kill_in_hand(database, tmp_path, subject=subject)
    assert effects(database) == [str(number) for number in range(int(subject))]
    run(database, tmp_path, later_s=0)
    assert subject not in effects(database), "its lease has not run out"
    run(database, tmp_path, later_s=_TAKEN_OVER_S)
    assert sorted(effects(database)) == [str(number) for number in range(10)]
    assert jobs(database) == []


def test_work_of_a_killed_worker_is_done_again(empty_database: Database, tmp_path: Path) -> None:
    database = prepare(empty_database)
    with database.transaction() as session:
        schedule_work(session, "work", {"a": {}, "b": {}}, now=NOW)
    kill_in_hand(database, tmp_path, subject="a")
    run(database, tmp_path, later_s=0)
    assert effects(database) == ["a", "b"]
    run(database, tmp_path, later_s=_TAKEN_OVER_S)
    assert effects(database) == ["a", "b", "a"], "at least once: its handler must bear that"
    assert jobs(database) == []


def test_several_processes_fire_each_timer_once(empty_database: Database, tmp_path: Path) -> None:
    database = prepare(empty_database)
    count = 300
    with database.transaction() as session:
        for number in range(count):
            schedule_timer(session, "timer", str(number), at=NOW - timedelta(seconds=number))
    with victim(database, tmp_path) as one, victim(database, tmp_path) as other:
        for process in (one, other):
            assert (process.wait(), process.said()) == (0, "")
    assert sorted(map(int, effects(database))) == list(range(count))
    assert jobs(database) == []
