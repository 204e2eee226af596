"""Logging in and out."""

from typing import Annotated

from fastapi import APIRouter, Request, status
from pydantic import BaseModel, ConfigDict, Field

from api.shared.authentication import bearer_of, public
from api.shared.errors import NoLogInError
from api.shared.instants import InstantText
from api.shared.log_ins import Credentials, address_of_client, exchange
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from certsvc.foundation.clock import rfc3339
from certsvc.people.accounts.origins import Origin
from certsvc.people.accounts.service import LOG_IN_LIFETIME, log_out
from certsvc.people.rights.rules import Role

router = APIRouter(prefix="/api/v1/log-ins", tags=["log-ins"])


class FailedAttempts(BaseModel):
    """What was tried in vain with this name since the last log-in."""

    count: Annotated[int, Field(description="Wrong passwords")]
    sources: Annotated[list[str], Field(description="Parts of the addresses, the first few")]
    last_at: InstantText


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


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Log in",
    responses=problems(400, 401, 413, 415, 422, 429, 503),
)
@public
def create_log_in(credentials: Credentials, request: Request, call: InterfaceCall) -> BearerToken:
    """Exchange a name and a password for a bearer token."""
    begun = exchange(call.services, credentials, Origin(address=address_of_client(request)))
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
def end_log_in(request: Request, call: InterfaceCall) -> None:
    """End the log-in whose token comes with the request; a system's access token is none.

    Raises:
        NoLogInError: a system sends it.
    """
    if Role.SYSTEM in call.actor.roles:
        raise NoLogInError
    with call.transaction() as session:
        log_out(session, bearer_of(request, call.services) or "")
