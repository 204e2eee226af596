"""Who is calling: decided in one place, before any endpoint runs.

- Every endpoint needs a log-in unless it is marked public; the mark stands on the endpoint.
- `/api/` takes a bearer token and never a cookie, so no foreign page can use a visitor's log-in;
  pages take the cookie and never a header.
- What a caller may do is not decided here but in `certsvc.people.rights.rules`.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.shared.requests import ServicesPart
from certsvc.bootstrap import Services
from certsvc.people.accounts.service import NotLoggedInError, authenticate
from certsvc.people.clients.service import TOKEN_PREFIX, authenticate_client
from certsvc.people.notices.service import count_unread
from certsvc.people.rights.rules import STAFF_PREFIX, Actor

COOKIE = "certsvc-log-in"
API = "/api/"
_MARK = "certsvc_public"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


def cookie_name(services: Services, name: str = COOKIE) -> str:
    """Return the name of a cookie: under TLS one that no neighbouring host can set (RFC 6265bis).

    Browsers take a `__Host-` cookie only with Secure, for `/`, and without a domain.
    """
    return f"__Host-{name}" if is_secure(services) else name


def is_secure(services: Services) -> bool:
    """Tell whether the installation is reached over TLS."""
    return services.settings.public_url.startswith("https://")


def public(endpoint: _Endpoint) -> _Endpoint:
    """Mark an endpoint that anyone may call; every mark is listed in a test."""
    setattr(endpoint, _MARK, True)
    return endpoint


def is_public(endpoint: Callable[..., Any]) -> bool:
    """Tell whether an endpoint is marked."""
    return getattr(endpoint, _MARK, False) is True


def for_systems(*scopes: str) -> dict[str, Any]:
    """Describe an operation that is open to other systems with all these scopes, for OpenAPI."""
    return {"security": [{"bearer": []}, {"oauth2": list(scopes)}]}


def bearer_of(request: Request, services: Services) -> str | None:
    """Return the log-in's token as it came: in the header, or for pages in the cookie."""
    if not request.url.path.startswith(API):
        return request.cookies.get(cookie_name(services))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def require_log_in(request: Request, services: ServicesPart) -> None:
    """Let a request pass that is for a public endpoint or bears a valid log-in.

    Who bears nothing waits for no thread.

    Raises:
        NotLoggedInError: neither.
    """
    if bearer_of(request, services):
        await run_in_threadpool(_find_bearer, request, services)
    elif not is_public(request.scope["endpoint"]):
        raise NotLoggedInError


def _find_bearer(request: Request, services: Services) -> None:
    if is_public(request.scope["endpoint"]):
        recognise(request, services)
        return
    token = bearer_of(request, services)
    if not token:
        raise NotLoggedInError
    # A cookie is a person's alone, so a system's token opens no page.
    is_system = token.startswith(TOKEN_PREFIX) and request.url.path.startswith(API)
    recognised = authenticate_client if is_system else authenticate
    with services.database.reading() as session:
        request.state.actor = recognised(session, token=token, now=services.clock.now())
        _count_unread(request, session)


def recognise(request: Request, services: Services) -> None:
    """Note who is looking at an open page, if anybody who is logged in.

    It opens nothing: an open page only greets them. What goes wrong here must not close it.
    """
    token = None if request.url.path.startswith(API) else bearer_of(request, services)
    if not token:
        return
    # Whatever it is: this also runs while a fault is being answered.
    with suppress(Exception), services.database.reading() as session:
        request.state.actor = authenticate(session, token=token, now=services.clock.now())
        _count_unread(request, session)


def _count_unread(request: Request, session: Session) -> None:
    """Note for the bell on pages how much a member of staff has not read."""
    actor: Actor = request.state.actor
    if not request.url.path.startswith(API) and actor.id.startswith(STAFF_PREFIX):
        request.state.unread = count_unread(session, actor.id)
