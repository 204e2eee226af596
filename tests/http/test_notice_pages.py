"""The bell and the pages behind it, where else to be told, and the command for webhooks."""

import re
from pathlib import Path

import pytest

from certsvc.certificates.batches.events import BatchFinished
from certsvc.foundation.events.recording import record
from tests.support.command import run_command
from tests.support.visitors import Visitor


def tell(visitor: Visitor, subject: str) -> None:
    """Let the clerk's batch end."""
    services = visitor.world.services
    with services.database.transaction() as session:
        done = BatchFinished(subject=subject)
        record(session, done, actor="staff:clerk.wang", now=services.clock.now())
    services.deliverer.catch_up("notices")


def bell(visitor: Visitor, address: str = "/desk") -> str:
    """What the bell says aloud."""
    page = visitor.client.get(address).text
    found = re.search(r'id="bell"[^>]* aria-label="([^"]*)">(.*?)</a>', page, re.DOTALL)
    assert found
    seen = re.sub(r"<span class=.hidden.>.*?</span>|<[^>]+>", "", found[2]).strip()
    assert seen in found[1], "what is seen is heard too"
    return found[1]


def test_the_bell_counts_what_is_unread(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    assert bell(visitor) == "通知 0 条未读"
    for subject in ("b-1", "b-2", "b-3"):
        tell(visitor, subject)
    assert bell(visitor) == "通知 3 条未读"
    assert bell(visitor, "/desk?lang=en") == "Notices 3 unread"
    visitor.client.get("/desk?lang=zh")
    page = visitor.client.get("/notices").text
    assert page.index("b-3") < page.index("b-1"), "the newest first"
    address = re.findall(r'href="(/notices/\d+)"', page)[0]
    assert "您提交的批次已办结" in visitor.client.get(address).text
    assert bell(visitor) == "通知 3 条未读", "looking marks nothing"
    answer = visitor.client.post(f"{address}/read", data={"a": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/batches/b-3")
    assert bell(visitor) == "通知 2 条未读"
    answer = visitor.client.post("/notices/read", data={"a": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notices")
    assert bell(visitor) == "通知 0 条未读"


def test_nobody_sees_or_marks_anothers(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    tell(visitor, "b-1")
    address = re.findall(r'href="(/notices/\d+)"', visitor.client.get("/notices").text)[0]
    visitor.client.post("/log-out", data={"a": ""})
    visitor.enter("clerk.chen")
    assert visitor.client.get(address).status_code == 404
    assert visitor.client.post(f"{address}/read", data={"a": ""}).status_code == 404
    assert visitor.client.get("/notices/deliveries").status_code == 403
    assert "b-1" not in visitor.client.get("/notices").text


def test_a_holder_has_no_bell(visitor: Visitor) -> None:
    visitor.enter(visitor.world.resident.identity_number)
    assert 'id="bell"' not in visitor.client.get("/my").text
    assert visitor.client.get("/notices").status_code == 403


def test_addresses_are_kept_and_a_wrong_one_is_said_beside_its_field(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    form = {"mail": "wang@", "phone": "123", "language": "en"}
    refused = visitor.client.post("/notices/addresses", data=form)
    assert refused.status_code == 422
    assert "电子邮箱格式不正确" in refused.text
    assert "手机号码不正确" in refused.text
    assert 'value="wang@"' in refused.text
    form = {"mail": "wang@example.cn", "phone": "", "language": "en"}
    assert visitor.client.post("/notices/addresses", data=form).status_code == 303
    assert 'value="wang@example.cn"' in visitor.client.get("/notices").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_keeps_webhooks(home: Path, language: str) -> None:
    assert run_command(home, "webhooks", "list").code == 0
    refused = run_command(
        home, "webhooks", "add", "hall", "https://127.0.0.1/x", "--lang", language
    )
    assert refused.code == 1
    assert "not-allowed" in refused.err
    refused = run_command(
        home, "webhooks", "add", "hall", "https://a.example/", "--kind", "nothing"
    )
    assert refused.code == 1
    assert "batch.finished" in refused.err
    for name in ("remove", "rotate", "enable"):
        assert run_command(home, "webhooks", name, "wh-0").code == 1
    assert run_command(home, "webhooks", "log", "wh-0").code == 0
