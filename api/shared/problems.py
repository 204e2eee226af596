"""Errors as RFC 9457 problem documents, by one table from kinds of error to status codes.

- The table covers every error of every package, through its bases; a test proves it.
- A problem holds a stable code and one sentence in the reader's language, never a stack trace.
- What the service depends on and cannot reach is 503 with Retry-After: nothing was lost.
"""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.shared.errors import (
    AddressUnknownError,
    BodyMalformedError,
    BodyTooLargeError,
    IdempotencyKeyMissingError,
    InputInvalidError,
    MediaTypeUnsupportedError,
    MethodNotAllowedError,
    ParameterUnknownError,
    UnexpectedError,
)
from api.shared.faults import FAULT_EXAMPLE, FieldFault, faults_of_error, faults_of_schema
from api.shared.language import HTML_TAGS, preferred_language
from api.shared.limits import WRONG_PASSWORDS, limit_headers
from api.shared.sentences import KnownError, sentence, sentence_of
from certsvc.catalogue.matters.service import MatterUnknownError
from certsvc.catalogue.types.service import TypeUnknownError
from certsvc.foundation.errors import (
    CertsvcError,
    ConflictError,
    DefectError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
    UnauthenticatedError,
    UnavailableError,
)
from certsvc.foundation.idempotency.rules import InProgressError
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.accounts.service import NotLoggedInError
from certsvc.people.accounts.throttle import LogInLockedError
from certsvc.people.clients.rules import SCOPES, ClientSlowedError
from certsvc.people.rights.rules import Actor, PermissionDeniedError, Role
from certsvc.people.units.service import UnitUnknownError
from certsvc.verification.authenticity.service import FileTooLargeError
from keys.errors import (
    KeyGoneError,
    KeyLockedError,
    KeyNotFoundError,
    KeyPinBlockedError,
    KeyPinWrongError,
    KeySlowError,
    SigningKeyError,
)
from signing.errors import SigningError, TimestampError, UploadedImageError
from templates.errors import (
    FieldsInvalidError,
    GlyphMissingError,
    PackInvalidError,
    PackUnknownError,
    PackUnsoundError,
    TemplateError,
)

STATUS_OF: dict[type[Exception], HTTPStatus] = {
    # Closer kinds first; the first base of an error that stands here decides.
    BodyMalformedError: HTTPStatus.BAD_REQUEST,
    IdempotencyKeyMissingError: HTTPStatus.BAD_REQUEST,
    MethodNotAllowedError: HTTPStatus.METHOD_NOT_ALLOWED,
    MediaTypeUnsupportedError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    BodyTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FileTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    # Named in a body or a query, never by an address: a field is wrong, and nothing is missing.
    TypeUnknownError: HTTPStatus.UNPROCESSABLE_ENTITY,
    MatterUnknownError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnitUnknownError: HTTPStatus.UNPROCESSABLE_ENTITY,
    LogInLockedError: HTTPStatus.TOO_MANY_REQUESTS,
    ClientSlowedError: HTTPStatus.TOO_MANY_REQUESTS,
    NotFoundError: HTTPStatus.NOT_FOUND,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    RefusedError: HTTPStatus.CONFLICT,
    ConflictError: HTTPStatus.CONFLICT,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    DefectError: HTTPStatus.INTERNAL_SERVER_ERROR,
    CertsvcError: HTTPStatus.INTERNAL_SERVER_ERROR,
    # What a source or a handler said cannot be printed: the facts are at fault, not the service.
    FieldsInvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    GlyphMissingError: HTTPStatus.UNPROCESSABLE_ENTITY,
    # Told to whoever proposes a pack of the folder; papers are set with approved ones alone.
    PackUnknownError: HTTPStatus.NOT_FOUND,
    PackUnsoundError: HTTPStatus.CONFLICT,
    PackInvalidError: HTTPStatus.CONFLICT,
    TemplateError: HTTPStatus.INTERNAL_SERVER_ERROR,
    KeyLockedError: HTTPStatus.SERVICE_UNAVAILABLE,
    KeyNotFoundError: HTTPStatus.SERVICE_UNAVAILABLE,
    KeyPinWrongError: HTTPStatus.SERVICE_UNAVAILABLE,
    KeyPinBlockedError: HTTPStatus.SERVICE_UNAVAILABLE,
    KeyGoneError: HTTPStatus.SERVICE_UNAVAILABLE,
    KeySlowError: HTTPStatus.SERVICE_UNAVAILABLE,
    SigningKeyError: HTTPStatus.INTERNAL_SERVER_ERROR,
    TimestampError: HTTPStatus.SERVICE_UNAVAILABLE,
    UploadedImageError: HTTPStatus.UNPROCESSABLE_ENTITY,
    SigningError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 30
"""Seconds after which to try again what was out of reach."""
_IN_PROGRESS_RETRY_AFTER_S = 5


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:certsvc:problem:issuance.purpose-missing",
                    "title": "内容有误",
                    "status": 422,
                    "detail": "请填写用途，例如“申请认定高级中学教师资格”。",
                    "code": "issuance.purpose-missing",
                    "params": {},
                    "instance": "urn:uuid:7a0e8f1c-31f5-4a3b-9a55-5b1f6d4f3c10",
                    "faults": [FAULT_EXAMPLE],
                }
            ]
        }
    )

    type: Annotated[str, Field(description="`urn:certsvc:problem:` and the code")]
    title: str
    status: int
    detail: Annotated[str, Field(description="One sentence, in the reader's language")]
    code: Annotated[
        str,
        Field(
            description="Stable name of the error. `x-codes` of an answer lists those known today;"
            " more may come, so treat one that you do not know by its status"
        ),
    ]
    params: dict[str, str | int]
    instance: Annotated[str, Field(description="Number of this request, also in X-Request-Id")]
    faults: Annotated[
        list[FieldFault], Field(description="Every field that is wrong; empty if none is")
    ] = []


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that an operation may answer with, for OpenAPI."""
    return {
        status: {
            "model": Problem,
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "description": HTTPStatus(status).phrase,
        }
        for status in statuses
    }


@cache
def _kinds() -> dict[str, type[Exception]]:
    waiting: list[type[KnownError]] = [CertsvcError, TemplateError, SigningError, SigningKeyError]
    kinds: dict[str, type[Exception]] = {}
    while waiting:
        kind = waiting.pop()
        kinds.setdefault(kind.code, kind)
        waiting += kind.__subclasses__()
    return kinds


def status_of_code(code: str) -> HTTPStatus:
    """Return the status of the error that has a code.

    Raises:
        KeyError: no error has it.
    """
    kind = _kinds()[code]
    return next((STATUS_OF[base] for base in kind.__mro__ if base in STATUS_OF), _FAULT)


def status_of(error: Exception) -> HTTPStatus:
    """Return the status code of an error of any package."""
    return next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), _FAULT)


_ANSWERS_OPTIONS = ("/api/", "/oauth2/")
_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR
_OF_FRAMEWORK: dict[int, type[CertsvcError]] = {
    HTTPStatus.NOT_FOUND: AddressUnknownError,
    HTTPStatus.METHOD_NOT_ALLOWED: MethodNotAllowedError,
}


def as_known_error(error: Exception) -> KnownError:
    """Say what a framework's exception means in the service's own words."""
    if isinstance(error, RequestValidationError):
        return _validation_error(error)
    if isinstance(error, HTTPException):
        return _OF_FRAMEWORK.get(error.status_code, BodyMalformedError)()
    if isinstance(error, CertsvcError | TemplateError | SigningError | SigningKeyError):
        return error
    return UnexpectedError()


def _validation_error(error: RequestValidationError) -> CertsvcError:
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid" or place == ["body"]:
        return BodyMalformedError()
    if place[:2] == ["header", "Idempotency-Key"] and first["type"] == "missing":
        return IdempotencyKeyMissingError()
    if first["type"] == "unknown_parameter":
        return ParameterUnknownError(field=place[-1][:80])
    # The name comes from our own schema, or from an unknown key that the caller sent.
    return InputInvalidError(field=".".join(place[1:])[:80])


def _faults(error: Exception, known: KnownError, language: Language) -> list[FieldFault]:
    if isinstance(error, RequestValidationError) and not isinstance(known, BodyMalformedError):
        return faults_of_schema(error.errors(), language)
    return faults_of_error(known, language)


def problem_of(error: KnownError, language: Language, *, number: str) -> Problem:
    """Describe an error to a reader; `number` is the request's."""
    status = status_of(error)
    return Problem(
        type=f"urn:certsvc:problem:{error.code}",
        title=sentence(f"problem.title.{status.value}", language),
        status=status.value,
        detail=sentence_of(error, language),
        code=error.code,
        params=error.params,
        instance=f"urn:uuid:{number}",
    )


