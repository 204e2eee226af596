"""The description of the interface (OpenAPI): as it is, for people and for generators."""

from copy import deepcopy
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import JSONResponse, Response

from api.http.operation_codes import codes_of
from api.http.problem_examples import problem_example
from api.http.tokens import TOKEN_PATH
from api.shared.authentication import is_public, public
from api.shared.described import HEADERS, header_refs
from api.shared.problems import PROBLEM_JSON, problems, status_of_code
from api.shared.sentences import sentence
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.clients.rules import SCOPES

router = APIRouter()
# What the framework would answer with, if the problems of this interface did not replace it.
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
_SECURITY: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A person's log-in: `access_token` of `POST /api/v1/log-ins`",
    },
    "oauth2": {
        "type": "oauth2",
        "description": "Another system, for its unit (RFC 6749 §4.4)",
        "flows": {
            "clientCredentials": {
                "tokenUrl": TOKEN_PATH,
                "scopes": {name: sentence(f"clients.scope.{name}", Language.EN) for name in SCOPES},
            }
        },
    },
    "client_basic": {
        "type": "http",
        "scheme": "basic",
        "description": "Name and secret of a client, for its access token alone",
    },
}
_INFO = {
    "title": "certsvc",
    "version": "1",
    "summary": "Electronic certificates of a district: issue, fetch, check, revoke",
    "description": "Errors are problem documents (RFC 9457) with a stable `code`; instants carry"
    " their offset (RFC 3339). Within `/api/v1` fields, codes, parameters and operations may be"
    " added: ignore what you do not know. What is to go is marked `deprecated` and told by the"
    " header `Deprecation` for a year at least.",
    "contact": {"name": "Whoever operates this installation"},
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
_TAGS = {
    "log-ins": "Logging in and out, for people",
    "oauth2": "Access tokens, for other systems",
    "certificates": "Issuing certificates; sealed copies of a unit or a holder",
    "records": "Certificate records: how they stand, changing that, new versions",
    "batches": "Many certificates from one file",
    "replies": "What a department's handler found in its records",
    "verifications": "Checking a file or a code, for anyone",
    "events": "What happened, for systems that ask",
    "uses": "What a unit may ask for",
    "sources": "How the connected sources stand",
    "jobs": "Work that is done later",
    "seals": "Whether a seal was valid, for anyone",
    "template packs": "Versions of template packs, decided by two people",
    "health": "Whether the service works",
}
_HEADERS_OF = {
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After", "RateLimit-Policy", "RateLimit"),
    "503": ("Retry-After",),
}
_CHALLENGED = "oauth2"
_BY_PERSON: list[dict[str, list[str]]] = [{"bearer": []}]
_KEY = "Idempotency-Key"
_OWN_PROBLEMS = {"get_health"}
"""Operations that answer in their own way when something is wrong."""


@router.get("/api/v1/openapi.json", include_in_schema=False)
@public
def get_description(request: Request) -> Response:
    """Return the description of the interface."""
    return JSONResponse(describe_interface(request.app))


def describe_interface(app: FastAPI) -> dict[str, Any]:
    """Describe the interface as it is: problems by their media type, log-ins where needed."""
    # The framework keeps its own description; what is added here would be added each time.
    description = deepcopy(app.openapi())
    site = app.state.services.settings.public_url
    schemas = description["components"]["schemas"]
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    description["info"] = _INFO
    description["servers"] = [{"url": site, "description": "This installation"}]
    description["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    description["components"]["securitySchemes"] = _SECURITY
    description["components"]["headers"] = HEADERS
    open_to_all = {
        context.unique_id
        for context in iter_route_contexts(app.routes)
        if context.endpoint and is_public(context.endpoint)
    }
    for operations in description["paths"].values():
        for operation in operations.values():
            is_open = operation["operationId"] in open_to_all
            operation.setdefault("security", [] if is_open else _BY_PERSON)
            _describe_answers(operation)
    return description


def _describe_answers(operation: dict[str, Any]) -> None:
    parameters = [each["name"] for each in operation.get("parameters", [])]
    answers: dict[str, Any] = operation["responses"]
    by_status: dict[str, list[str]] = {}
    for code in codes_of(operation["operationId"], [*answers], parameters):
        by_status.setdefault(str(status_of_code(code).value), []).append(code)
    if operation["operationId"] not in _OWN_PROBLEMS:
        for status in by_status.keys() - answers.keys():
            answers[status] = problems(int(status))[int(status)] | {"content": {PROBLEM_JSON: {}}}
    for status, answer in answers.items():
        _describe_answer(operation, status, answer, by_status.get(status, []))
    operation["responses"] = dict(sorted(answers.items()))


def _describe_answer(
    operation: dict[str, Any], status: str, answer: dict[str, Any], codes: list[str]
) -> None:
    content = answer.get("content", {})
    answer.pop("model", None)
    takes_key = any(each["name"] == _KEY for each in operation.get("parameters", []))
    if PROBLEM_JSON in content or _FRAMEWORK_SCHEMAS[0] in str(content):
        described = problems(int(status))[int(status)]["content"]
        example = problem_example(int(status))
        answer["content"] = {PROBLEM_JSON: {**described[PROBLEM_JSON], "example": example}}
        answer["x-codes"] = codes
        answer["description"] += f": {', '.join(f'`{code}`' for code in codes)}" if codes else ""
    names = ["X-Request-Id", *_HEADERS_OF.get(status, ())]
    if status == "403" and any(_CHALLENGED in way for way in operation["security"]):
        names.append("WWW-Authenticate")
    if takes_key and status in {"200", "201"}:
        names.append("Idempotent-Replayed")
    answer["headers"] = answer.get("headers", {}) | header_refs(*names)
