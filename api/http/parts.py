"""What endpoints ask the application for.

Coroutines, since they wait for nothing: a thread would only be one that others wait for.
"""

from typing import Annotated

from fastapi import Depends, Request

from api.language import preferred_language
from certsvc.bootstrap import Services
from certsvc.foundation.messages.catalogue import Language


async def services_of(request: Request) -> Services:
    """Return the parts of the installation."""
    services: Services = request.app.state.services
    return services


async def reader_language(request: Request) -> Language:
    """Return the language of the answer."""
    return preferred_language(request.headers.get("accept-language"))


ServicesPart = Annotated[Services, Depends(services_of)]
ReaderLanguage = Annotated[Language, Depends(reader_language)]
