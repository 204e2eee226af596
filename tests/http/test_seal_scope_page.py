"""Proposing another scope on its page: what is not on the form stays, what was typed too."""

import re

import pytest

from certsvc.sealing.register.rules import SealAction
from tests.support.visitors import Visitor

CARD = "/seals/data-sharing-seal"
PAGE = f"{CARD}/propose-scope"
FORM = {
    "service_hours": "1-5 09:00-17:00",
    "daily_limit": "20",
    "total_limit": "",
    "stop_before_days": "15",
    "reason": "收紧",
}


@pytest.mark.both_engines
def test_another_scope_is_proposed_and_approved(visitor: Visitor) -> None:
    visitor.world.rescope_seal(
        "data-sharing-seal", type_codes=frozenset({"no-criminal-record"}), total_limit=9
    )
    visitor.enter("seal.zhao")
    assert f'href="{PAGE}"' in visitor.client.get(CARD).text
    form = visitor.client.get(PAGE).text
    assert 'name="total_limit" value="9"' in form
    assert 'name="daily_limit" value=""' in form
    proposed = visitor.client.post(PAGE, data=FORM)
    assert proposed.status_code == 303, proposed.text
    address = proposed.headers["location"]
    assert f'href="{address}"' in visitor.client.get(PAGE).text
    assert f'href="{PAGE}"' not in visitor.client.get(CARD).text
    visitor.enter("seal.qian")
    text = visitor.client.get(address).text
    assert re.search(r"总次数</th><td[^>]*>9</td><td[^>]*>不限</td>", text)
    assert "证明类型</th>" not in text, "types stay"
    visitor.approve(address)
    card = visitor.client.get(CARD).text
    assert "周一至周五 09:00–17:00" in card
    assert "0 次，上限 20 次" in card
    assert "无犯罪记录证明" in card
    assert card.count("<svg xmlns") == 2, "three versions, one image, and that of the seal"
    earlier = re.findall(r'href="(/seal-changes/\d+)">变更使用范围</a>', card)[-1]
    assert earlier != address
    past = visitor.client.get(earlier).text
    assert re.search(r"总次数</th><td[^>]*>不限</td><td[^>]*>9</td>", past)
    assert "每日次数</th>" not in past, "what was before it, not what came after"


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"service_hours": "早九晚五"}, 422, "用印时段"),
        ({"daily_limit": "0"}, 422, "每日次数"),
        ({"daily_limit": "二十"}, 422, "每日次数"),
        ({"total_limit": "-1"}, 422, "总次数"),
        ({"total_limit": "9" * 5000}, 422, "总次数"),
        ({"stop_before_days": ""}, 422, "到期前停用天数"),
        ({"stop_before_days": "366"}, 422, "到期前停用天数"),
        ({"reason": " "}, 422, "理由"),
    ],
)
def test_a_refusal_says_which_entry_and_keeps_all(
    visitor: Visitor, changes: dict[str, str], status: int, said: str
) -> None:
    visitor.enter("seal.zhao")
    answer = visitor.client.post(PAGE, data=FORM | changes)
    assert answer.status_code == status
    problem = re.search(r'<p class="problem".*?</p>', answer.text, re.DOTALL)
    assert problem
    assert said in problem[0]
    for name, value in (FORM | changes).items():
        kept = f">{value}</textarea>" if name == "reason" else f'name="{name}" value="{value}"'
        assert kept in answer.text, name


def test_the_same_scope_is_no_change(visitor: Visitor) -> None:
    visitor.enter("seal.zhao")
    same = {"stop_before_days": "30", "reason": "没有变化"}
    assert visitor.client.post(PAGE, data=same).status_code == 422


def test_only_a_proposer_of_the_unit_may(visitor: Visitor) -> None:
    for login in ("seal.qian", "clerk.wang"):
        visitor.enter(login)
        assert visitor.client.get(PAGE).status_code == 403
        assert visitor.client.post(PAGE, data=FORM).status_code == 403
    visitor.enter("seal.zhao")
    evil = {"Origin": "https://evil.example"}
    assert visitor.client.post(PAGE, data=FORM, headers=evil).status_code == 403


def test_a_cancelled_seal_gets_no_other_scope(visitor: Visitor) -> None:
    visitor.world.change_seal(SealAction.CANCEL)
    visitor.enter("seal.zhao")
    assert f'href="{PAGE}"' not in visitor.client.get(CARD).text
    assert visitor.client.post(PAGE, data=FORM).status_code == 409
