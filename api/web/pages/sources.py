"""The page of the connected sources, for whoever asks them or answers in their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import StaffPageError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.http.sources import source_health
from api.web.forms import FormFields
from api.web.rendering import show_page
from certsvc.evidence.sources.health_rules import FAILURES, Call
from certsvc.people.rights.rules import Actor, Permission, Role, require

router = APIRouter()
ADDRESS = "/sources"
_MOST_BARS = 60
_BAR_WIDTH, _HEIGHT, _LOWEST = 5, 40, 2


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One call in the picture of latencies."""

    x: int
    y: int
    width: int
    height: int
    is_failure: bool
    """Whether the source was at fault."""


@router.get(ADDRESS)
def show_sources(
    request: Request, actor: Caller, services: ServicesPart, checked: str = ""
) -> HTMLResponse:
    """Show how every source stands.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not see the sources.
    """
    _require_staff(actor)
    found = source_health(services, actor)
    return show_page(
        request,
        "sources.html",
        sources=[(health, bars_of(health.calls)) for health in found],
        checked=next((health for health in found if health.code == checked), None),
        failing=FAILURES,
        width=_MOST_BARS * _BAR_WIDTH,
        height=_HEIGHT,
    )


@router.post(f"{ADDRESS}/{{source}}/checks")
def check(source: str, _: FormFields, actor: Caller, services: ServicesPart) -> Response:
    """Ask a source something harmless now, and show the page with what came of it."""
    _require_staff(actor)
    call = services.sources.check(source, actor=actor)
    return RedirectResponse(f"{ADDRESS}?checked={call.source}", status_code=HTTPStatus.SEE_OTHER)


def bars_of(calls: Sequence[Call]) -> list[Bar]:
    """Draw the last calls as bars, the latest on the right, the longest as high as the picture."""
    last = calls[-_MOST_BARS:]
    longest = max((call.duration_ms for call in last), default=0) or 1
    bars = []
    for number, call in enumerate(last):
        height = max(_LOWEST, round(_HEIGHT * call.duration_ms / longest))
        bars.append(
            Bar(
                x=(_MOST_BARS - len(last) + number) * _BAR_WIDTH,
                y=_HEIGHT - height,
                width=_BAR_WIDTH - 1,
                height=height,
                is_failure=call.outcome in FAILURES,
            )
        )
    return bars


def _require_staff(actor: Actor) -> None:
    if Role.HOLDER in actor.roles:
        raise StaffPageError
    require(actor, Permission.READ_SOURCES)
