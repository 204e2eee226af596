"""Records over HTTP, at the command line and on pages."""

import re
from datetime import timedelta

import pytest

from certsvc.foundation.codes.certificate_identifier import legacy_check_character
from tests.http.test_certificates import COPIES, KEY
from tests.support.visitors import Visitor

RECORDS = "/api/v1/records"
REVOKE = {"action": "revoke", "reason_code": "facts_wrong", "reason": "档案登记有误"}
SUSPEND = {"action": "suspend", "reason_code": "under_review", "reason": "正在核查"}


def issue(visitor: Visitor) -> dict[str, str]:
    answer = visitor.client.post(COPIES, json=visitor.request(), headers=visitor.clerk() | KEY)
    assert answer.status_code == 201, answer.text
    issued: dict[str, str] = answer.json()
    return issued


def revoke(visitor: Visitor, address: str) -> dict[str, object]:
    """Let the two handlers of the unit revoke a record; what the first one is told at the end."""
    first, second = visitor.bearer("handler.li"), visitor.bearer("handler.qin")
    proposed = visitor.client.post(f"{address}/changes", json=REVOKE, headers=first | KEY)
    assert proposed.status_code == 202, proposed.text
    decision = {"decision": "approve", "shown": proposed.json()["shown"], "reason": "核实无误"}
    own = visitor.client.post(f"{address}/ending", json=decision, headers=first)
    assert (own.status_code, own.json()["code"]) == (403, "approvals.own-proposal")
    assert visitor.client.get(f"{address}/ending", headers=second).json() == proposed.json()
    approved = visitor.client.post(f"{address}/ending", json=decision, headers=second)
    assert approved.status_code == 200, approved.text
    answer = visitor.client.post(f"{address}/changes", json=REVOKE, headers=first | KEY)
    assert answer.status_code == 201, answer.text
    changed: dict[str, object] = answer.json()
    return changed


@pytest.mark.both_engines
def test_the_handler_revokes_and_everybody_is_told(visitor: Visitor) -> None:
    issued, handler = issue(visitor), visitor.bearer("handler.li")
    address = f"{RECORDS}/{issued['identifier']}"
    visitor.world.clock.advance(timedelta(hours=1))
    first = revoke(visitor, address)
    assert first["state_after"] == "revoked"
    again = visitor.client.post(f"{address}/changes", json=REVOKE, headers=handler | KEY)
    assert again.json() == first
    seen = visitor.client.get(address, headers=handler).json()
    assert (seen["state"], len(seen["changes"])) == ("revoked", 2)
    assert seen["changes"][1]["reason"] == "档案登记有误"
    before = {"at": "2026-11-21T10:30:00+08:00"}
    then = visitor.client.get(address, headers=handler, params=before).json()
    assert (then["state"], then["at"]) == ("issued", "2026-11-21T10:30:00+08:00")
    clerk = visitor.client.get(address, headers=visitor.clerk()).json()
    assert clerk["state"] == "revoked"
    assert clerk["changes"][1] | {"reason": None, "operator": None} == clerk["changes"][1]
    file = visitor.client.get(issued["file"], headers=visitor.holder())
    assert (file.status_code, file.json()["code"]) == (409, "extraction.copy-not-served")
    listed = visitor.client.get(COPIES, headers=visitor.holder()).json()["items"]
    assert [copy["state"] for copy in listed] == ["revoked"]
    repeated = visitor.client.post(COPIES, json=visitor.request(), headers=visitor.clerk() | KEY)
    assert (repeated.status_code, repeated.json()) == (201, issued)


@pytest.mark.parametrize("who", ["clerk.wang", "clerk.chen", "seal.zhao"])
def test_nobody_else_changes_a_record(visitor: Visitor, who: str) -> None:
    address = f"{RECORDS}/{issue(visitor)['identifier']}"
    answer = visitor.client.post(
        f"{address}/changes", json=REVOKE, headers=visitor.bearer(who) | KEY
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "organisations.permission-denied")


def test_strangers_are_told_that_there_is_no_such_record(visitor: Visitor) -> None:
    address = f"{RECORDS}/{issue(visitor)['identifier']}"
    answer = visitor.client.get(address, headers=visitor.bearer("clerk.chen"))
    assert (answer.status_code, answer.json()["code"]) == (404, "certificates.record-unknown")


