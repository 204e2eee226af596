"""The description of the interface (OpenAPI)."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import JSONResponse, Response

from api.http.problem_examples import known_codes, problem_example
from api.http.tokens import TOKEN_PATH
from api.shared.authentication import is_public, public
from api.shared.problems import PROBLEM_JSON, problems
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
_HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "Number of this request, also in a problem's `instance` and in the log",
        "schema": {"type": "string", "format": "uuid"},
        "example": "7a0e8f1c-31f5-4a3b-9a55-5b1f6d4f3c10",
    },
    "Retry-After": {
        "description": "Seconds after which to try again",
        "schema": {"type": "string"},
        "example": "30",
    },
    "WWW-Authenticate": {
        "description": "How to log in",
        "schema": {"type": "string"},
        "example": 'Bearer realm="certsvc"',
    },
}
_HEADER_OF = {"401": "WWW-Authenticate", "503": "Retry-After"}
_BY_PERSON: list[dict[str, list[str]]] = [{"bearer": []}]


@router.get("/api/v1/openapi.json", include_in_schema=False)
@public
def get_description(request: Request) -> Response:
    """Return the description of the interface."""
    return JSONResponse(describe_interface(request.app))


def describe_interface(app: FastAPI) -> dict[str, Any]:
    """Describe the interface as it is: problems by their media type, log-ins where needed."""
    description = app.openapi()
    schemas = description["components"]["schemas"]
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    description["components"]["securitySchemes"] = _SECURITY
    description["components"]["headers"] = _HEADERS
    schemas["Problem"]["properties"]["code"]["enum"] = known_codes()
    open_to_all = {
        context.unique_id
        for context in iter_route_contexts(app.routes)
        if context.endpoint and is_public(context.endpoint)
    }
    for operations in description["paths"].values():
        for operation in operations.values():
            if operation["operationId"] not in open_to_all:
                operation.setdefault("security", _BY_PERSON)
            for status, answer in operation["responses"].items():
                _describe_answer(status, answer)
    return description


def _describe_answer(status: str, answer: dict[str, Any]) -> None:
    content = answer.get("content", {})
    if PROBLEM_JSON in content or _FRAMEWORK_SCHEMAS[0] in str(content):
        described = problems(int(status))[int(status)]["content"]
        example = problem_example(int(status))
        answer["content"] = {PROBLEM_JSON: {**described[PROBLEM_JSON], "example": example}}
    names = ["X-Request-Id", *([_HEADER_OF[status]] if status in _HEADER_OF else [])]
    headers = answer.setdefault("headers", {})
    headers.update({name: {"$ref": f"#/components/headers/{name}"} for name in names})
