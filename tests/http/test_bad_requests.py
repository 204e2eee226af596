"""Bad requests: each a problem with a stable code and a sentence in two languages."""

import json

import pytest
from httpx2 import Response

from tests.support.visitors import Visitor

COPIES = "/api/v1/certificates"
REPLIES = "/api/v1/replies"
KEY = {"Idempotency-Key": "k"}
PROBLEM = "application/problem+json"


def assert_problem(answer: Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == PROBLEM
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"].endswith(code)
    assert problem["detail"] not in {"", code}
    assert problem["instance"].endswith(answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"type": "marriage"}, 422, "catalogue.type-unknown"),
        ({"type": "a\u0000b"}, 422, "issuance.code-malformed"),
        ({"matter": "flying"}, 422, "catalogue.matter-unknown"),
        ({"matter": "firearms-licence"}, 409, "catalogue.matter-excluded"),
        ({"matter": "school-hiring"}, 409, "catalogue.matter-of-other-unit"),
        (
            {"matter": "teacher-qualification", "type": "social-insurance"},
            409,
            "catalogue.not-on-use-list",
        ),
        ({"holder": "990101200001010019"}, 404, "sources.holder-not-found"),
        ({"holder": "99\u00000"}, 422, "codes.holder-invalid"),
        ({"holder": ""}, 422, "codes.holder-invalid"),
        ({"holder": "' OR 1=1 --"}, 422, "codes.holder-invalid"),
        ({"purpose": ""}, 422, "issuance.purpose-missing"),
        ({"purpose": " \u3000 "}, 422, "issuance.purpose-missing"),
        ({"purpose": "a\u0000b"}, 422, "issuance.purpose-invalid"),
        ({"purpose": "长" * 201}, 422, "issuance.purpose-invalid"),
        ({"purpose": "长" * 100_000}, 413, "http.too-large"),
        ({"purpose": "长" * 2000}, 422, "http.input-invalid"),
        ({"purpose": 7}, 422, "http.input-invalid"),
        ({"purpose": None}, 422, "http.input-invalid"),
        ({"holder_kind": "123"}, 422, "http.input-invalid"),
        ({"reply": "f" * 32}, 404, "inquiries.reply-unknown"),
        ({"surplus": 1}, 422, "http.input-invalid"),
    ],
)
def test_a_request_that_cannot_be_served(
    visitor: Visitor, changes: dict[str, object], status: int, code: str
) -> None:
    headers = visitor.clerk() | {"Idempotency-Key": "k"}
    chinese = visitor.client.post(COPIES, json=visitor.request(**changes), headers=headers)
    assert_problem(chinese, status, code)
    assert chinese.headers["content-language"] == "zh-CN"
    english = visitor.client.post(
        COPIES, json=visitor.request(**changes), headers=headers | {"Accept-Language": "en"}
    )
    assert_problem(english, status, code)
    assert english.headers["content-language"] == "en"
    assert english.json()["detail"] != chinese.json()["detail"]
    assert visitor.client.get(COPIES, headers=headers).json()["items"] == []


def test_no_purpose_at_all_is_asked_for(visitor: Visitor) -> None:
    request = visitor.request()
    del request["purpose"]
    answer = visitor.client.post(
        COPIES, json=request, headers=visitor.clerk() | {"Idempotency-Key": "k"}
    )
    assert_problem(answer, 422, "issuance.purpose-missing")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "http.malformed-body"),
        (b"{", 400, "http.malformed-body"),
        (b"[]", 400, "http.malformed-body"),
        (b"null", 400, "http.malformed-body"),
        (b"\xff\xfe\x00", 400, "http.malformed-body"),
        (b'{"type": ' + b"9" * 5000 + b"}", 400, "http.malformed-body"),
        (b"[" * 100_000, 400, "http.malformed-body"),
        (b'{"purpose": "\\ud800"}', 422, "http.input-invalid"),
    ],
    ids=["empty", "half", "list", "null", "no-text", "huge-number", "deep", "surrogate"],
)
def test_a_body_that_is_no_json(visitor: Visitor, body: bytes, status: int, code: str) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = visitor.client.post(COPIES, content=body, headers=headers | visitor.clerk())
    assert_problem(answer, status, code)


@pytest.mark.parametrize(
    "value", ["1e400", "NaN", "9007199254740993", '"a\\u0000b"', "[" * 20 + "]" * 20]
)
def test_a_reply_holds_only_what_can_be_kept_exactly(visitor: Visitor, value: str) -> None:
    reply = {"type": "no-criminal-record", "holder": "1", "holder_name": "a", "basis": "b"}
    body = json.dumps(reply)[:-1] + f', "fields": {{"x": {value}}}}}'
    headers = visitor.bearer("handler.li") | {"Content-Type": "application/json"} | KEY
    answer = visitor.client.post(REPLIES, content=body, headers=headers)
    assert_problem(answer, 422, "http.input-invalid")


@pytest.mark.parametrize("key", ["", "x" * 121, "\x07"])
def test_an_idempotency_key_is_short_printable_ascii(visitor: Visitor, key: str) -> None:
    headers = visitor.clerk() | {"Idempotency-Key": key}
    answer = visitor.client.post(COPIES, json=visitor.request(), headers=headers)
    assert_problem(answer, 422, "idempotency.key-invalid")


def test_a_wrong_method_names_the_right_ones(visitor: Visitor) -> None:
    answer = visitor.client.put("/api/v1/log-ins", json={})
    assert_problem(answer, 405, "http.method-not-allowed")
    assert answer.headers["allow"] == "OPTIONS, POST"


def test_an_unknown_address_is_a_problem_for_machines_and_a_page_for_people(
    visitor: Visitor,
) -> None:
    assert_problem(visitor.client.get("/api/v1/nothing"), 404, "http.not-found")
    page = visitor.client.get("/nothing", headers={"Accept-Language": "en"})
    assert page.status_code == 404
    assert 'lang="en"' in page.text
    assert "http.not-found" in page.text


def test_a_password_is_never_echoed(visitor: Visitor) -> None:
    body = {"name": "clerk.wang", "password": "s3cret" * 50}
    answer = visitor.client.post("/api/v1/log-ins", json=body)
    assert answer.status_code == 422
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"basis": "卷宗\u0007 12"}, "inquiries.basis-invalid"),
        ({"basis": "卷宗\n印章：真"}, "inquiries.basis-invalid"),
        ({"basis": "卷宗\u202e12"}, "inquiries.basis-invalid"),
        ({"basis": " \n "}, "inquiries.basis-missing"),
        ({"holder_name": "青\u0000禾"}, "inquiries.holder-name-invalid"),
    ],
)
def test_what_a_reply_rests_on_can_be_read(
    visitor: Visitor, changes: dict[str, str], code: str
) -> None:
    reply = {
        "type": "no-criminal-record",
        "holder": visitor.world.resident.identity_number,
        "holder_name": visitor.world.resident.name,
        "fields": {},
        "basis": "违法犯罪人员信息库 2026-11-20 查询",
    }
    answer = visitor.client.post(
        REPLIES, json=reply | changes, headers=visitor.bearer("handler.li") | KEY
    )
    assert_problem(answer, 422, code)
