"""OpenAPI says what the interface does, with examples that are true."""

import tomllib
from typing import Any

import jsonschema
import pytest

from api.http.operation_codes import TABLE
from api.shared.described import BINARY, CSV, PDF, XLSX, ZIP
from tests.support.operation_codes import codes_raised, described_app
from tests.support.visitors import Visitor

OUTSIDE = {
    "/healthz",
    "/oauth2/token",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
}


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
        if path in {"/healthz", "/.well-known/jwks.json"}:
            continue
        own = {"416"}  # says in a header how long the file is
        if path == "/oauth2/token":
            own = {"400", "401", "429"}  # RFC 6749 says what they are
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


def contents(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every body that an operation takes or gives."""
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    return [pair for body in bodies for pair in body.get("content", {}).items()]


def test_every_body_and_parameter_has_an_example(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for method, path, operation in operations(description):
        for kind, body in contents(operation):
            name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
            has_example = "example" in body or schemas.get(name, {}).get("examples")
            assert has_example or kind in {PDF, CSV, XLSX, ZIP}, (method, path, kind)
        for parameter in operation.get("parameters", []):
            has_example = "example" in parameter or parameter["schema"].get("examples")
            assert has_example, (method, path, parameter["name"])


def test_problems_are_of_the_status_they_stand_at(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for _, _, operation in operations(description):
        for status, answer in operation["responses"].items():
            problem = answer.get("content", {}).get("application/problem+json")
            if problem:
                assert problem["example"]["status"] == int(status)
                jsonschema.validate(
                    problem["example"],
                    {"$ref": "#/components/schemas/Problem", "components": {"schemas": schemas}},
                )


def test_a_code_is_open_and_each_operation_tells_its_own(description: dict[str, Any]) -> None:
    """A new code must not break a client that was generated before."""
    schemas = description["components"]["schemas"]
    for name in ("Problem", "FieldFault", "TokenProblem"):
        assert "enum" not in schemas[name]["properties"]["code"]
    issue = description["paths"]["/api/v1/certificates"]["post"]["responses"]
    assert "idempotency.key-reused" in issue["409"]["x-codes"]
    assert "catalogue.type-unknown" in issue["422"]["x-codes"]
    assert "issuance.purpose-missing" in issue["422"]["description"]
    listed = description["paths"]["/api/v1/certificates"]["get"]["responses"]
    assert "db.cursor-invalid" in listed["422"]["x-codes"]
    assert "catalogue.type-unknown" not in listed["422"]["x-codes"]


def test_the_table_of_codes_is_what_the_functions_say() -> None:
    written = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert written == codes_raised(described_app()), "python -m tests.support.operation_codes"


FILES = {
    "get /api/v1/certificates/{copy_number}/file": {PDF},
    "get /api/v1/batches/template.{kind}": {CSV, XLSX},
    "get /api/v1/batches/{batch}/result.{kind}": {CSV, XLSX},
    "get /api/v1/batches/{batch}/certificates.zip": {ZIP},
    "post /api/v1/verifications/report.pdf": {PDF},
    "get /api/v1/verifications/{code}/report.pdf": {PDF},
}


def test_files_are_octets_and_no_text(description: dict[str, Any]) -> None:
    found = {}
    for method, path, operation in operations(description):
        for status, answer in operation["responses"].items():
            kinds = {kind for kind in answer.get("content", {}) if kind in {PDF, CSV, XLSX, ZIP}}
            for kind in kinds:
                assert answer["content"][kind]["schema"] == BINARY, (method, path, kind)
            if kinds and status == "200":
                assert set(answer["content"]) == kinds
                assert "Content-Disposition" in answer["headers"]
                found[f"{method} {path}"] = kinds
    assert found == FILES


def test_headers_are_declared(description: dict[str, Any]) -> None:
    answers = {
        f"{method} {path} {status}": set(answer["headers"])
        for method, path, operation in operations(description)
        for status, answer in operation["responses"].items()
    }
    assert {"Location", "Idempotent-Replayed"} <= answers["post /api/v1/certificates 201"]
    assert "Link" in answers["get /api/v1/certificates 200"]
    assert {"ETag", "Accept-Ranges"} <= answers["get /api/v1/certificates/{copy_number}/file 200"]
    assert "WWW-Authenticate" in answers["post /api/v1/certificates 403"]
    for name, headers in answers.items():
        if name.endswith(("503", "429")) and "healthz" not in name:
            assert "Retry-After" in headers, name
    assert {"RateLimit", "RateLimit-Policy"} <= answers["post /oauth2/token 429"]


def test_instants_have_their_format(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            if field == "at" or field.endswith("_at"):
                kinds = value.get("anyOf", [value])
                assert {"type": "string", "format": "date-time"} in [
                    {key: each[key] for key in ("type", "format") if key in each} for each in kinds
                ], (name, field)


def test_every_answer_bears_the_number_of_the_request(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        for status, answer in operation["responses"].items():
            assert "X-Request-Id" in answer["headers"], (method, path, status)


def test_the_ways_to_log_in_are_described(description: dict[str, Any]) -> None:
    schemes = description["components"]["securitySchemes"]
    flow = schemes["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] in description["paths"]
    for _, _, operation in operations(description):
        for way in operation.get("security", []):
            for name, scopes in way.items():
                assert name in schemes
                assert set(scopes) <= set(flow["scopes"])
    issue = description["paths"]["/api/v1/certificates"]["post"]
    assert issue["security"] == [{"bearer": []}, {"oauth2": ["certificates.issue"]}]
    assert description["paths"]["/api/v1/replies"]["post"]["security"] == [{"bearer": []}]


def test_a_callers_own_number_is_not_taken_over(visitor: Visitor) -> None:
    given = "7a0e8f1c-31f5-4a3b-9a55-5b1f6d4f3c10"
    answers = [visitor.client.get("/healthz", headers={"X-Request-Id": given}) for _ in range(2)]
    assert len({given, *(answer.headers["x-request-id"] for answer in answers)}) == 3
