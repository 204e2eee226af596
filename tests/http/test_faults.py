"""What is wrong with a request: every field by name, and in headers what to do about it."""

import re
from typing import Any

import pytest
from httpx2 import Response

from api.shared.faults import FIELDS_OF
from certsvc.demonstration.district import APPROVAL_BUREAU
from certsvc.people.clients.rules import FAILURES_BEFORE_SLOWING, FAILURES_OF_ADDRESS, SLOWED
from certsvc.people.clients.service import NewClient, add_client
from tests.integration.test_clients import OPERATOR
from tests.support.visitors import Visitor
from tests.unit.api.errors import all_errors

COPIES, TOKEN = "/api/v1/certificates", "/oauth2/token"
KEY = {"Idempotency-Key": "k"}


def faults(answer: Response) -> dict[str, str]:
    found: list[dict[str, Any]] = answer.json()["faults"]
    assert all(each["detail"] for each in found)
    return {f"{each['place']} {each['field']}": each["code"] for each in found}


def test_every_field_that_is_wrong_is_named_with_what_is_wrong(visitor: Visitor) -> None:
    body = {"type": 7, "holder_kind": "1", "purpose": "长" * 2000, "surplus": 1}
    answer = visitor.client.post(COPIES, json=body, headers=visitor.clerk() | KEY)
    assert answer.status_code == 422
    assert faults(answer) == {
        "body type": "http.field-no-text",
        "body holder": "http.field-missing",
        "body holder_kind": "http.field-not-among",
        "body matter": "http.field-missing",
        "body purpose": "http.field-too-long",
        "body surplus": "http.field-unknown",
    }
    among = next(each for each in answer.json()["faults"] if each["field"] == "holder_kind")
    assert "111" in among["detail"]
    assert "长长" not in answer.text


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"type": "marriage"}, "body type", "catalogue.type-unknown"),
        ({"matter": "flying"}, "body matter", "catalogue.matter-unknown"),
        ({"holder": "12"}, "body holder", "codes.holder-invalid"),
        ({"purpose": " "}, "body purpose", "issuance.purpose-missing"),
    ],
)
def test_what_the_service_finds_stands_beside_its_field(
    visitor: Visitor, changes: dict[str, object], field: str, code: str
) -> None:
    wanted = visitor.request(**changes)
    answer = visitor.client.post(COPIES, json=wanted, headers=visitor.clerk() | KEY)
    assert (answer.status_code, faults(answer)) == (422, {field: code})


def test_only_codes_that_exist_name_a_field() -> None:
    assert {error.code for error in all_errors()} >= FIELDS_OF.keys()


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (f"{COPIES}?holder=000&state=revoked", {"query holder": "http.field-unknown"}),
        (f"{COPIES}?limit=1&limit=2", {"query limit": "http.field-repeated"}),
        ("/api/v1/uses?lim=1", {"query lim": "http.field-unknown"}),
    ],
)
def test_a_parameter_that_is_not_known_is_refused(
    visitor: Visitor, path: str, wrong: dict[str, str]
) -> None:
    answer = visitor.client.get(path, headers=visitor.clerk())
    assert (answer.status_code, faults(answer)) == (422, wrong)


def test_nothing_is_issued_for_a_parameter_that_is_not_known(visitor: Visitor) -> None:
    headers = visitor.clerk() | KEY
    answer = visitor.client.post(f"{COPIES}?dry_run=true", json=visitor.request(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "http.parameter-unknown")
    assert visitor.client.get(COPIES, headers=headers).json()["items"] == []


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", None])
def test_a_body_of_another_kind_is_told_as_such(visitor: Visitor, kind: str | None) -> None:
    headers = visitor.clerk() | KEY | ({"Content-Type": kind} if kind else {})
    answer = visitor.client.post(COPIES, content=b'{"type": "x"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "http.unsupported-media-type")


def test_a_challenge_names_the_scope_that_is_missing(visitor: Visitor) -> None:
    secret = add_system(visitor, scopes=frozenset({"certificates.read"}))
    token = visitor.client.post(TOKEN, data=grant(secret)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"} | KEY
    answer = visitor.client.post(COPIES, json=visitor.request(), headers=headers)
    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="certificates.issue"' in challenge
    ended = visitor.client.get(COPIES, headers={"Authorization": "Bearer sys_none"})
    assert 'error="invalid_token"' in ended.headers["www-authenticate"]
    assert "error" not in visitor.client.get(COPIES).headers["www-authenticate"]


def test_wrong_secrets_are_slowed_and_the_right_one_is_not(visitor: Visitor) -> None:
    secret = add_system(visitor)
    answers = [visitor.client.post(TOKEN, data=grant("wrong")) for _ in range(25)]
    assert [each.status_code for each in answers] == [401] * FAILURES_BEFORE_SLOWING + [429] * 20
    last = answers[-1]
    assert last.json()["code"] == "clients.slowed"
    left = int(last.headers["retry-after"])
    assert 0 < left <= SLOWED.total_seconds()
    assert last.headers["ratelimit"] == f'"wrong-secrets";r=0;t={left}'
    assert last.headers["ratelimit-policy"] == '"wrong-secrets";q=5;w=900'
    assert visitor.client.post(TOKEN, data=grant(secret)).status_code == 200


def test_names_cannot_be_tried_one_after_another(visitor: Visitor) -> None:
    secret = add_system(visitor)
    answers = [
        visitor.client.post(TOKEN, data=grant("wrong", f"system-{number}")) for number in range(25)
    ]
    assert [each.status_code for each in answers].count(401) == FAILURES_OF_ADDRESS
    assert answers[-1].status_code == 429
    assert visitor.client.post(TOKEN, data=grant(secret)).status_code == 200


def test_a_name_that_no_system_has_is_answered_like_one_that_has(visitor: Visitor) -> None:
    add_system(visitor)
    told = []
    for form in (grant("wrong"), grant("wrong", "nobody")):
        answers = [visitor.client.post(TOKEN, data=form) for _ in range(7)]
        told.append([(each.status_code, each.json()["code"]) for each in answers])
    assert told[0] == told[1]


def test_a_locked_name_says_for_how_long(visitor: Visitor) -> None:
    wrong = {"name": "clerk.wang", "password": "wrong"}
    answers = [visitor.client.post("/api/v1/log-ins", json=wrong) for _ in range(6)]
    assert [each.status_code for each in answers] == [401] * 5 + [429]
    assert re.fullmatch(r'"wrong-passwords";r=0;t=\d+', answers[-1].headers["ratelimit"])
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (COPIES, "GET, HEAD, OPTIONS, POST"),
        (f"{COPIES}/S5AY5ZDFJEWYQF1V8JSH/withdrawal", "OPTIONS, PUT"),
        (TOKEN, "OPTIONS, POST"),
    ],
)
def test_options_says_what_an_address_takes(visitor: Visitor, path: str, methods: str) -> None:
    answer = visitor.client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (204, methods)
    assert visitor.client.options("/api/v1/nothing").status_code == 404


def add_system(visitor: Visitor, scopes: frozenset[str] | None = None) -> str:
    both = frozenset({"certificates.issue", "certificates.read"})
    new = NewClient(id="portal", title="甲", unit_code=APPROVAL_BUREAU, scopes=scopes or both)
    with visitor.world.services.database.transaction() as session:
        return add_client(session, new, actor=OPERATOR, now=visitor.world.clock.now())


def grant(secret: str, name: str = "portal") -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
