"""Logging in and out with a browser."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError
from api.http.authentication import COOKIE, Caller, public
from api.http.log_ins import Credentials, exchange
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.sentences import sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.rendering import show_page
from certsvc.errors import UnauthenticatedError
from certsvc.organisations.rules import Actor, Role
from certsvc.organisations.service import LOG_IN_LIFETIME, authenticate, log_out

router = APIRouter()
_HOLDER_HOME, _DESK = "/my", "/desk"


def home_of(actor: Actor) -> str:
    """Return the page that an actor's work begins on."""
    return _HOLDER_HOME if Role.HOLDER in actor.roles else _DESK


@router.get("/log-in")
@public
def show_log_in(request: Request) -> HTMLResponse:
    """Show the form."""
    return show_page(request, "log_in.html", problem=None, name="")


@router.post("/log-in")
@public
def enter(
    request: Request, fields: FormFields, services: ServicesPart, language: PageLanguage
) -> Response:
    """Log in and go to the page of one's work."""
    credentials = _credentials(fields)
    try:
        token = exchange(services, name=credentials.name, password=credentials.password)
    except UnauthenticatedError as error:
        text, status = sentence_of(error, language), status_of(error)
        return show_page(request, "log_in.html", status=status, problem=text, name=credentials.name)
    with services.database.reading() as session:
        actor = authenticate(session, token=token, now=services.clock.now())
    response = RedirectResponse(home_of(actor), status_code=HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LOG_IN_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=services.settings.public_url.startswith("https://"),
    )
    return response


@router.post("/log-out")
def leave(request: Request, _: FormFields, __: Caller, services: ServicesPart) -> Response:
    """End the log-in."""
    with services.database.transaction() as session:
        log_out(session, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE)
    return response


def _credentials(fields: dict[str, str]) -> Credentials:
    try:
        return Credentials(name=fields.get("name", "").strip(), password=fields.get("password", ""))
    except ValueError as error:
        raise InputInvalidError(field="name") from error
