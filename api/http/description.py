"""The description of the interface (OpenAPI)."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import JSONResponse, Response

from api.http.authentication import is_public, public
from api.http.problems import PROBLEM_JSON, problems

router = APIRouter()
# What the framework would answer with, if the problems of this interface did not replace it.
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
_BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}


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
    description["components"]["securitySchemes"] = _BEARER
    open_to_all = {
        context.unique_id
        for context in iter_route_contexts(app.routes)
        if context.endpoint and is_public(context.endpoint)
    }
    for operations in description["paths"].values():
        for operation in operations.values():
            if operation["operationId"] not in open_to_all:
                operation["security"] = [{"bearer": []}]
            for answer in operation["responses"].values():
                content = answer.get("content", {})
                if PROBLEM_JSON in content or _FRAMEWORK_SCHEMAS[0] in str(content):
                    answer["content"] = problems(422)[422]["content"]
    return description