@pytest.mark.both_engines
def test_a_reissue_answers_with_the_new_version(visitor: Visitor) -> None:
    issued, handler = issue(visitor), visitor.bearer("handler.li")
    address = f"{RECORDS}/{issued['identifier']}"
    reason = {"reason": "换发"}
    answer = visitor.client.post(f"{address}/reissue", json=reason, headers=handler | KEY)
    assert answer.status_code == 201, answer.text
    new = answer.json()["identifier"]
    assert answer.headers["location"] == f"{RECORDS}/{new}"
    seen = visitor.client.get(answer.headers["location"], headers=handler).json()
    assert (seen["replaces"], seen["version"]) == (issued["identifier"], 2)
    old = visitor.client.get(address, headers=handler).json()
    assert (old["state"], old["superseded_by"]) == ("superseded", new)
    refused = visitor.client.post(
        f"{RECORDS}/{new}/correction", json=reason, headers=handler | {"Idempotency-Key": "k2"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "issuance.nothing-to-correct")


@pytest.mark.both_engines
def test_a_unit_withdraws_its_copy(visitor: Visitor) -> None:
    issued = issue(visitor)
    address = f"{COPIES}/{issued['copy_number']}/withdrawal"
    body = {"reason_code": "matter_ended", "reason": "申请人撤回申请"}
    for _ in range(2):
        answer = visitor.client.put(address, json=body, headers=visitor.clerk())
        assert (answer.status_code, answer.json()["reason_code"]) == (200, "matter_ended")
    record = visitor.client.get(
        f"{RECORDS}/{issued['identifier']}", headers=visitor.bearer("handler.li")
    ).json()
    assert (record["state"], record["copies"][0]["state"]) == ("issued", "withdrawn")


def test_the_legacy_check_character_is_read_with_a_warning(visitor: Visitor) -> None:
    identifier, handler = issue(visitor)["identifier"], visitor.bearer("handler.li")
    stem = identifier.rsplit(".", 1)[0]
    middle = "".join(stem.removeprefix("1.2.156.3005.2.").split("."))
    legacy = f"{stem}.{legacy_check_character(middle)}"
    seen = visitor.client.get(f"{RECORDS}/{legacy}", headers=handler).json()
    assert seen["identifier"] == identifier
    if legacy == identifier:
        assert seen["warnings"] == []
    else:
        assert "旧算法" in seen["warnings"][0]
    other = next(each for each in "ABC" if each not in (legacy[-1], identifier[-1]))
    wrong = visitor.client.get(f"{RECORDS}/{stem}.{other}", headers=handler)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "codes.identifier-invalid")


def test_the_verify_page_says_that_it_was_revoked(visitor: Visitor) -> None:
    issued = issue(visitor)
    file = visitor.client.get(issued["file"], headers=visitor.holder()).content
    revoke(visitor, f"{RECORDS}/{issued['identifier']}")
    page = visitor.client.post("/verify", files={"file": ("a.pdf", file, "application/pdf")}).text
    assert "签发过，但已被撤销" in page
    assert "所载事实有误" in page
    assert "档案登记有误" not in page
    answer = visitor.client.post(
        "/api/v1/verifications", files={"file": ("a.pdf", file, "application/pdf")}
    ).json()
    assert answer["answer"] == "not_in_force"
    assert (answer["copy"]["state"], answer["copy"]["record_state"]) == ("revoked", "revoked")
    assert answer["copy"]["record_reason_code"] == "facts_wrong"


def test_the_card_on_a_page(visitor: Visitor) -> None:
    issued = issue(visitor)
    address = f"/records/{issued['identifier']}"
    visitor.enter("handler.li")
    card = visitor.client.get(address).text
    for act in ("suspend", "revoke", "cancel", "replacements"):
        assert f'href="{address}/{act}"' in card
    assert f'href="{address}/resume"' not in card
    page = visitor.client.get(f"{address}/suspend").text
    assert "之后" not in card
    assert "查清后可以恢复" in page
    assert "办理后不能恢复" not in page
    key = re.findall(r'name="key" value="([^"]+)"', page)[0]
    form = {"reason_code": "under_review", "reason": "正在核查", "key": key}
    for _ in range(2):
        answer = visitor.client.post(f"{address}/suspend", data=form)
        done = f"{address}?done=suspend"
        assert (answer.status_code, answer.headers["location"]) == (303, done)
    page = visitor.client.get(done).text
    assert "已暂停。核验这份证明的人" in page
    assert "已撤销，不能恢复" not in visitor.client.get(f"{address}?done=revoke").text
    assert "新版已签发" not in visitor.client.get(f"{address}?done=replaced").text
    assert page.count("正在核查") == 1
    assert f'href="{address}/resume"' in page
    refused = visitor.client.post(f"{address}/suspend", data=form | {"key": "other"})
    assert refused.status_code == 409
    assert "证明当前状态是“已暂停”，不能办理“暂停”。现在可以办理：" in refused.text
    assert ">正在核查</textarea>" in refused.text
    assert visitor.client.get(f"{address}/suspend").status_code == 409
    replaced = visitor.client.post(
        f"{address}/replacements", data={"kind": "reissued", "reason": "换发"}
    )
    assert replaced.status_code == 303
    new, _, done = replaced.headers["location"].partition("?")
    assert done == "done=replaced"
    page = visitor.client.get(replaced.headers["location"]).text
    assert address in page
    assert "新版已签发" in page
    assert new in visitor.client.get(address).text


