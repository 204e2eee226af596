"""What a system may do with each scope: the whole interface in one table."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response

from certsvc.demonstration.district import APPROVAL_BUREAU
from certsvc.people.clients.service import NewClient, add_client, give_token
from tests.integration.test_clients import BOTH, OPERATOR
from tests.support.batches import csv_of, row
from tests.support.visitors import Visitor
from tests.support.world import World

ISSUE, READ = frozenset({"certificates.issue"}), frozenset({"certificates.read"})
WITHDRAW = frozenset({"certificates.withdraw"})
NEVER, ANYBODY = frozenset({"-"}), frozenset[str]()
TABLE = {
    # Creates, and answers with what the system itself asked for.
    "POST /api/v1/certificates": ISSUE,
    "GET /api/v1/uses": ISSUE,
    "GET /api/v1/batches": ISSUE,
    "POST /api/v1/batches": ISSUE,
    "GET /api/v1/batches/template.{kind}": ISSUE,
    "GET /api/v1/batches/{batch}": ISSUE,
    "GET /api/v1/batches/{batch}/errors": ISSUE,
    "POST /api/v1/batches/{batch}/confirm": ISSUE,
    "POST /api/v1/batches/{batch}/cancel": ISSUE,
    "POST /api/v1/batches/{batch}/resume": ISSUE,
    # Tells of copies, or hands them out.
    "GET /api/v1/certificates": READ,
    "GET /api/v1/certificates/{copy_number}": READ,
    "GET /api/v1/certificates/{copy_number}/file": READ,
    "GET /api/v1/batches/{batch}/result.{kind}": ISSUE | READ,
    "GET /api/v1/batches/{batch}/certificates.zip": ISSUE | READ,
    "GET /api/v1/batches/{batch}/rows": ISSUE | READ,
    "GET /api/v1/certificates/{copy_number}/data": READ,
    "GET /api/v1/events": READ,
    "GET /api/v1/records/{identifier}": READ,
    # Takes a copy back.
    "PUT /api/v1/certificates/{copy_number}/withdrawal": WITHDRAW,
    "GET /api/v1/metrics": frozenset({"metrics.read"}),
    # Needs a person.
    "DELETE /api/v1/log-ins/current": NEVER,
    "POST /api/v1/replies": NEVER,
    "POST /api/v1/records/{identifier}/changes": NEVER,
    "GET /api/v1/records/{identifier}/ending": NEVER,
    "POST /api/v1/records/{identifier}/ending": NEVER,
    "POST /api/v1/records/{identifier}/reissue": NEVER,
    "POST /api/v1/records/{identifier}/correction": NEVER,
    "GET /api/v1/records": NEVER,
    "GET /api/v1/seals/{seal}/uses": NEVER,
    "GET /api/v1/sources": NEVER,
    "POST /api/v1/sources/{source}/checks": NEVER,
    "GET /api/v1/jobs": NEVER,
    "POST /api/v1/jobs/{number}/retry": NEVER,
    "GET /api/v1/pack-versions": NEVER,
    "POST /api/v1/pack-versions": NEVER,
    "GET /api/v1/pack-versions/{number}": NEVER,
    "POST /api/v1/pack-versions/{number}/approval": NEVER,
    "POST /api/v1/pack-versions/{number}/rejection": NEVER,
    "POST /api/v1/pack-versions/{number}/withdrawal": NEVER,
    # Open to everybody.
    "POST /api/v1/log-ins": ANYBODY,
    "POST /api/v1/verifications": ANYBODY,
    "POST /api/v1/verifications/report.pdf": ANYBODY,
    "GET /api/v1/verifications/{code}": ANYBODY,
    "GET /api/v1/verifications/{code}/report.pdf": ANYBODY,
    "GET /api/v1/seals/{seal}/status": ANYBODY,
}


@pytest.fixture
def guest(sqlite_world: World) -> Iterator[Visitor]:
    visitor = Visitor(sqlite_world)
    yield visitor
    visitor.client.close()


def bearer_of_system(visitor: Visitor, scopes: frozenset[str]) -> dict[str, str]:
    services, now = visitor.world.services, visitor.world.clock.now()
    name = "system-" + "-".join(sorted(scopes)).replace(".", "-")[-30:]
    new = NewClient(id=name, title="甲", unit_code=APPROVAL_BUREAU, scopes=scopes)
    with services.database.transaction() as session:
        secret = add_client(session, new, actor=OPERATOR, now=now)
    given = give_token(services.database, client_id=name, secret=secret, scope=None, now=now)
    return {"Authorization": f"Bearer {given.token}", "Idempotency-Key": f"k-{name}"}


def ask(
    visitor: Visitor, operation: str, described: dict[str, Any], headers: dict[str, str], batch: str
) -> Response:
    method, _, pattern = operation.partition(" ")
    path = pattern.format(
        batch=batch, kind="csv", copy_number="S5AY5ZDFJEWYQF1V8JSH", identifier="1.2", number=1,
        source="residents", code="0" * 26, seal="data-sharing-seal",
    )  # fmt: skip
    if path == "/api/v1/records":
        path += "?type=no-criminal-record"
    if path.endswith("/batches") and method == "POST":
        files = {"file": ("rows.csv", csv_of([row()]))}
        return visitor.client.request(method, path, files=files, headers=headers)
    return visitor.client.request(method, path, json=described, headers=headers)


def example_bodies(description: dict[str, Any]) -> dict[str, Any]:
    """An example of what each operation takes."""
    schemas, found = description["components"]["schemas"], {}
    for path, item in description["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            name = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            examples = schemas.get(name.rpartition("/")[2], {}).get("examples", [None])
            found[f"{method.upper()} {path}"] = examples[0]
    return found


def test_the_table_has_the_whole_interface_and_openapi_says_the_same(guest: Visitor) -> None:
    described = {}
    for path, item in guest.client.get("/api/v1/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            security = operation.get("security", [])
            scopes = [each["oauth2"] for each in security if "oauth2" in each]
            needed = frozenset(scopes[0]) if scopes else NEVER if security else ANYBODY
            described[f"{method.upper()} {path}"] = needed
    inside = {name: needed for name, needed in described.items() if " /api/" in name}
    assert inside == TABLE


def test_a_scope_opens_what_the_table_says(guest: Visitor) -> None:
    bodies = example_bodies(guest.client.get("/api/v1/openapi.json").json())
    for scopes in (ISSUE, READ, WITHDRAW, BOTH):
        headers = bearer_of_system(guest, scopes)
        batch = "0" * 16
        for operation, needed in TABLE.items():
            if needed == ANYBODY:
                continue
            answer = ask(guest, operation, bodies[operation], headers, batch)
            if operation == "POST /api/v1/batches" and answer.status_code == 201:
                batch = answer.json()["id"]
            refused = answer.status_code == 403
            assert refused == (not needed <= scopes), (operation, sorted(scopes), answer.text)


def test_a_system_is_told_that_its_token_is_no_log_in(guest: Visitor) -> None:
    headers = bearer_of_system(guest, READ)
    answer = guest.client.delete("/api/v1/log-ins/current", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "http.no-log-in")
    assert guest.client.get("/api/v1/certificates", headers=headers).status_code == 200
