"""Ending a record by two people: what cannot take effect any more, and keys used again."""

import re
from datetime import timedelta

from httpx2 import Response

from certsvc.foundation.clock import rfc3339
from tests.http.test_records import RECORDS, REVOKE, SUSPEND, issue
from tests.support.visitors import Visitor

WITHDRAW = {"decision": "withdraw"}


def change(
    visitor: Visitor, address: str, login: str, key: str, body: dict[str, str], **more: str
) -> Response:
    headers = visitor.bearer(login) | {"Idempotency-Key": key}
    return visitor.client.post(f"{address}/changes", json=body | more, headers=headers)


def test_what_cannot_take_effect_any_more_holds_nothing_up(visitor: Visitor) -> None:
    identifier = issue(visitor)["identifier"]
    address, page = f"{RECORDS}/{identifier}", f"/records/{identifier}/ending"
    visitor.world.clock.advance(timedelta(hours=2))
    earlier = rfc3339(visitor.world.clock.now() - timedelta(hours=1))
    for key in ("1", "2"):
        proposed = change(visitor, address, "handler.li", key, REVOKE, effective_at=earlier)
        assert proposed.status_code == 202, proposed.text
        if key == "1":
            visitor.client.post(
                f"{address}/ending", json=WITHDRAW, headers=visitor.bearer("handler.li")
            )
    # What begins before the suspension cannot take effect any more.
    assert change(visitor, address, "handler.li", "3", SUSPEND).status_code == 201
    second = visitor.bearer("handler.qin")
    seen = visitor.client.get(f"{address}/ending", headers=second)
    assert (seen.status_code, seen.json()["code"]) == (422, "certificates.effective-instant")
    approval = {"decision": "approve", "reason": "核实", "shown": proposed.json()["shown"]}
    refused = visitor.client.post(f"{address}/ending", json=approval, headers=second)
    assert refused.json()["code"] == "certificates.effective-instant"
    visitor.enter("handler.qin")
    shown = visitor.client.get(page)
    assert shown.status_code == 200, shown.text
    assert re.findall(r'name="decision" value="(\w+)"', shown.text) == ["reject"]
    rejection = {"decision": "reject", "reason": "已暂停，另行提出"}
    rejected = visitor.client.post(f"{address}/ending", json=rejection, headers=second)
    assert rejected.status_code == 200, rejected.text
    assert change(visitor, address, "handler.qin", "4", REVOKE).status_code == 202


def test_a_key_belongs_to_one_proposal(visitor: Visitor) -> None:
    address, other = (f"{RECORDS}/{issue_for(visitor, each)}" for each in ("a", "b"))
    first = change(visitor, address, "handler.li", "k", REVOKE)
    for where, body in (
        (address, REVOKE | {"reason": "另一理由"}),
        (address, REVOKE | {"reason_code": "unlawful"}),
        (address, SUSPEND),
        (other, REVOKE),
    ):
        reused = change(visitor, where, "handler.li", "k", body)
        assert (reused.status_code, reused.json()["code"]) == (409, "idempotency.key-reused"), body
    visitor.client.post(f"{address}/ending", json=WITHDRAW, headers=visitor.bearer("handler.li"))
    theirs = change(visitor, address, "handler.qin", "k", REVOKE, reason="秦的理由")
    assert theirs.json()["proposed_by"] == "staff:handler.qin"
    again = change(visitor, address, "handler.li", "k", REVOKE)
    assert (again.status_code, again.json()) == (202, first.json()), "never another's proposal"
    assert change(visitor, other, "handler.li", "s", SUSPEND).status_code == 201
    reused = change(visitor, other, "handler.li", "s", REVOKE)
    assert reused.json()["code"] == "idempotency.key-reused"


def issue_for(visitor: Visitor, purpose: str) -> str:
    body = visitor.request(purpose=f"用途{purpose}")
    headers = visitor.clerk() | {"Idempotency-Key": purpose}
    answer = visitor.client.post("/api/v1/certificates", json=body, headers=headers)
    return str(answer.json()["identifier"])