def answer_problem(request: Request, error: Exception) -> Response:
    """Answer with a problem document; OPTIONS, wherever it is not taken, with what is."""
    known = as_known_error(error)
    status = status_of(known)
    if status is HTTPStatus.METHOD_NOT_ALLOWED and request.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=allowed_methods(request, status))
    language = preferred_language(request.headers.get("accept-language"))
    problem = problem_of(known, language, number=request.state.request_id)
    problem.faults = _faults(error, known, language)
    headers = {
        "Content-Language": HTML_TAGS[language],
        "Vary": "Accept-Language",
        **headers_of(status, known),
        **_challenge_of(request, known),
        **allowed_methods(request, status),
    }
    return JSONResponse(
        problem.model_dump(), status_code=status, headers=headers, media_type=PROBLEM_JSON
    )


def headers_of(status: HTTPStatus, error: Exception | None = None) -> dict[str, str]:
    """Return the headers that a status code calls for."""
    if status is HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="certsvc"'}
    if isinstance(error, InProgressError):
        return {"Retry-After": str(_IN_PROGRESS_RETRY_AFTER_S)}
    if isinstance(error, LogInLockedError):
        return limit_headers(WRONG_PASSWORDS, retry_after_s=int(error.params["retry_after_s"]))
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(RETRY_AFTER_S)}
    return {}


def _challenge_of(request: Request, error: Exception) -> dict[str, str]:
    """Name what a token is missing, or that it is none any more (RFC 6750 §3)."""
    actor: Actor | None = getattr(request.state, "actor", None)
    if isinstance(error, PermissionDeniedError) and actor and Role.SYSTEM in actor.roles:
        needed = str(error.params.get("permission", ""))
        scopes = [name for name, permits in SCOPES.items() if needed in permits]
        named = f', scope="{" ".join(scopes)}"' if scopes else ""
        challenge = f'Bearer realm="certsvc", error="insufficient_scope"{named}'
        return {"WWW-Authenticate": challenge}
    sent = request.headers.get("authorization", "").lower().startswith("bearer ")
    if sent and isinstance(error, NotLoggedInError):
        return {"WWW-Authenticate": 'Bearer realm="certsvc", error="invalid_token"'}
    return {}


def allowed_methods(request: Request, status: HTTPStatus) -> dict[str, str]:
    """Return the header that a wrong method calls for (RFC 9110 §10.2.1)."""
    if status is not HTTPStatus.METHOD_NOT_ALLOWED:
        return {}
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path_regex.match(request.url.path):
            methods |= route.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    if request.url.path.startswith(_ANSWERS_OPTIONS):
        methods.add("OPTIONS")
    return {"Allow": ", ".join(sorted(methods))}
