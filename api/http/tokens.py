"""Access tokens for systems: OAuth 2 client credentials (RFC 6749 §4.4).

1. The body is a form, and no parameter comes twice (§3.2).
2. The client proves itself by HTTP Basic or in the form, not by both (§2.3).
3. Errors are those of §5.2 with our stable `code` beside; 401 names the scheme.
"""

import base64
import binascii
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.shared.authentication import public
from api.shared.errors import MediaTypeUnsupportedError
from api.shared.limits import WRONG_SECRETS, limit_headers
from api.shared.log_ins import address_of_client
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from api.shared.sentences import sentence_of
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.accounts.origins import counted_address
from certsvc.people.clients.rules import (
    SCOPES,
    TOKEN_LIFETIME,
    ClientRefusedError,
    ClientSlowedError,
    GrantTypeUnsupportedError,
    TokenRequestError,
)
from certsvc.people.clients.service import give_token

router = APIRouter(tags=["oauth2"])
TOKEN_PATH = "/oauth2/token"  # noqa: S105  an address
METADATA_PATH = "/.well-known/oauth-authorization-server"
GRANT_TYPE = "client_credentials"
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 10
_MAX_AGE = "public, max-age=3600"


class AccessTokenAnswer(BaseModel):
    """An access token (RFC 6749 §5.1); send it as `Authorization: Bearer …`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "sys_2YotnFZFEjr1zCsicMWpAA",
                    "token_type": "Bearer",
                    "expires_in": 900,
                    "scope": "certificates.issue certificates.read",
                }
            ]
        }
    )

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(description="Seconds")]
    scope: Annotated[str, Field(description="What it opens, in words with blanks between")]


class TokenProblem(BaseModel):
    """Why there is no token (RFC 6749 §5.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "invalid_client",
                    "error_description": "Client and secret do not belong together, or the client"
                    " is disabled. Check them, or ask the administrator.",
                    "code": "clients.refused",
                }
            ]
        }
    )

    error: Annotated[
        str,
        Field(
            description="`invalid_request`, `invalid_client`, `invalid_scope`,"
            " `unsupported_grant_type` or `temporarily_unavailable`"
        ),
    ]
    error_description: str
    code: Annotated[str, Field(description="Stable name of the error")]


class ServerMetadata(BaseModel):
    """What this authorization server can do (RFC 8414)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "issuer": "https://certificates.example",
                    "token_endpoint": "https://certificates.example/oauth2/token",
                    "token_endpoint_auth_methods_supported": [
                        "client_secret_basic",
                        "client_secret_post",
                    ],
                    "grant_types_supported": ["client_credentials"],
                    "response_types_supported": [],
                    "scopes_supported": ["certificates.issue", "certificates.read"],
                    "service_documentation": "https://certificates.example/api/v1/openapi.json",
                }
            ]
        }
    )

    issuer: str
    token_endpoint: str
    token_endpoint_auth_methods_supported: list[str]
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    service_documentation: str


async def token_form(request: Request) -> dict[str, str]:
    """Read the form of a request for a token.

    Raises:
        MediaTypeUnsupportedError: the body is no form.
        TokenRequestError: it cannot be read, or a parameter comes twice.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise MediaTypeUnsupportedError
    try:
        async with request.form(max_fields=_MOST_FIELDS) as form:
            pairs = form.multi_items()
    except (LookupError, ValueError) as error:
        raise TokenRequestError from error
    except HTTPException as error:
        if error.status_code != HTTPStatus.BAD_REQUEST:
            raise
        raise TokenRequestError from error  # the framework's: too many fields
    fields = {name: value for name, value in pairs if isinstance(value, str) and value}
    if len({name for name, _ in pairs}) != len(pairs):
        raise TokenRequestError
    return fields


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": [GRANT_TYPE]},
                        "scope": {"type": "string", "maxLength": 200},
                        "client_id": {"type": "string", "maxLength": 40},
                        "client_secret": {"type": "string", "maxLength": 200},
                    },
                },
                "example": {
                    "grant_type": GRANT_TYPE,
                    "scope": "certificates.issue",
                    "client_id": "talent-portal",
                    "client_secret": "the secret that was shown once",
                },
            }
        },
    },
    "security": [{}, {"client_basic": []}],
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": TokenProblem, "description": "The request is malformed"},
    401: {"model": TokenProblem, "description": "The client is not known"},
    429: {"model": TokenProblem, "description": "Too many wrong secrets"},
}


