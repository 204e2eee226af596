"""The five outcomes through every way in, and how sources stand: interface, page and command."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from certsvc.demonstration.district import APPROVAL_BUREAU, PASSWORD, POLICE, TALENT_MATTER
from tests.support.command import run_command
from tests.support.department_service import (
    Behaviour,
    DepartmentService,
    department_service,
    replies,
    resets,
    says,
)
from tests.support.desk import USE, look, press
from tests.support.visitors import Visitor

PERSON = {"xm": "青小禾", "xb": "女", "csrq": "19900307", "sfzh": "990101199003070023"}
DESCRIPTION = """
[[source]]
code = "police-service"
name = "公安接口"
kind = "http"
unit = "{unit}"
url = "{url}"
retries = 0
limits = {{total_s = 30, read_s = {read_s}, failures = 2, rest_s = 3600}}

[source.types.no-criminal-record]
path = "/query"
parameters = {{number = ":holder"}}
records = "data"
holder_name = "xm"
basis = "违法犯罪人员信息接口"

[source.types.no-criminal-record.fields]
name = "xm"
sex = "xb"
birth_on = {{column = "csrq", form = "date", date_format = "%Y%m%d"}}
id_type = "zjlx"
id_number = {{column = "sfzh", form = "identity-number"}}
period_from_on = "cxqsrq"
period_to_on = "cxjzrq"
result = "cxjg"
"""
FACTS = PERSON | {
    "zjlx": "居民身份证",
    "cxqsrq": "2006-03-07",
    "cxjzrq": "2026-11-20",
    "cxjg": "未发现有犯罪记录",
}
GOOD = replies({"data": [FACTS]})


@pytest.fixture
def service() -> Iterator[DepartmentService]:
    with department_service(GOOD) as running:
        yield running


@pytest.fixture
def connected(visitor: Visitor, service: DepartmentService) -> Visitor:
    """A visitor of a world whose police answers over HTTP."""
    connect(visitor, service)
    return visitor


def connect(visitor: Visitor, service: DepartmentService, *, read_s: float = 30) -> None:
    text = DESCRIPTION.format(unit=POLICE, url=service.url, read_s=read_s)
    (visitor.world.home / "sources.toml").write_text(text)


def hang(service: DepartmentService) -> Behaviour:
    return service.hang


OUTCOMES: dict[str, tuple[Callable[[DepartmentService], Behaviour], int, str, str, str]] = {
    "none": (
        lambda _: replies({"data": []}),
        404,
        "sources.holder-not-found",
        "没有查到",
        "部门核验",
    ),
    "several": (
        lambda _: replies({"data": [FACTS, FACTS]}),
        409,
        "sources.several-records",
        "多条同号记录",
        "部门核验",
    ),
    "slow": (hang, 503, "sources.slow", "没有在规定时间内答复", "过几分钟再试"),
    "nonsense": (
        lambda _: says("<html>"),
        503,
        "sources.nonsense",
        "不是规定的数据格式",
        "改用部门核验",
    ),
    "down": (lambda _: resets, 503, "sources.unavailable", "连不上", "稍后再试"),
}


@pytest.mark.both_engines
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_five_outcomes_at_the_interface_the_desk_and_the_command(
    connected: Visitor, service: DepartmentService, outcome: str, tmp_path: Path
) -> None:
    make, status, code, said, advice = OUTCOMES[outcome]
    if outcome == "slow":
        connect(connected, service, read_s=0.3)
    service.behave(make(service))
    answer = connected.client.post(
        "/api/v1/certificates",
        json=connected.request(),
        headers=connected.clerk() | {"Idempotency-Key": "k", "Accept-Language": "zh"},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert said in answer.json()["detail"]
    assert advice in answer.json()["detail"]
    assert "Retry-After" in answer.headers or status != 503

    connected.enter("clerk.wang")
    page = look(connected)
    assert page.status_code == status
    assert said in page.text

    arguments = ["issue", "--type", "no-criminal-record", "--matter", TALENT_MATTER]
    arguments += ["--holder", connected.world.resident.identity_number, "--purpose", "用途"]
    arguments += ["--unit", APPROVAL_BUREAU, "--out", str(tmp_path / "x.pdf")]
    ran = run_command(connected.world.home, *arguments)
    assert ran.code == 1
    assert code in ran.err
    assert said in ran.err.replace("\n", "")


def test_an_answer_over_http_is_issued_with_its_warning(
    connected: Visitor, service: DepartmentService
) -> None:
    odd = "990101199003070024"
    service.behave(replies({"data": [FACTS | {"sfzh": odd}]}))
    answer = connected.client.post(
        "/api/v1/certificates",
        json=connected.request(holder=odd),
        headers=connected.clerk() | {"Idempotency-Key": "k", "Accept-Language": "zh"},
    )
    assert answer.status_code == 201, answer.text
    (warning,) = answer.json()["warnings"]
    assert (warning["code"], warning["field"]) == ("check-character", "holder")
    assert "校验码" in warning["text"]
    connected.enter("clerk.wang")
    page = look(connected, holder=odd, purpose="另一用途")
    assert warning["text"] in page.text
    done = press(connected, page.text, use=USE).headers["location"]
    assert warning["text"] in connected.client.get(done).text
    english = connected.client.get(f"{done}&lang=en")
    assert "compare it with the original document" in english.text


def test_a_value_that_cannot_be_names_the_field(
    connected: Visitor, service: DepartmentService
) -> None:
    service.behave(replies({"data": [FACTS | {"csrq": "19900231"}]}))
    answer = connected.client.post(
        "/api/v1/certificates",
        json=connected.request(),
        headers=connected.clerk() | {"Idempotency-Key": "k", "Accept-Language": "zh"},
    )
    assert answer.json()["code"] == "sources.nonsense"
    assert "birth_on" in answer.json()["detail"]
    assert "不是真实日期" in answer.json()["detail"]
    assert "19900231" not in answer.text


def states(visitor: Visitor, headers: dict[str, str]) -> dict[str, Any]:
    answer = visitor.client.get("/api/v1/sources", headers=headers)
    assert answer.status_code == 200, answer.text
    return {each["source"]: each for each in answer.json()["sources"]}


def test_the_interface_tells_how_sources_stand_without_their_addresses(
    connected: Visitor, service: DepartmentService
) -> None:
    clerk = connected.clerk()
    assert states(connected, clerk)["police-service"]["last_success_at"] is None
    connected.world.issue()
    service.behave(resets)
    for number in range(3):
        with pytest.raises(Exception, match=r"sources\.unavailable"):
            connected.world.issue(purpose=f"用途{number}")
    state = states(connected, clerk)["police-service"]
    assert state["unit_name"] == "青禾市公安局云岭分局"
    english = "Certificate of No Criminal Record"
    named = {"code": "no-criminal-record", "name": "无犯罪记录证明", "name_en": english}
    assert state["types"] == [named]
    assert (state["calls"], state["failures"], state["breaker"]) == (3, 2, "open")
    assert (state["last_failure"], state["under_way"]) == ("down", 0)
    assert state["latency"]["p50_ms"] <= state["latency"]["longest_ms"]
    assert service.url not in str(state)


def test_a_check_on_demand(connected: Visitor, service: DepartmentService) -> None:
    clerk = connected.clerk() | {"Accept-Language": "zh"}
    service.behave(replies({"data": []}))
    done = connected.client.post("/api/v1/sources/police-service/checks", headers=clerk)
    assert (done.status_code, done.json()["outcome"]) == (200, "answered")
    assert done.json()["text"] == "正常答复"
    assert states(connected, clerk)["police-service"]["last_check"] == done.json()
    unknown = connected.client.post("/api/v1/sources/nowhere/checks", headers=clerk)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sources.unknown")


@pytest.mark.parametrize("login", ["seal.zhao"])
def test_whoever_has_other_work_sees_no_sources(visitor: Visitor, login: str) -> None:
    answer = visitor.client.get("/api/v1/sources", headers=visitor.bearer(login))
    assert (answer.status_code, answer.json()["code"]) == (403, "organisations.permission-denied")
    visitor.enter(login)
    assert visitor.client.get("/sources").status_code == 403
    assert 'href="/sources"' not in visitor.client.get("/seals").text


def test_a_holder_sees_no_sources(visitor: Visitor) -> None:
    assert visitor.client.get("/api/v1/sources", headers=visitor.holder()).status_code == 403
    visitor.enter(visitor.world.resident.identity_number)
    assert visitor.client.get("/sources").status_code == 403
    assert visitor.client.post("/sources/police-registry/checks").status_code in {403, 415}


def test_the_page_shows_state_picture_and_the_check(
    connected: Visitor, service: DepartmentService
) -> None:
    connected.enter("handler.li")
    page = connected.client.get("/sources").text
    assert "尚未查询过" in page
    assert "<rect" not in page
    service.behave(replies({"data": []}))
    done = connected.client.post("/sources/police-service/checks", data={"a": "b"})
    assert (done.status_code, done.headers["location"]) == (303, "/sources?checked=police-service")
    page = connected.client.get(done.headers["location"]).text
    assert re.search(r'role="status">.*?公安接口：正常答复（', page, re.DOTALL)
    assert page.count("<rect") == 1
    assert "最近 1 次查询的用时" in page
    english = connected.client.get("/sources?lang=en").text
    assert "answers" in english
    assert "Times of the last 1 calls" in english


def test_the_command_lists_and_checks(home: Path) -> None:
    listed = run_command(home, "sources", "list")
    assert listed.code == 0, listed.err
    assert "police-registry" in listed.out
    assert "尚未查询过" in listed.out
    checked = run_command(home, "sources", "check")
    assert (checked.code, checked.out.count("正常答复")) == (0, checked.out.count("\n"))
    assert "正常" in run_command(home, "sources", "list").out
    one = run_command(home, "sources", "check", "police-registry", "--lang", "en")
    assert (one.code, one.out.startswith("police-registry: answered")) == (0, True)
    assert run_command(home, "sources", "check", "nowhere").code == 1


def test_the_command_says_by_its_exit_code_that_a_source_is_down(home: Path) -> None:
    toml = home / "sources.toml"
    address = re.search(r'url = "sqlite:///(.*)"', toml.read_text())
    assert address is not None
    own = home / "own.db"
    sqlite3.connect(own).close()
    toml.write_text(toml.read_text().replace(address[1], str(own)))
    checked = run_command(home, "sources", "check", "police-registry")
    assert (checked.code, "连不上" in checked.out) == (1, True)
    assert PASSWORD not in checked.out
