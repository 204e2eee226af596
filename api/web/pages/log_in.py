"""Logging in and out with a browser."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.shared.authentication import cookie_name, is_secure, public
from api.shared.errors import InputInvalidError
from api.shared.log_ins import Credentials, address_of_client, exchange
from api.shared.problems import headers_of, status_of
from api.shared.sentences import sentence_of
from api.web.forms.keeping import ResumedForm, address_of_kept
from api.web.forms.plain import FormFields
from api.web.forms.raw import KEPT
from api.web.visits import PageVisit, Visit
from api.web.work import work_of
from certsvc.bootstrap import Services
from certsvc.foundation.errors import UnauthenticatedError
from certsvc.people.accounts.known_devices import LIFETIME as KNOWN_FOR
from certsvc.people.accounts.origins import Origin
from certsvc.people.accounts.passwords import LogInsBusyError
from certsvc.people.accounts.service import LOG_IN_LIFETIME, authenticate, log_out
from certsvc.people.accounts.throttle import TriedInVain
from certsvc.people.oidc.rules import PlatformUnavailableError
from certsvc.people.rights.rules import Actor

router = APIRouter()
_START = "/"
DEVICE_COOKIE = "certsvc-device"
"""What the browser keeps to be known again; logging out does not end it."""


def home_of(actor: Actor) -> str:
    """Return the page that an actor's work begins on: the first of what they do."""
    return next((each.address for each in work_of(actor)), _START)


@router.get("/log-in")
@public
def show_log_in(visit: PageVisit) -> Response:
    """Show the form; redirect those who are logged in to their first page."""
    if visit.visitor is not None:
        return visit.lead_to(home_of(visit.visitor))
    return visit.show("log_in.html", problem=None, name="", kept="")


@router.post("/log-in")
@public
def enter(visit: PageVisit, fields: FormFields) -> Response:
    """Log in and go to the page of one's work, or to what was sent as the log-in ran out."""
    services, kept, credentials = visit.services, fields.get(KEPT, ""), _credentials(fields)
    try:
        begun = exchange(services, credentials, _origin(visit))
    except (UnauthenticatedError, LogInsBusyError) as error:
        response: Response = visit.show(
            "log_in.html",
            status=status_of(error),
            problem=sentence_of(error, visit.language),
            name=credentials.name,
            kept=kept,
            kept_address=fields.get("kept-address", ""),
        )
        response.headers.update(headers_of(status_of(error)))
        return response
    with visit.reading() as session:
        actor = authenticate(session, token=begun.token, now=visit.now)
    visit.request.state.actor, visit.request.state.tried_in_vain = actor, begun.tried_in_vain
    address = address_of_kept(kept, person=actor.id, services=services) if kept else None
    response = (
        _first_page(visit, home_of(actor), begun.tried_in_vain)
        if address is None
        else ResumedForm(visit.request, address=address, kept=kept, token=begun.token)
    )
    _set_cookie(response, services, cookie_name(services), begun.token, LOG_IN_LIFETIME)
    device = cookie_name(services, DEVICE_COOKIE)
    _set_cookie(response, services, device, begun.devices, KNOWN_FOR)
    return response


def _set_cookie(
    response: Response, services: Services, name: str, value: str, lifetime: timedelta
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(lifetime.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(services),
    )


def _origin(visit: Visit) -> Origin:
    return Origin(
        address=address_of_client(visit.request),
        devices=visit.request.cookies.get(cookie_name(visit.services, DEVICE_COOKIE), ""),
    )


def _first_page(visit: Visit, home: str, failed: TriedInVain | None) -> Response:
    """Lead to the page of one's work; by what was tried in vain, if there is anything to tell."""
    if failed is None:
        return RedirectResponse(home, status_code=HTTPStatus.SEE_OTHER)
    return visit.show("entered.html", home=home)


@router.post("/log-out")
def leave(visit: PageVisit, _: FormFields) -> Response:
    """End the log-in."""
    with visit.transaction() as session:
        log_out(session, visit.request.cookies.get(cookie_name(visit.services), ""))
    visit.request.state.actor = None
    platform_exit = _exit_of_platform(visit.services)
    response: Response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
    if platform_exit:
        response = visit.show("left.html", end_session=platform_exit)
    response.delete_cookie(
        cookie_name(visit.services),
        httponly=True,
        samesite="strict",
        secure=is_secure(visit.services),
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
