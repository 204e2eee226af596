"""The custodians' pages of seals: who may see them, and what they tell."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from certsvc.demonstration.district import PASSWORD, POLICE
from certsvc.foundation.events.records import EventRecord
from certsvc.people.accounts.service import register_staff
from certsvc.people.rights.rules import Role
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.views import get_seal_card
from tests.support.visitors import Visitor

SEAL = "data-sharing-seal"
CARD = f"/seals/{SEAL}"
USES = f"{CARD}/uses"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def page(visitor: Visitor, address: str) -> str:
    answer = visitor.client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def enter_foreign_custodian(visitor: Visitor) -> None:
    with visitor.world.services.database.transaction() as session:
        register_staff(
            session,
            login="seal.other",
            name="别的单位（演示）",
            person_id="demonstration-seal.other",
            unit_code=POLICE,
            password=PASSWORD,
            roles=frozenset({Role.SEAL_PROPOSER, Role.SEAL_APPROVER}),
        )
    visitor.enter("seal.other")


@pytest.mark.both_engines
@pytest.mark.parametrize("login", ["seal.zhao", "seal.qian"])
def test_a_custodian_begins_at_the_seals(visitor: Visitor, login: str) -> None:
    entered = visitor.client.post("/log-in", data={"name": login, "password": PASSWORD})
    assert entered.headers["location"] == "/seals"
    text = page(visitor, "/seals")
    assert re.search(r'<a [^>]*href="/seals"[^>]*aria-current="page"', text)
    assert f'href="{CARD}"' in text
    assert text.count("<svg xmlns") == 2
    assert ("等待我审批" in text) == (login == "seal.qian")


def test_nobody_else_sees_the_way_or_the_pages(visitor: Visitor) -> None:
    assert 'href="/seals"' not in page(visitor, "/")
    for name in ("clerk.wang", "handler.li", visitor.world.resident.identity_number):
        visitor.enter(name)
        assert 'href="/seals"' not in page(visitor, "/")
        for address in ("/seals", CARD, USES, "/seal-changes/1", f"{CARD}/propose"):
            assert visitor.client.get(address).status_code == 403, (name, address)
        for address in (f"{USES}.csv", f"{CARD}/filing.json", f"{CARD}/propose", "/seal-changes/1"):
            assert visitor.client.post(address, data={"action": "stop"}).status_code == 403
        visitor.client.cookies.clear()


def test_a_holder_is_told_whose_pages_they_are(visitor: Visitor) -> None:
    visitor.enter(visitor.world.resident.identity_number)
    for address in ("/seals", CARD, USES, "/seal-changes/1", f"{CARD}/propose"):
        assert "单位工作人员的页面" in visitor.client.get(address).text, address


def test_another_units_custodian_sees_nothing_of_it(visitor: Visitor) -> None:
    enter_foreign_custodian(visitor)
    assert SEAL not in page(visitor, "/seals")
    for address in (CARD, USES, "/seal-changes/1", f"{CARD}/propose"):
        answer = visitor.client.get(address)
        assert (answer.status_code, "<svg xmlns" in answer.text) == (403, False), address
    data = {"action": "stop", "reason": "x", "decision": "approve", "read": "1"}
    for address in (f"{USES}.csv", f"{CARD}/filing.json", f"{CARD}/propose", "/seal-changes/1"):
        assert visitor.client.post(address, data=data).status_code == 403, address


@pytest.mark.parametrize("address", ["/seals/none", "/seals/none/uses", "/seals/none/propose"])
def test_an_unknown_seal_is_explained(visitor: Visitor, address: str) -> None:
    visitor.enter("seal.zhao")
    assert visitor.client.get(address).status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", "x", "²", "9999999999", "9" * 5000, "1.0", "424242"])
def test_an_unknown_change_is_explained(visitor: Visitor, number: str) -> None:
    visitor.enter("seal.qian")
    assert visitor.client.get(f"/seal-changes/{number}").status_code == 404
    data = {"decision": "approve", "read": "1", "reason": "已核对，同意"}
    assert visitor.client.post(f"/seal-changes/{number}", data=data).status_code == 404


def test_counts_stand_against_their_limits(visitor: Visitor) -> None:
    visitor.world.rescope_seal(SEAL, daily_limit=2, total_limit=50)
    visitor.world.issue()
    visitor.enter("seal.zhao")
    for address in ("/seals", CARD):
        text = page(visitor, address)
        assert "1 次，上限 2 次" in text
        assert "1 次，上限 50 次" in text
    assert re.search(r'<meter min="0" max="2" high="1\.6" optimum="0" value="1"', text)
    visitor.world.issue(purpose="再一次")
    assert "已达上限" in page(visitor, CARD)


def test_the_card_lists_the_last_uses_of_today(visitor: Visitor) -> None:
    visitor.world.issue()
    visitor.enter("seal.qian")
    assert "今日最近用印" in page(visitor, CARD)
    assert "clerk.wang" in page(visitor, CARD)
    visitor.world.clock.advance(timedelta(hours=14))
    visitor.enter("seal.qian")
    assert "今日最近用印" not in page(visitor, CARD)


def test_the_end_of_the_certificate_is_announced(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    assert "只剩" not in page(visitor, "/seals")
    with visitor.world.services.database.reading() as session:
        actor, now = visitor.world.staff("seal.zhao"), visitor.world.clock.now()
        stops_at = get_seal_card(session, SEAL, actor=actor, now=now).stops_at
    visitor.world.clock.advance(stops_at - now - timedelta(days=30, minutes=1))
    visitor.enter("seal.zhao")
    assert "只剩" not in page(visitor, "/seals")
    visitor.world.clock.advance(timedelta(minutes=2))
    assert "只剩 59 天" in page(visitor, "/seals")
    assert "请尽快申请新证书" in page(visitor, CARD)
    visitor.world.clock.advance(timedelta(days=61))
    visitor.enter("seal.zhao")
    assert "已到期" in page(visitor, "/seals")


def test_the_card_tells_the_scope_in_words_and_the_history(visitor: Visitor) -> None:
    visitor.world.rescope_seal(
        SEAL,
        type_codes=frozenset({"no-criminal-record"}),
        unit_codes=frozenset({POLICE}),
        service_hours="1-5 08:30-12:00,13:30-17:30;6 09:00-12:00",
    )
    visitor.enter("seal.qian")
    text = page(visitor, CARD)
    assert "无犯罪记录证明" in text
    assert "周一至周五 08:30–12:00、13:30–17:30；周六 09:00–12:00" in text
    assert text.index("变更使用范围") < text.index(">启用</a>") < text.index(">申请</a>")
    assert "赵印管（演示）" in text
    assert "钱审批（演示）" in text
    assert "现行版本" in text
    assert "历史版本" in text
    english = page(visitor, f"{CARD}?lang=en")
    assert "Monday to Friday 08:30–12:00, 13:30–17:30; Saturday 09:00–12:00" in english


def test_a_stop_by_the_system_is_told_as_one(visitor: Visitor) -> None:
    visitor.world.rescope_seal(SEAL, total_limit=1)
    visitor.world.issue()
    visitor.enter("seal.zhao")
    text = page(visitor, CARD)
    assert "已达到总次数上限" in text
    assert re.search(r"提出人 系统", text)
    assert "total_limit" not in text


def test_a_seal_that_cannot_be_drawn_keeps_its_page(visitor: Visitor) -> None:
    # Nobody can approve what cannot be drawn; a font that changes can leave such a seal behind.
    visitor.world.remove_triggers("seals")
    with visitor.world.services.database.transaction() as session:
        session.execute(update(Seal).where(Seal.id == SEAL).values(rim_text="😀😀😀"))
    visitor.enter("seal.zhao")
    assert page(visitor, "/seals").count("<svg xmlns") == 1
    assert "印章图像暂时无法显示" in page(visitor, CARD)


def test_the_filing_record_is_taken_with_a_form(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    answer = visitor.client.post(f"{CARD}/filing.json", headers=FORM)
    assert answer.status_code == 200
    assert f'filename="filing-{SEAL}.json"' in answer.headers["content-disposition"]
    assert json.loads(answer.text)["seal"]["number"] == SEAL
    foreign = {**FORM, "Origin": "https://evil.example"}
    assert visitor.client.post(f"{CARD}/filing.json", headers=foreign).status_code == 403
    with visitor.world.services.database.reading() as session:
        kinds = session.scalars(select(EventRecord.kind)).all()
    assert list(kinds).count("seal.filing-exported") == 1


def test_a_cancelled_seal_stands_last_and_offers_nothing(visitor: Visitor) -> None:
    visitor.world.change_seal(SealAction.CANCEL)
    visitor.enter("seal.zhao")
    text = page(visitor, "/seals")
    assert text.index("department-verification-seal") < text.index(f'href="{CARD}"')
    assert "/propose" not in page(visitor, CARD)
    assert "没有可以提出的变更" in page(visitor, f"{CARD}/propose")
