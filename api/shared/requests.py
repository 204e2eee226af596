"""What endpoints ask the application for."""

from typing import Annotated

from fastapi import Depends, Request

from api.shared.calls import Call
from api.shared.language import preferred_language
from certsvc.bootstrap import Services
from certsvc.people.rights.rules import Actor


# Coroutines, since they wait for nothing: a thread would only be one that others wait for.
async def services_of(request: Request) -> Services:
    """Return the parts of the installation."""
    services: Services = request.app.state.services
    return services


def visitor_of(request: Request) -> Actor | None:
    """Return who has logged in, if anybody; decided before any endpoint runs."""
    actor: Actor | None = getattr(request.state, "actor", None)
    return actor


async def interface_call(request: Request) -> Call:
    """Return what is known of a request to the interface."""
    return Call(
        services=await services_of(request),
        visitor=visitor_of(request),
        language=preferred_language(request.headers.get("accept-language")),
    )


ServicesPart = Annotated[Services, Depends(services_of)]
InterfaceCall = Annotated[Call, Depends(interface_call)]
