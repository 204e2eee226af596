"""OpenAPI says what the interface does, with examples that are true."""

from typing import Any

import jsonschema
import pytest

from tests.support.visitors import Visitor

OUTSIDE = {"/healthz", "/oauth2/token", "/.well-known/oauth-authorization-server"}


@pytest.fixture
def description(visitor: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = visitor.client.get("/api/v1/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in description["paths"].items()
        for method, operation in item.items()
    ]


def test_the_whole_interface_is_described_and_no_page(description: dict[str, Any]) -> None:
    paths = set(description["paths"])
    assert {path for path in paths if not path.startswith("/api/v1/")} == OUTSIDE
    assert "/api/v1/certificates/{copy_number}/file" in paths


def test_problems_have_their_media_type_and_an_example(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        if path == "/healthz":
            continue
        own = {"400", "401"} if path == "/oauth2/token" else set()  # RFC 6749 says what they are
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and status not in own:
                assert list(answer["content"]) == ["application/problem+json"], (method, path)
    assert description["components"]["schemas"]["Problem"]["examples"]


def test_closed_operations_ask_for_a_bearer_token(description: dict[str, Any]) -> None:
    closed = {path for _, path, operation in operations(description) if operation.get("security")}
    assert "/api/v1/certificates" in closed
    assert "/api/v1/verifications" not in closed


def test_every_example_satisfies_its_schema(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    checked = 0
    for name, schema in schemas.items():
        for example in schema.get("examples", []):
            jsonschema.validate(
                example,
                {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}},
            )
            checked += 1
    assert checked >= 7


def test_every_body_that_is_sent_has_an_example(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        content = operation.get("requestBody", {}).get("content", {})
        for kind, body in content.items():
            if kind == "application/json":
                name = body["schema"]["$ref"].rpartition("/")[2]
                assert description["components"]["schemas"][name]["examples"], (method, path)
