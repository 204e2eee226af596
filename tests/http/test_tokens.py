"""OAuth 2 client credentials over HTTP, and the command that registers systems."""

import base64
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from httpx2 import Response

from certsvc.demonstration.district import APPROVAL_BUREAU, SCHOOL
from certsvc.people.clients.service import NewClient, add_client
from tests.integration.test_clients import BOTH, OPERATOR
from tests.support.command import run_command
from tests.support.visitors import Visitor

TOKEN = "/oauth2/token"  # noqa: S105  an address
COPIES = "/api/v1/certificates"
KEY = {"Idempotency-Key": "k"}
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def secret(visitor: Visitor) -> str:
    new = NewClient(id="talent-portal", title="甲", unit_code=APPROVAL_BUREAU, scopes=BOTH)
    with visitor.world.services.database.transaction() as session:
        return add_client(session, new, actor=OPERATOR, now=visitor.world.clock.now())


def basic(name: str, secret: str) -> dict[str, str]:
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def bearer(answer: Response) -> dict[str, str]:
    return {"Authorization": f"{answer.json()['token_type']} {answer.json()['access_token']}"}


@pytest.mark.both_engines
def test_a_system_gets_a_token_issues_and_downloads(visitor: Visitor, secret: str) -> None:
    answer = visitor.client.post(TOKEN, data=GRANT, headers=basic("talent-portal", secret))
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert given["expires_in"] == 900
    assert given["scope"] == "certificates.issue certificates.read"
    assert answer.headers["cache-control"] == "no-store"
    system = bearer(answer)
    issued = visitor.client.post(COPIES, json=visitor.request(), headers=system | KEY)
    assert issued.status_code == 201, issued.text
    file = visitor.client.get(issued.json()["file"], headers=system)
    assert file.content.startswith(b"%PDF-")


def test_the_secret_may_stand_in_the_form(visitor: Visitor, secret: str) -> None:
    form = GRANT | {"client_id": "talent-portal", "client_secret": secret}
    answer = visitor.client.post(TOKEN, data=form | {"scope": "certificates.read"})
    assert answer.json()["scope"] == "certificates.read"
    refused = visitor.client.post(COPIES, json=visitor.request(), headers=bearer(answer) | KEY)
    assert (refused.status_code, refused.json()["code"]) == (
        403,
        "organisations.permission-denied",
    )


def test_a_system_acts_for_no_other_unit_and_replies_for_nobody(
    visitor: Visitor, secret: str
) -> None:
    system = bearer(visitor.client.post(TOKEN, data=GRANT, headers=basic("talent-portal", secret)))
    other = visitor.client.post(COPIES, json=visitor.request(unit=SCHOOL), headers=system | KEY)
    assert (other.status_code, other.json()["code"]) == (403, "organisations.foreign-unit")
    reply = {"type": "no-criminal-record", "holder": "1", "holder_name": "a", "basis": "b"}
    answer = visitor.client.post(
        "/api/v1/replies", json=reply | {"fields": {}}, headers=system | KEY
    )
    assert answer.status_code in {403, 422}
    valid = reply | {"fields": {}, "holder": visitor.world.resident.identity_number}
    answer = visitor.client.post("/api/v1/replies", json=valid, headers=system | KEY)
    assert answer.status_code == 403


def test_a_systems_token_opens_no_page(visitor: Visitor, secret: str) -> None:
    answer = visitor.client.post(TOKEN, data=GRANT, headers=basic("talent-portal", secret))
    visitor.client.cookies.set("certsvc-log-in", answer.json()["access_token"])
    assert visitor.client.get("/desk").status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"scope": "certificates.read"}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        (GRANT | {"scope": "everything"}, 400, "invalid_scope"),
        (GRANT | {"client_id": "other"}, 400, "invalid_request"),
        (GRANT | {"client_secret": "x"}, 400, "invalid_request"),
    ],
)
def test_errors_are_those_of_the_rfc(
    visitor: Visitor, secret: str, form: dict[str, str], status: int, error: str
) -> None:
    answer = visitor.client.post(TOKEN, data=form, headers=basic("talent-portal", secret))
    assert (answer.status_code, answer.json().get("error")) == (status, error)
    assert answer.json()["code"].startswith("clients.")
    assert answer.json()["error_description"].isascii()


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic x", "Basic !!!!", "Bearer x", "Basic " + base64.b64encode(b"\xff").decode()],
)
def test_who_does_not_prove_themselves_is_told_how(visitor: Visitor, header: str) -> None:
    answer = visitor.client.post(TOKEN, data=GRANT, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_a_parameter_comes_once_and_the_body_is_a_form(visitor: Visitor, secret: str) -> None:
    headers = basic("talent-portal", secret) | {"Content-Type": "application/x-www-form-urlencoded"}
    twice = b"grant_type=client_credentials&grant_type=client_credentials"
    answer = visitor.client.post(TOKEN, content=twice, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    many = b"&".join(b"a%d=1" % number for number in range(50))
    answer = visitor.client.post(TOKEN, content=many, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    answer = visitor.client.post(TOKEN, json=GRANT, headers=basic("talent-portal", secret))
    assert (answer.status_code, answer.json()["code"]) == (415, "http.unsupported-media-type")


def test_metadata_says_where_and_how(visitor: Visitor) -> None:
    metadata = visitor.client.get("/.well-known/oauth-authorization-server").json()
    site = visitor.world.services.settings.public_url
    assert metadata["issuer"] == site
    assert metadata["token_endpoint"] == f"{site}{TOKEN}"
    assert metadata["grant_types_supported"] == ["client_credentials"]


def test_the_command_registers_rotates_and_disables(home: Path) -> None:
    assert run_command(home, "clients", "list").out == "还没有登记应用系统。\n"
    add = ("clients", "add", "talent-portal", "--unit", APPROVAL_BUREAU, "--title", "人才系统")
    added = run_command(home, *add, "--scope", "certificates.issue")
    assert (added.code, len(added.out.strip())) == (0, 43), added.err
    again = run_command(home, *add, "--scope", "certificates.issue")
    assert (again.code, "clients.exists" in again.err) == (1, True)
    wrong = run_command(home, *add, "--scope", "seals")
    assert (wrong.code, "clients.scope-unknown" in wrong.err) == (1, True)
    rotated = run_command(home, "clients", "rotate", "talent-portal", "--overlap-days", "1")
    assert rotated.out.strip() not in {"", added.out.strip()}
    listed = run_command(home, "clients", "list")
    assert "talent-portal" in listed.out
    assert added.out.strip() not in listed.out
    assert run_command(home, "clients", "disable", "talent-portal", CERTSVC_LANG="en").code == 0
    assert "已停用" in run_command(home, "clients", "list").out
