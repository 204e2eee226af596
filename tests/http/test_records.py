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


@pytest.mark.both_engines
def test_the_handler_revokes_and_everybody_is_told(visitor: Visitor) -> None:
    issued, handler = issue(visitor), visitor.bearer("handler.li")
    address = f"{RECORDS}/{issued['identifier']}"
    visitor.world.clock.advance(timedelta(hours=1))
    first = visitor.client.post(f"{address}/changes", json=REVOKE, headers=handler | KEY)
    assert first.status_code == 201, first.text
    assert first.json()["state_after"] == "revoked"
    again = visitor.client.post(f"{address}/changes", json=REVOKE, headers=handler | KEY)
    assert again.json() == first.json()
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
    assert (repeated.status_code, repeated.json()["code"]) == (409, "certificates.not-in-force")


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
    issued, handler = issue(visitor), visitor.bearer("handler.li")
    file = visitor.client.get(issued["file"], headers=visitor.holder()).content
    visitor.client.post(
        f"{RECORDS}/{issued['identifier']}/changes", json=REVOKE, headers=handler | KEY
    )
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
    page = visitor.client.get(address).text
    assert 'value="suspend|under_review"' in page
    key = re.findall(r'name="key" value="([^"]+)"', page)[0]
    form = {"form": "change", "what": "suspend|under_review", "reason": "正在核查", "key": key}
    for _ in range(2):
        answer = visitor.client.post(f"{address}/changes", data=form)
        done = f"{address}?done=suspend"
        assert (answer.status_code, answer.headers["location"]) == (303, done)
    page = visitor.client.get(done).text
    assert '<p class="done" role="status">已暂停。' in page
    assert "已撤销，不能恢复" not in visitor.client.get(f"{address}?done=revoke").text
    assert 'class="done"' not in visitor.client.get(f"{address}?done=replaced").text
    assert page.count("正在核查") == 1
    assert 'value="resume|confirmed"' in page
    refused = visitor.client.post(f"{address}/changes", data=form | {"key": "other"})
    assert refused.status_code == 409
    assert "证明当前状态是“已暂停”，不能办理“暂停”。现在可以办理：" in refused.text
    assert ">正在核查</textarea>" in refused.text
    replaced = visitor.client.post(
        f"{address}/replacements", data={"form": "replace", "kind": "reissued", "reason": "换发"}
    )
    assert replaced.status_code == 303
    new, _, done = replaced.headers["location"].partition("?")
    assert done == "done=replaced"
    page = visitor.client.get(replaced.headers["location"]).text
    assert address in page
    assert "新版已签发" in page
    assert new in visitor.client.get(address).text


def test_the_card_of_the_extracting_unit(visitor: Visitor) -> None:
    issued = issue(visitor)
    address = f"/records/{issued['identifier']}"
    visitor.enter("clerk.wang")
    page = visitor.client.get(address).text
    assert 'name="what"' not in page
    assert 'name="kind"' not in page
    file = f"/copies/{issued['copy_number']}/file"
    assert f'href="{file}" download' in page
    assert visitor.client.get(file).content.startswith(b"%PDF-")
    form = {
        "form": "withdraw",
        "copy": issued["copy_number"],
        "reason_code": "not_needed",
        "reason": "不再需要",
    }
    answer = visitor.client.post(f"{address}/withdrawals", data=form)
    assert answer.status_code == 303, answer.text
    page = visitor.client.get(answer.headers["location"]).text
    assert "已撤回" in page
    assert "本单位的这一份已撤回" in page
    assert file not in page
    assert 'name="reason_code"' not in page


def test_holders_and_custodians_have_no_card(visitor: Visitor) -> None:
    address = f"/records/{issue(visitor)['identifier']}"
    for name in (visitor.world.resident.identity_number, "seal.zhao"):
        visitor.enter(name)
        assert visitor.client.get(address).status_code == 403
