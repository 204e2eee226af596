"""What surrounds the pages of staff: who they are, what waits for them, and the search."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from api.web.shell import shell_of
from certsvc.foundation.events.records import EventRecord
from tests.support.visitors import Visitor
from tests.support.world import World

FOREIGN = "clerk.chen"


def frame(visitor: Visitor, address: str) -> str:
    """Everything of a page but its main part."""
    page = visitor.client.get(address).text
    return page[: page.index("<main")]


def search(visitor: Visitor, typed: str) -> str:
    """Where a search leads."""
    answer = visitor.client.post("/search", data={"number": typed})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """Everything that the database is asked meanwhile."""
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    engine = world.services.database.reading_engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_everybody_of_the_staff_sees_who_they_are_and_for_which_unit(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    for address in ("/desk", "/verify", "/nothing"):
        around = frame(visitor, address)
        assert "王经办" in around
        assert "青禾市云岭区行政审批服务局" in around
        assert 'href="/batches"' in around
        assert 'href="/seals"' not in around, "not theirs"
    visitor.enter(visitor.world.resident.identity_number)
    around = frame(visitor, "/my")
    assert visitor.world.resident.name in around
    assert 'action="/search"' not in around


def test_what_waits_is_counted_for_whoever_decides(visitor: Visitor) -> None:
    visitor.enter("seal.qian")
    waits = re.compile(r'href="/seals".*?</a>', re.DOTALL)
    (before, *_) = waits.findall(frame(visitor, "/seals"))
    assert "badge" not in before
    visitor.enter("seal.zhao")
    stop = {"action": "stop", "reason": "例行检查"}
    assert visitor.client.post("/seals/data-sharing-seal/propose", data=stop).status_code == 303
    (own, *_) = waits.findall(frame(visitor, "/seals"))
    assert "badge" not in own, "who proposed it does not decide"
    visitor.enter("seal.qian")
    (after, *_) = waits.findall(frame(visitor, "/seals"))
    assert re.search(r'class="badge">.*</span>1</span>', after)


@pytest.mark.parametrize("login", ["clerk.wang", "seal.qian", "pack.sun"])
def test_counting_asks_one_question_for_each_entry(world: World, login: str) -> None:
    actor = world.staff(login)
    with counted(world) as asked:
        shell = shell_of(world.services, actor)
    assert shell is not None
    assert shell.unit_name
    selects = [each for each in asked if each.lstrip().upper().startswith("SELECT")]
    assert len(selects) <= 1 + len(shell.entries)


def test_a_search_opens_what_it_finds(visitor: Visitor) -> None:
    issued = visitor.world.issue()
    visitor.enter("clerk.wang")
    record = f"/records/{issued.identifier}"
    assert search(visitor, issued.copy_number) == record
    assert search(visitor, f" {issued.copy_number.lower()[:4]} {issued.copy_number[4:]} ") == record
    assert search(visitor, issued.identifier) == record
    assert search(visitor, visitor.world.resident.identity_number) == record
    assert search(visitor, "Y8MPXW9JH4WGEQ4KSMK9S8673P") == "/v/Y8MPXW9JH4WGEQ4KSMK9S8673P"
    visitor.enter("seal.zhao")
    assert search(visitor, "data-sharing-seal") == "/seals/data-sharing-seal"
    assert search(visitor, "核实信息") == "/seals/department-verification-seal"


def test_several_findings_are_told_apart_and_no_address_names_anybody(visitor: Visitor) -> None:
    number = visitor.world.resident.identity_number
    for purpose in ("申领人才住房补贴", "办理落户"):
        visitor.world.issue(purpose=purpose)
    visitor.enter("clerk.wang")
    address = search(visitor, number)
    assert address.startswith("/search?found=")
    assert number not in address
    page = visitor.client.get(address).text
    assert "找到 2 项" in page
    for words in ("无犯罪记录证明", "人才补贴申领 · 申领人才住房补贴", "人才补贴申领 · 办理落户"):
        assert words in page
    assert page.count(number) == 1, "where it was typed, and nowhere else"
    with visitor.world.services.database.reading() as session:
        logged = session.scalars(
            select(EventRecord).where(EventRecord.kind == "records.searched")
        ).all()
        assert [each.details["by"] for each in logged] == ["holder", "holder"]
    visitor.enter("clerk.he")
    assert "找到 " not in visitor.client.get(address).text, "it is one person's"


@pytest.mark.parametrize("typed", ["", "nothing", "1.2.3", "<script>", "0" * 20, "\x00" * 140])
def test_what_is_not_found_is_said(visitor: Visitor, typed: str) -> None:
    visitor.enter("clerk.wang")
    page = visitor.client.get(search(visitor, typed)).text
    assert "<script" not in page
    assert ("没有找到" in page) == bool(typed.strip())


def test_another_units_things_do_not_exist(visitor: Visitor) -> None:
    issued = visitor.world.issue()
    visitor.enter(FOREIGN)
    for typed in (issued.copy_number, issued.identifier, "data-sharing-seal"):
        assert "没有找到" in visitor.client.get(search(visitor, typed)).text


def test_a_holder_searches_nothing(visitor: Visitor) -> None:
    visitor.enter(visitor.world.resident.identity_number)
    assert visitor.client.get("/search").status_code == 403
    assert visitor.client.post("/search", data={"number": "1"}).status_code == 403