@pytest.mark.both_engines
def test_what_cannot_be_undone_takes_a_tick_and_another_person(visitor: Visitor) -> None:
    address = f"/records/{issue(visitor)['identifier']}"
    visitor.enter("handler.li")
    page = visitor.client.get(f"{address}/revoke").text
    assert "办理后不能恢复" in page
    assert "需要两个人" in page
    assert 'class="danger"' in page
    form = {"reason_code": "facts_wrong", "reason": "档案登记有误", "key": "k-1"}
    assert visitor.client.post(f"{address}/revoke", data=form).status_code == 422, "no tick"
    proposed = visitor.client.post(f"{address}/revoke", data=form | {"sure": "1"})
    assert proposed.headers["location"] == f"{address}?done=proposed"
    card = visitor.client.get(proposed.headers["location"]).text
    assert "还没有生效" in card
    assert "record-issued" in card
    own = visitor.client.get(f"{address}/ending").text
    assert "要由本单位另一位代办员审批" in own
    assert "批准撤销" not in own
    other = form | {"sure": "1", "key": "k-2"}
    assert visitor.client.post(f"{address}/cancel", data=other).status_code in {409, 422}
    visitor.client.cookies.clear()
    visitor.enter("handler.qin")
    page = visitor.client.get(f"{address}/ending").text
    assert "档案登记有误" in page
    (shown,) = re.findall(r'name="shown" value="([0-9a-f]{64})"', page)
    decision = {"decision": "approve", "shown": shown[::-1], "reason": "已核对档案"}
    assert visitor.client.post(f"{address}/ending", data=decision).status_code == 409
    answer = visitor.client.post(f"{address}/ending", data=decision | {"shown": shown})
    assert answer.headers["location"] == f"{address}?done=revoke"
    card = visitor.client.get(answer.headers["location"]).text
    assert "已撤销，不能恢复" in card
    assert "李代办" in card, "who proposed"
    assert "秦代办" in card, "who approved"
    assert visitor.client.get(f"{address}/ending").status_code == 404


def test_a_proposal_is_rejected_or_taken_back(visitor: Visitor) -> None:
    address = f"/records/{issue(visitor)['identifier']}"
    form = {"reason_code": "holder_request", "reason": "本人申请", "sure": "1"}
    visitor.enter("handler.li")
    visitor.client.post(f"{address}/cancel", data=form | {"key": "k-1"})
    taken = visitor.client.post(f"{address}/ending", data={"decision": "withdraw"})
    assert taken.headers["location"] == address
    visitor.client.post(f"{address}/cancel", data=form | {"key": "k-2"})
    visitor.client.cookies.clear()
    visitor.enter("handler.qin")
    assert visitor.client.post(f"{address}/ending", data={"decision": "reject"}).status_code == 422
    rejected = {"decision": "reject", "reason": "申请人没有到场"}
    assert visitor.client.post(f"{address}/ending", data=rejected).status_code == 303
    card = visitor.client.get(address).text
    assert "record-issued" in card
    assert f'href="{address}/cancel"' in card


def test_the_card_of_the_extracting_unit(visitor: Visitor) -> None:
    issued = issue(visitor)
    address = f"/records/{issued['identifier']}"
    visitor.enter("clerk.wang")
    page = visitor.client.get(address).text
    assert f"{address}/revoke" not in page
    assert "/replacements" not in page
    file = f"/copies/{issued['copy_number']}/file"
    assert f'href="{file}" download' in page
    assert visitor.client.get(file).content.startswith(b"%PDF-")
    (withdrawal,) = re.findall(r'href="([^"]+/withdrawals\?copy=[0-9A-Z]+)"', page)
    assert "只影响本单位提取的这一份" in visitor.client.get(withdrawal).text
    form = {
        "copy": issued["copy_number"],
        "reason_code": "not_needed",
        "reason": "群众撤回了申请",
        "sure": "1",
    }
    answer = visitor.client.post(f"{address}/withdrawals", data=form)
    assert answer.status_code == 303, answer.text
    page = visitor.client.get(answer.headers["location"]).text
    assert "本单位的这一份已撤回" in page
    assert 'class="state withdrawn"' in page.split('id="facts"')[0], "it stands at the top"
    assert "record-issued" not in page, "and nothing at the top is green"
    history = page.split('id="history"')[1].split('id="copies"')[0]
    assert "撤回副本" in history
    assert "不再需要：群众撤回了申请" in history
    assert file not in page
    assert "/withdrawals" not in page
    assert visitor.client.get(withdrawal).status_code == 404


def test_holders_and_custodians_have_no_card(visitor: Visitor) -> None:
    address = f"/records/{issue(visitor)['identifier']}"
    for name in (visitor.world.resident.identity_number, "seal.zhao"):
        visitor.enter(name)
        assert visitor.client.get(address).status_code == 403