@router.post(
    TOKEN_PATH,
    summary="Get an access token",
    responses=_REFUSED | problems(413, 415, 422, 503),
    openapi_extra=_BODY,
)
@public
def create_token(
    form: Annotated[dict[str, str], Depends(token_form)], request: Request, call: InterfaceCall
) -> AccessTokenAnswer:
    """Exchange a client's secret for an access token; there is no refresh, ask anew."""
    if form.get("grant_type") != GRANT_TYPE:
        raise GrantTypeUnsupportedError if "grant_type" in form else TokenRequestError
    client_id, secret = _client_of(request, form)
    digest = call.services.log_in_secret.digest_of_parts
    given = give_token(
        call.services.database,
        client_id=client_id,
        secret=secret,
        scope=form.get("scope"),
        now=call.now,
        source=digest("source", "secrets of systems", counted_address(address_of_client(request))),
        name=digest("name", "secrets of systems", client_id),
    )
    return AccessTokenAnswer(
        access_token=given.token,
        token_type="Bearer",  # noqa: S106  the scheme's name
        expires_in=int(TOKEN_LIFETIME.total_seconds()),
        scope=" ".join(sorted(given.scopes)),
    )


@router.get(METADATA_PATH, summary="What this authorization server can do")
@public
def get_metadata(call: InterfaceCall, response: Response) -> ServerMetadata:
    """Return the metadata of the authorization server (RFC 8414)."""
    site = call.services.settings.public_url
    response.headers["Cache-Control"] = _MAX_AGE
    return ServerMetadata(
        issuer=site,
        token_endpoint=f"{site}{TOKEN_PATH}",
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        grant_types_supported=[GRANT_TYPE],
        response_types_supported=[],
        scopes_supported=sorted(SCOPES),
        service_documentation=f"{site}/api/v1/openapi.json",
    )


def answer_token_problem(_: Request, error: Exception) -> Response:
    """Answer why there is no token; in English, since the RFC allows no other letters."""
    if not isinstance(error, TokenRequestError | ClientRefusedError):
        raise error
    text = sentence_of(error, Language.EN).encode("ascii", "replace").decode()
    headers, status = {"Pragma": "no-cache"}, HTTPStatus.BAD_REQUEST
    if isinstance(error, ClientSlowedError):
        status = HTTPStatus.TOO_MANY_REQUESTS
        headers |= limit_headers(WRONG_SECRETS, retry_after_s=int(error.params["retry_after_s"]))
    elif isinstance(error, ClientRefusedError):
        status = HTTPStatus.UNAUTHORIZED
        headers |= {"WWW-Authenticate": 'Basic realm="certsvc"'} | limit_headers(WRONG_SECRETS)
    return JSONResponse(
        {"error": error.oauth_error, "error_description": text, "code": error.code},
        status_code=status,
        headers=headers,
    )


def _client_of(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    in_form = form.get("client_id", ""), form.get("client_secret", "")
    if not scheme:
        return in_form
    if scheme.lower() != "basic":
        raise ClientRefusedError
    try:
        pair = base64.b64decode(credentials.strip(), validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise ClientRefusedError from error
    name, _, secret = (unquote_plus(part) for part in pair.partition(":"))
    if in_form[1] or in_form[0] not in {"", name}:
        raise TokenRequestError
    return name, secret
