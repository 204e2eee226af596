"""Proposing and deciding on pages: two people, side by side what changes, nothing lost."""

import re
from datetime import timedelta

import pytest

from certsvc.demonstration.district import BIG_DATA_BUREAU, PASSWORD
from certsvc.people.accounts.service import register_staff, staff_actor
from certsvc.people.rights.rules import Role
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment, propose_scope
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.rules import SealAction, SealState
from certsvc.sealing.register.scope_rules import SealScope
from tests.support.visitors import Visitor

SEAL = "data-sharing-seal"
PROPOSE = f"/seals/{SEAL}/propose"
APPROVE = {"decision": "approve", "read": "1", "reason": "已核对，同意"}


def propose(visitor: Visitor, **changes: str) -> str:
    """Propose to stop the seal as its proposer, and return the change's address."""
    visitor.enter("seal.zhao")
    form = {"action": "stop", "reason": "例行检查"} | changes
    answer = visitor.client.post(PROPOSE, data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def state(visitor: Visitor) -> SealState | None:
    with visitor.world.services.database.reading() as session:
        return state_at(session, SEAL, visitor.world.clock.now())


@pytest.mark.both_engines
def test_one_proposes_and_another_approves(visitor: Visitor) -> None:
    address = propose(visitor)
    assert address in visitor.client.get("/seals").text
    assert state(visitor) is SealState.IN_USE
    visitor.enter("seal.qian")
    assert address in visitor.client.get("/seals").text
    text = visitor.client.get(address).text
    assert "例行检查" in text
    assert "赵印管（演示）" in text
    assert "立即不能用印" in text
    unread = visitor.client.post(address, data={"decision": "approve"})
    assert (unread.status_code, "我已核对" in unread.text) == (422, True)
    assert state(visitor) is SealState.IN_USE
    approved = visitor.approve(address)
    assert (approved.status_code, approved.headers["location"]) == (303, address)
    assert "审批通过并生效" in visitor.client.get(address).text
    assert state(visitor) is SealState.STOPPED
    again = visitor.client.post(address, data=APPROVE)
    assert (again.status_code, "审批通过并生效" in again.text) == (404, True)
    assert address not in visitor.client.get("/seals").text


def test_the_proposer_is_told_why_they_cannot_approve(visitor: Visitor) -> None:
    with visitor.world.services.database.transaction() as session:
        for login, person in (("seal.both", "zhou"), ("seal.again", "demonstration-seal.zhao")):
            register_staff(
                session,
                login=login,
                name="两个岗位（演示）",
                person_id=person,
                unit_code=BIG_DATA_BUREAU,
                password=PASSWORD,
                roles=frozenset({Role.SEAL_PROPOSER, Role.SEAL_APPROVER}),
            )
    address = propose(visitor)
    assert_cannot_approve(visitor, address, "这是您自己提出的")
    visitor.enter("seal.again")
    assert_cannot_approve(visitor, address, "另一个账号提出")
    assert "撤回</button>" not in visitor.client.get(address).text
    visitor.enter("seal.both")
    assert 'value="approve"' in visitor.client.get(address).text


def assert_cannot_approve(visitor: Visitor, address: str, said: str) -> None:
    text = visitor.client.get(address).text
    assert said in text
    assert 'value="approve"' not in text
    for decision in ("approve", "reject"):
        refused = visitor.client.post(address, data=APPROVE | {"decision": decision})
        assert (refused.status_code, said in refused.text) == (403, True)
    assert state(visitor) is SealState.IN_USE


def test_a_proposer_may_not_approve_anybodys(visitor: Visitor) -> None:
    address = propose(visitor)
    with visitor.world.services.database.transaction() as session:
        register_staff(
            session,
            login="seal.sun",
            name="孙印管（演示）",
            person_id="demonstration-seal.sun",
            unit_code=BIG_DATA_BUREAU,
            password=PASSWORD,
            roles=frozenset({Role.SEAL_PROPOSER}),
        )
    visitor.enter("seal.sun")
    assert_cannot_approve(visitor, address, "您的岗位不能审批")
    assert visitor.client.post(address, data={"decision": "withdraw"}).status_code == 403


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("login", "decision", "said"),
    [("seal.zhao", "withdraw", "撤回，没有生效"), ("seal.qian", "reject", "驳回，没有生效")],
)
def test_a_proposal_ends_without_effect(
    visitor: Visitor, login: str, decision: str, said: str
) -> None:
    address = propose(visitor)
    visitor.enter(login)
    assert (
        visitor.client.post(address, data={"decision": decision, "reason": "不合适"}).status_code
        == 303
    )
    assert said in visitor.client.get(address).text
    assert state(visitor) is SealState.IN_USE
    assert propose(visitor) != address


def test_a_proposal_lapses(visitor: Visitor) -> None:
    address = propose(visitor)
    visitor.world.clock.advance(timedelta(days=7, seconds=1))
    visitor.enter("seal.qian")
    text = visitor.client.get(address).text
    assert "过期，没有生效" in text
    assert 'value="approve"' not in text
    refused = visitor.client.post(address, data=APPROVE)
    assert (refused.status_code, state(visitor)) == (409, SealState.IN_USE)


@pytest.mark.parametrize("decision", ["", "apply", "<script>"])
def test_a_form_without_a_decision_does_nothing(visitor: Visitor, decision: str) -> None:
    address = propose(visitor)
    visitor.enter("seal.qian")
    answer = visitor.client.post(address, data={"decision": decision, "read": "1"})
    assert (answer.status_code, "<script" in answer.text) == (422, False)
    assert state(visitor) is SealState.IN_USE


