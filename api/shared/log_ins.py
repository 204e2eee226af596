"""Exchanging a name and a password for a log-in."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from certsvc.bootstrap import Services
from certsvc.people.accounts.origins import Origin
from certsvc.people.accounts.service import BegunLogIn, log_in

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


def exchange(services: Services, credentials: Credentials, origin: Origin) -> BegunLogIn:
    """Exchange name and password for a token; a failure is counted before it is answered.

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
