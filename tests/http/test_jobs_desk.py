"""Jobs that failed, as an operator sees them: the page, the interface, the command, the health."""

from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from certsvc.bootstrap import Services
from certsvc.foundation.clock import FixedClock, SystemClock
from certsvc.foundation.jobs.kinds import JobKinds, Timer
from certsvc.foundation.jobs.records import Job
from certsvc.foundation.jobs.rules import JobInHand, Lane, Retrying
from certsvc.foundation.jobs.schedule import schedule_timer
from certsvc.foundation.jobs.worker import JobWorker
from certsvc.foundation.settings import read_settings
from tests.support.command import run_command
from tests.support.visitors import Visitor

PERSONAL = "990101199003070023"


def fail_twice(services: Services) -> list[int]:
    """Leave one job that was given up and one that will be tried again."""

    def refuse(_: Session, __: JobInHand) -> None:
        raise RuntimeError(PERSONAL)

    kinds = JobKinds(
        Timer(name="once", fire=refuse, retrying=Retrying(attempts=1)),
        Timer(name="again", fire=refuse),
    )
    now = services.clock.now()
    with services.database.transaction() as session:
        for kind in ("once", "again"):
            schedule_timer(session, kind, "case-1", at=now)
    worker = JobWorker(services.database, FixedClock(now), kinds, lanes=(Lane.TIMER,))
    assert worker.run_due() == 2
    with services.database.reading() as session:
        jobs = session.query(Job).where(Job.last_error.is_not(None)).order_by(Job.kind)
        return [job.id for job in jobs][::-1]


def test_the_page_shows_what_failed_and_has_it_tried_again(visitor: Visitor) -> None:
    given_up, retried = fail_twice(visitor.world.services)
    visitor.enter("pack.sun")
    page = visitor.client.get("/jobs").text
    for words in (
        "已失败 1 项",
        "等待重试 1 项",
        "case-1",
        "RuntimeError at",
        "test_jobs_desk.py:",
    ):
        assert words in page
    assert PERSONAL not in page
    assert page.index(f"/jobs/{given_up}/retry") < page.index(f"/jobs/{retried}/retry")
    answer = visitor.client.post(f"/jobs/{given_up}/retry", data={"a": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/jobs?tried={given_up}")
    page = visitor.client.get(f"/jobs?tried={given_up}").text
    assert "已安排立即再试" in page
    assert "已失败 0 项" in page
    assert visitor.client.post("/jobs/999/retry", data={"a": ""}).status_code == 404


def test_nobody_else_sees_them(visitor: Visitor) -> None:
    given_up, _ = fail_twice(visitor.world.services)
    for login in ("clerk.wang", "seal.qian", "pack.zhou"):
        headers = visitor.bearer(login)
        for method, path in (
            ("GET", "/api/v1/jobs"),
            ("POST", f"/api/v1/jobs/{given_up}/retry"),
        ):
            assert visitor.client.request(method, path, headers=headers).status_code == 403


def test_the_interface_tells_the_same(visitor: Visitor) -> None:
    given_up, retried = fail_twice(visitor.world.services)
    operator = visitor.bearer("pack.sun")
    told = visitor.client.get("/api/v1/jobs", headers=operator).json()
    assert [job["number"] for job in told["troubled"]] == [given_up, retried]
    assert (told["failed"], told["retrying"], told["workers"]) == (1, 1, 0)
    assert [job["state"] for job in told["troubled"]] == ["failed", "retrying"]
    assert visitor.client.get("/healthz").json()["jobs_failed"] == 1
    path = f"/api/v1/jobs/{given_up}/retry"
    again = visitor.client.post(path, headers=operator).json()
    assert (again["number"], again["state"]) == (given_up, "retrying")
    health = visitor.client.get("/healthz")
    assert (health.status_code, health.json()["jobs_failed"]) == (200, 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_tells_the_same(home: Path, language: str) -> None:
    services = Services(read_settings(home), SystemClock())
    given_up, _ = fail_twice(services)
    listed = run_command(home, "jobs", "list", "--lang", language)
    assert listed.code == 1
    assert f"{given_up} once case-1" in listed.out
    assert PERSONAL not in listed.out
    assert run_command(home, "jobs", "retry", str(given_up)).code == 0
    assert run_command(home, "jobs", "retry", "999").code == 1
    assert run_command(home, "jobs", "list").code == 0
    with services.database.transaction() as session:
        session.execute(update(Job).values(kind="batch.chunk").where(Job.id == given_up))
    assert "办理批次中的一段" in run_command(home, "jobs", "list").out
    services.close()
