"""Logging in and out with a browser."""

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.errors import InputInvalidError
from api.http.authentication import Caller, cookie_name, is_secure, public
from api.http.log_ins import Credentials, address_of_client, exchange
from api.http.parts import ServicesPart
from api.http.problems import headers_of, status_of
from api.sentences import sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.pages import desk, kept_seal_forms
from api.web.rendering import show_page
from api.web.work import work_of
from certsvc.bootstrap import Services
from certsvc.foundation.errors import UnauthenticatedError
from certsvc.people.accounts.known_devices import LIFETIME as KNOWN_FOR
from certsvc.people.accounts.origins import Origin
from certsvc.people.accounts.passwords import LogInsBusyError
from certsvc.people.accounts.service import LOG_IN_LIFETIME, authenticate, log_out
from certsvc.people.accounts.throttle import TriedInVain
from certsvc.people.oidc.rules import PlatformUnavailableError
from certsvc.people.rights.rules import Actor, Permission, may

router = APIRouter()
_START = "/"
DEVICE_COOKIE = "certsvc-device"
"""What the browser keeps to be known again; logging out does not end it."""
KEPT = "kept."
"""Before the names of fields that were typed into the desk's form, or one about a seal."""


def home_of(actor: Actor) -> str:
    """Return the page that an actor's work begins on: the first of what they do."""
    return next((each.address for each in work_of(actor)), _START)


def is_clerk(actor: Actor) -> bool:
    """Tell whether the desk is open to somebody."""
    return may(actor, Permission.ISSUE)


@router.get("/log-in")
@public
def show_log_in(request: Request) -> Response:
    """Show the form; whoever is logged in is sent on to their page."""
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is not None:
        return RedirectResponse(home_of(actor), status_code=HTTPStatus.SEE_OTHER)
    return show_page(request, "log_in.html", problem=None, name="", kept={})


@router.post("/log-in")
@public
def enter(
    request: Request, fields: FormFields, services: ServicesPart, language: PageLanguage
) -> Response:
    """Log in and go to the page of one's work, with what was typed before the log-in ran out."""
    names = (*desk.FIELDS, kept_seal_forms.NAME)
    kept = {name: fields[KEPT + name] for name in names if KEPT + name in fields}
    credentials = _credentials(fields)
    try:
        begun = exchange(services, credentials, _origin(request, services))
    except (UnauthenticatedError, LogInsBusyError) as error:
        response: Response = show_page(
            request,
            "log_in.html",
            status=status_of(error),
            problem=sentence_of(error, language),
            name=credentials.name,
            kept=kept,
        )
        response.headers.update(headers_of(status_of(error)))
        return response
    with services.database.reading() as session:
        actor = authenticate(session, token=begun.token, now=services.clock.now())
    request.state.actor, request.state.tried_in_vain = actor, begun.tried_in_vain
    response = _first_page(request, home_of(actor), begun.tried_in_vain)
    if kept_seal_forms.NAME in kept:
        text = kept[kept_seal_forms.NAME]
        shown = kept_seal_forms.show_kept_seal_form(request, text, actor, services)
        response = shown or response
    elif kept and is_clerk(actor):
        response = desk.show_kept(request, actor, services, kept)
    response.set_cookie(
        cookie_name(services),
        begun.token,
        max_age=int(LOG_IN_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(services),
    )
    response.set_cookie(
        cookie_name(services, DEVICE_COOKIE),
        begun.devices,
        max_age=int(KNOWN_FOR.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(services),
    )
    return response


def _origin(request: Request, services: Services) -> Origin:
    return Origin(
        address=address_of_client(request),
        devices=request.cookies.get(cookie_name(services, DEVICE_COOKIE), ""),
    )


def _first_page(request: Request, home: str, failed: TriedInVain | None) -> Response:
    """Lead to the page of one's work; by what was tried in vain, if there is anything to tell."""
    if failed is None:
        return RedirectResponse(home, status_code=HTTPStatus.SEE_OTHER)
    return show_page(request, "entered.html", home=home)


@router.post("/log-out")
def leave(request: Request, _: FormFields, __: Caller, services: ServicesPart) -> Response:
    """End the log-in."""
    with services.database.transaction() as session:
        log_out(session, request.cookies.get(cookie_name(services), ""))
    request.state.actor = None
    platform_exit = _exit_of_platform(services)
    response: Response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
    if platform_exit:
        response = show_page(request, "left.html", end_session=platform_exit)
    response.delete_cookie(
        cookie_name(services), httponly=True, samesite="strict", secure=is_secure(services)
    )
    return response


def _exit_of_platform(services: Services) -> str | None:
    """Return where people log out at the identity platform (RP-Initiated Logout 1.0 §2)."""
    platform = services.identity_platform
    if platform is None:
        return None
    try:
        address = platform.addresses().end_session
    except PlatformUnavailableError:
        return None  # logging out here must not fail with it
    if address is None:
        return None
    between = "&" if "?" in address else "?"
    return f"{address}{between}{urlencode({'client_id': platform.settings.client_id})}"


def _credentials(fields: dict[str, str]) -> Credentials:
    try:
        return Credentials(name=fields.get("name", "").strip(), password=fields.get("password", ""))
    except ValueError as error:
        raise InputInvalidError(field="name") from error