def test_another_sites_form_decides_nothing(visitor: Visitor) -> None:
    address = propose(visitor)
    evil = {"Origin": "https://evil.example"}
    assert visitor.client.post(PROPOSE, data={"action": "stop"}, headers=evil).status_code == 403
    visitor.enter("seal.qian")
    assert visitor.client.post(address, data=APPROVE, headers=evil).status_code == 403
    assert visitor.client.get(address, params=APPROVE).status_code == 200
    assert state(visitor) is SealState.IN_USE


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"action": "stop", "reason": "  "}, 422, "理由"),
        ({"action": "stop", "reason": "长" * 501}, 422, "理由"),
        ({"action": "amend", "reason": "图像"}, 422, "变更"),
        ({"action": "burn", "reason": "烧掉"}, 422, "要做什么"),
        ({"reason": "没选"}, 422, "要做什么"),
        ({"action": "make", "reason": "再做一个"}, 409, "状态"),
    ],
)
def test_a_refused_proposal_keeps_what_was_typed(
    visitor: Visitor, form: dict[str, str], status: int, said: str
) -> None:
    visitor.enter("seal.zhao")
    answer = visitor.client.post(PROPOSE, data=form)
    assert answer.status_code == status, answer.text
    problem = re.search(r'<div class="problem".*?</div>', answer.text, re.DOTALL)
    assert problem
    assert said in problem[0]
    assert f">{form['reason']}</textarea>" in answer.text, "what was typed is lost"


def test_only_what_the_state_permits_is_offered(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    text = visitor.client.get(PROPOSE, params={"action": "stop"}).text
    assert re.findall(r'name="action" value="(\w+)"', text) == ["stop", "cancel"]
    assert re.search(r'value="stop" required checked', text)
    visitor.world.change_seal(SealAction.STOP)
    text = visitor.client.get(PROPOSE).text
    assert re.findall(r'name="action" value="(\w+)"', text) == ["enable", "cancel"]
    assert "checked" not in text


def test_while_one_change_waits_the_page_leads_to_it(visitor: Visitor) -> None:
    address = propose(visitor)
    for page in (visitor.client.get(PROPOSE), visitor.client.post(PROPOSE, data={"action": "x"})):
        assert f'href="{address}"' in page.text
        assert "<textarea" not in page.text
    assert f"{PROPOSE}?action" not in visitor.client.get(f"/seals/{SEAL}").text


def test_a_reason_is_never_markup(visitor: Visitor) -> None:
    address = propose(visitor, reason="<script>alert(1)</script> {{ 7*7 }}")
    for page in (address, "/seals", f"/seals/{SEAL}"):
        text = visitor.client.get(page).text
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in text


def test_a_new_image_stands_beside_the_old_one(visitor: Visitor) -> None:
    amendment = SealAmendment(bottom_text="新样式")
    with visitor.world.services.database.transaction() as session:
        change = propose_amendment(
            session,
            seal_id=SEAL,
            amendment=amendment,
            offers=visitor.world.services.offered_keys,
            reason="换样式",
            actor=staff_actor(session, "seal.zhao"),
            now=visitor.world.clock.now(),
        )
    visitor.enter("seal.qian")
    text = visitor.client.get(f"/seal-changes/{change.id}").text
    pictures = re.findall(r"<svg xmlns.*?</svg>", text, re.DOTALL)
    assert len(pictures) == 3, "before, after, and with all that would take effect"
    assert pictures[1] == pictures[2]
    assert pictures[0] != pictures[1]
    assert re.search(r"下方文字</th><td[^>]*>演示专用</td><td[^>]*>新样式</td>", text)
    assert visitor.approve(f"/seal-changes/{change.id}").status_code == 303
    card = visitor.client.get(f"/seals/{SEAL}").text
    assert len(re.findall(r"<svg xmlns", card)) == 3, "in force, and each version once"


def test_a_new_scope_stands_beside_the_old_one_in_words(visitor: Visitor) -> None:
    scope = SealScope(service_hours="1-5 09:00-17:00", total_limit=7)
    with visitor.world.services.database.transaction() as session:
        change = propose_scope(
            session,
            seal_id=SEAL,
            scope=scope,
            reason="收紧",
            actor=staff_actor(session, "seal.zhao"),
            now=visitor.world.clock.now(),
        )
    visitor.enter("seal.qian")
    text = visitor.client.get(f"/seal-changes/{change.id}").text
    assert re.search(r"用印时段</th><td[^>]*>不限</td><td[^>]*>周一至周五 09:00–17:00</td>", text)
    assert re.search(r"总次数</th><td[^>]*>不限</td><td[^>]*>7</td>", text)
    assert text.count("<svg xmlns") == 1, "the image stays, and is shown with everything else"


def test_an_application_is_shown_whole(visitor: Visitor) -> None:
    visitor.enter("seal.qian")
    card = visitor.client.get(f"/seals/{SEAL}").text
    first = re.findall(r'href="(/seal-changes/\d+)">申请</a>', card)
    text = visitor.client.get(first[0]).text
    assert text.count("<svg xmlns") == 2
    for entry in ("环排文字", "签名证书", "密钥位置", "用印时段"):
        assert f"{entry}</th><td" in text
