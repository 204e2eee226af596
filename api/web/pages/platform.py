"""Logging in with a browser through the identity platform.

- The browser keeps the state in a cookie that goes along when the platform sends it back (Lax); the
  cookie of the log-in itself is Strict, so the last step is taken by a page of our own.
"""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.shared.authentication import cookie_name, is_secure, public
from api.web.pages.log_in import home_of
from api.web.visits import PageVisit
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
def send_to_platform(visit: PageVisit) -> Response:
    """Send the browser to the identity platform.

    Raises:
        PlatformUnsetError: there is none.
        PlatformUnavailableError: it does not answer.
    """
    address, state = begin(
        _platform(visit.services), key=visit.services.log_in_secret.key_for(PURPOSE), now=visit.now
    )
    response = RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
    response.set_cookie(
        cookie_name(visit.services, STATE_COOKIE),
        state,
        max_age=int(ATTEMPT_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(visit.services),
    )
    return response


@router.get(RETURN_ADDRESS)
@public
def take_answer(visit: PageVisit) -> Response:
    """Take the platform's answer and let the person in.

    Raises:
        PlatformUnsetError: there is no platform.
        PlatformUnavailableError: it does not answer.
        UnauthenticatedError: why nobody is let in, by its own code.
    """
    platform, now = _platform(visit.services), visit.now
    token = finish(
        visit.services.database,
        platform,
        answer=visit.request.query_params,
        state=visit.request.cookies.get(cookie_name(visit.services, STATE_COOKIE), ""),
        key=visit.services.log_in_secret.key_for(PURPOSE),
        now=now,
    )
    with visit.transaction() as session:
        actor = authenticate(session, token=token, now=now)
        name = visit.services.log_in_secret.digest_of(actor.id.removeprefix(STAFF_PREFIX))
        visit.request.state.tried_in_vain = take_tried_in_vain(session, name)
    visit.request.state.actor = actor
    response = visit.show("entered.html", home=home_of(actor))
    response.delete_cookie(
        cookie_name(visit.services, STATE_COOKIE),
        httponly=True,
        samesite="lax",
        secure=is_secure(visit.services),
    )
    response.set_cookie(
        cookie_name(visit.services),
        token,
        max_age=int(LOG_IN_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(visit.services),
    )
    return response


def _platform(services: Services) -> HttpPlatform:
    if services.identity_platform is None:
        raise PlatformUnsetError
    return services.identity_platform
