"""Logging in with a browser through the identity platform.

- The browser keeps the state in a cookie that goes along when the platform sends it back (Lax); the
  cookie of the log-in itself is Strict, so the last step is taken by a page of our own.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.http.authentication import cookie_name, is_secure, public
from api.http.parts import ServicesPart
from api.web.pages.log_in import home_of
from api.web.rendering import show_page
from certsvc.bootstrap import Services
from certsvc.people.accounts.service import LOG_IN_LIFETIME, authenticate
from certsvc.people.accounts.throttle import take_tried_in_vain
from certsvc.people.oidc.choice import RETURN_ADDRESS
from certsvc.people.oidc.platform import HttpPlatform
from certsvc.people.oidc.rules import PlatformUnsetError
from certsvc.people.oidc.service import ATTEMPT_LIFETIME, PURPOSE, begin, finish
from certsvc.people.rights.rules import STAFF_PREFIX

router = APIRouter()
ADDRESS = "/log-in/platform"
STATE_COOKIE = "certsvc-platform"


@router.get(ADDRESS)
@public
def send_to_platform(services: ServicesPart) -> Response:
    """Send the browser to the identity platform.

    Raises:
        PlatformUnsetError: there is none.
        PlatformUnavailableError: it does not answer.
    """
    address, state = begin(
        _platform(services), key=services.log_in_secret.key_for(PURPOSE), now=services.clock.now()
    )
    response = RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
    response.set_cookie(
        cookie_name(services, STATE_COOKIE),
        state,
        max_age=int(ATTEMPT_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(services),
    )
    return response


@router.get(RETURN_ADDRESS)
@public
def take_answer(request: Request, services: ServicesPart) -> Response:
    """Take the platform's answer and let the person in.

    Raises:
        PlatformUnsetError: there is no platform.
        PlatformUnavailableError: it does not answer.
        UnauthenticatedError: why nobody is let in, by its own code.
    """
    platform, now = _platform(services), services.clock.now()
    token = finish(
        services.database,
        platform,
        answer=request.query_params,
        state=request.cookies.get(cookie_name(services, STATE_COOKIE), ""),
        key=services.log_in_secret.key_for(PURPOSE),
        now=now,
    )
    with services.database.transaction() as session:
        actor = authenticate(session, token=token, now=now)
        name = services.log_in_secret.digest_of(actor.id.removeprefix(STAFF_PREFIX))
        request.state.tried_in_vain = take_tried_in_vain(session, name)
    request.state.actor = actor
    response = show_page(request, "entered.html", home=home_of(actor))
    response.delete_cookie(
        cookie_name(services, STATE_COOKIE),
        httponly=True,
        samesite="lax",
        secure=is_secure(services),
    )
    response.set_cookie(
        cookie_name(services),
        token,
        max_age=int(LOG_IN_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(services),
    )
    return response


def _platform(services: Services) -> HttpPlatform:
    if services.identity_platform is None:
        raise PlatformUnsetError
    return services.identity_platform
