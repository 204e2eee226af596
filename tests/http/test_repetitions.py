"""`Idempotency-Key`: on every POST that creates, with one meaning."""

from typing import Any

import pytest

from certsvc.demonstration.district import POLICE
from certsvc.evidence.inquiries.records import DepartmentReply
from certsvc.foundation.idempotency.rules import REMEMBERED
from certsvc.people.accounts.records import StaffMember
from tests.support.visitors import Visitor

REPLIES = "/api/v1/replies"
KEY = {"Idempotency-Key": "reply-1"}

CREATE_NOTHING = {
    "/api/v1/log-ins": "a repetition begins another log-in, which harms nobody; its answer is a"
    " secret, and must not be kept to be given again",
    "/oauth2/token": "an access token is a secret that lives a quarter of an hour; RFC 6749 knows"
    " no key, and a repetition harms nobody",
    "/api/v1/verifications": "a check; nothing is kept of it",
    "/api/v1/verifications/report.pdf": "a check; nothing is kept of it",
    "/api/v1/batches/{batch}/cancel": "ends what exists; a second time changes nothing",
    "/api/v1/batches/{batch}/confirm": "begins what exists; a second time changes nothing",
    "/api/v1/records/{identifier}/ending": "decides on what waits; a second time finds nothing",
    "/api/v1/batches/{batch}/resume": "goes on with what exists; no row is issued twice",
    "/api/v1/sources/{source}/checks": "asks a source something harmless",
    "/api/v1/jobs/{number}/retry": "has what exists tried again; a second time makes no job",
    "/api/v1/pack-versions/{number}/approval": "decides what exists; a second decision is refused",
    "/api/v1/pack-versions/{number}/rejection": "decides what exists; a second decision is refused",
    "/api/v1/pack-versions/{number}/withdrawal": "decides what exists; a second one is refused",
}
"""POSTs without the header, each with its reason."""


def reply(visitor: Visitor, **changes: object) -> dict[str, object]:
    resident = visitor.world.resident
    return {
        "type": "no-criminal-record",
        "holder": resident.identity_number,
        "holder_name": resident.name,
        "fields": {
            "name": resident.name,
            "sex": resident.sex,
            "birth_on": resident.born_on.isoformat(),
            "id_type": "居民身份证",
            "id_number": resident.identity_number,
            "period_from_on": "2006-03-07",
            "period_to_on": "2026-11-20",
            "result": "未发现有犯罪记录",
        },
        "basis": "人工核查",
    } | changes


def recorded(visitor: Visitor) -> int:
    with visitor.world.services.database.reading() as session:
        return session.query(DepartmentReply).filter_by(unit_code=POLICE).count()


def test_every_post_that_creates_takes_a_key(visitor: Visitor) -> None:
    paths = visitor.client.get("/api/v1/openapi.json").json()["paths"]
    posts = {path: item["post"] for path, item in paths.items() if "post" in item}
    without = {path for path, operation in posts.items() if not takes_key(operation)}
    assert without == set(CREATE_NOTHING)
    for path in posts.keys() - without:
        assert "409" in posts[path]["responses"], path


def takes_key(operation: dict[str, Any]) -> bool:
    return any(
        (parameter["in"], parameter["name"], parameter["required"])
        == ("header", "Idempotency-Key", True)
        for parameter in operation.get("parameters", [])
    )


@pytest.mark.both_engines
def test_a_repetition_records_nothing(visitor: Visitor) -> None:
    handler, before = visitor.bearer("handler.li"), recorded(visitor)
    first, again = (
        visitor.client.post(REPLIES, json=reply(visitor), headers=handler | KEY) for _ in range(2)
    )
    quoted = visitor.client.post(
        REPLIES, json=reply(visitor), headers=handler | {"Idempotency-Key": '"reply-1"'}
    )
    assert first.status_code == again.status_code == quoted.status_code == 201
    assert first.json() == again.json() == quoted.json()
    assert recorded(visitor) == before + 1


def test_another_request_with_the_key_is_refused(visitor: Visitor) -> None:
    handler = visitor.bearer("handler.li")
    visitor.client.post(REPLIES, json=reply(visitor), headers=handler | KEY)
    other = visitor.client.post(
        REPLIES, json=reply(visitor, basis="另一卷宗"), headers=handler | KEY
    )
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.key-reused")


def test_a_refusal_does_not_use_up_the_key(visitor: Visitor) -> None:
    handler = visitor.bearer("handler.li")
    refused = visitor.client.post(REPLIES, json=reply(visitor, basis=" "), headers=handler | KEY)
    assert refused.status_code == 422
    mended = visitor.client.post(REPLIES, json=reply(visitor), headers=handler | KEY)
    assert mended.status_code == 201


@pytest.mark.both_engines
def test_after_a_day_a_key_is_new(visitor: Visitor) -> None:
    before = recorded(visitor)
    visitor.client.post(REPLIES, json=reply(visitor), headers=visitor.bearer("handler.li") | KEY)
    visitor.world.clock.advance(REMEMBERED)
    visitor.client.post(REPLIES, json=reply(visitor), headers=visitor.bearer("handler.li") | KEY)
    visitor.client.post(
        REPLIES,
        json=reply(visitor),
        headers=visitor.bearer("handler.li") | {"Idempotency-Key": "z"},
    )
    assert recorded(visitor) > before + 1


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "http.idempotency-key-missing"),
        ({"Idempotency-Key": ""}, 422, "idempotency.key-invalid"),
        ({"Idempotency-Key": '""'}, 422, "idempotency.key-invalid"),
        ({"Idempotency-Key": "x" * 121}, 422, "idempotency.key-invalid"),
        ({"Idempotency-Key": "\x07"}, 422, "idempotency.key-invalid"),
    ],
)
def test_a_key_is_required_and_short(
    visitor: Visitor, headers: dict[str, str], status: int, code: str
) -> None:
    for path in (REPLIES, "/api/v1/certificates"):
        who = visitor.bearer("handler.li") if path == REPLIES else visitor.clerk()
        body = reply(visitor) if path == REPLIES else visitor.request()
        answer = visitor.client.post(path, json=body, headers=who | headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_repetition_after_the_right_was_lost_is_refused(visitor: Visitor) -> None:
    handler, sent = visitor.bearer("handler.li"), reply(visitor)
    assert visitor.client.post(REPLIES, json=sent, headers=handler | KEY).status_code == 201
    with visitor.world.services.database.transaction() as session:
        staff = session.get_one(StaffMember, "handler.li")
        staff.roles.clear()
    again = visitor.client.post(REPLIES, json=sent, headers=handler | KEY)
    assert (again.status_code, again.json()["code"]) == (403, "organisations.permission-denied")
