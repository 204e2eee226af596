"""Logging in and out."""

from typing import Annotated

from fastapi import APIRouter, Request, status
from pydantic import BaseModel, ConfigDict, Field

from api.errors import NoLogInError
from api.http.authentication import Caller, bearer_of, public
from api.http.parts import ServicesPart
from api.http.problems import problems
from certsvc.bootstrap import Services
from certsvc.foundation.clock import rfc3339
from certsvc.people.accounts.origins import Origin
from certsvc.people.accounts.service import LOG_IN_LIFETIME, BegunLogIn, log_in, log_out
from certsvc.people.rights.rules import Role

router = APIRouter(prefix="/api/v1/log-ins", tags=["log-ins"])
_NAME_MAX_LENGTH = 60
_PASSWORD_MAX_LENGTH = 200


class Credentials(BaseModel):
    """Name and password."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "clerk.wang", "password": "the password you were given"}]
        },
    )

    name: Annotated[str, Field(max_length=_NAME_MAX_LENGTH)]
    password: Annotated[str, Field(max_length=_PASSWORD_MAX_LENGTH, repr=False)]


class FailedAttempts(BaseModel):
    """What was tried in vain with this name since the last log-in."""

    count: Annotated[int, Field(description="Wrong passwords")]
    sources: Annotated[list[str], Field(description="Parts of the addresses, the first few")]
    last_at: str


class BearerToken(BaseModel):
    """Proof of a log-in; send it as `Authorization: Bearer …`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"access_token": "k3J…", "token_type": "Bearer", "expires_in": 28800}]
        }
    )

    access_token: str
    token_type: str
    expires_in: Annotated[int, Field(description="Seconds")]
    failed_attempts: Annotated[
        FailedAttempts | None, Field(description="If any; tell the person whose name it is")
    ] = None


def exchange(services: Services, credentials: Credentials, origin: Origin) -> BegunLogIn:
    """Exchange name and password for a token; a failure is counted before it is told.

    Raises:
        LogInRefusedError: they do not belong together.
        LogInLockedError: too many failures.
        LogInsBusyError: too many people log in at this moment.
    """
    return log_in(
        services.database,
        secret=services.log_in_secret,
        name=credentials.name,
        password=credentials.password,
        now=services.clock.now(),
        origin=origin,
    )


def address_of_client(request: Request) -> str:
    """Return the address that a request comes from; behind a trusted proxy, what that one says."""
    return request.client.host if request.client else ""


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Log in",
    responses=problems(400, 401, 413, 422, 503),
)
@public
def create_log_in(
    credentials: Credentials, request: Request, services: ServicesPart
) -> BearerToken:
    """Exchange a name and a password for a bearer token."""
    begun = exchange(services, credentials, Origin(address=address_of_client(request)))
    failed = begun.tried_in_vain
    return BearerToken(
        access_token=begun.token,
        token_type="Bearer",  # noqa: S106  the scheme's name
        expires_in=int(LOG_IN_LIFETIME.total_seconds()),
        failed_attempts=FailedAttempts(
            count=failed.count, sources=list(failed.sources), last_at=rfc3339(failed.last_at)
        )
        if failed
        else None,
    )


@router.delete(
    "/current",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Log out",
    responses=problems(401, 403, 503),
)
def end_log_in(request: Request, actor: Caller, services: ServicesPart) -> None:
    """End the log-in whose token comes with the request; a system's access token is none.

    Raises:
        NoLogInError: a system sends it.
    """
    if Role.SYSTEM in actor.roles:
        raise NoLogInError
    with services.database.transaction() as session:
        log_out(session, bearer_of(request, services) or "")
