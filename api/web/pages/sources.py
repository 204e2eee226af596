"""The page of the connected sources, for whoever asks them or answers in their place."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from api.shared.sentences import sentence
from api.shared.views.sources import source_health
from api.web.forms.plain import FormFields
from api.web.lists.listing import Column, Listing, pages_of
from api.web.lists.views import narrowed, short_list, wanted_export
from api.web.visits import PageVisit, Visit
from certsvc.evidence.sources.health import SourceHealth
from certsvc.evidence.sources.health_rules import FAILURES, Call
from certsvc.people.rights.rules import Permission

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


def _state(source: SourceHealth, visit: Visit) -> str:
    state = {None: "never", True: "well", False: "failing"}[source.is_well]
    return sentence(f"page.sources.state.{state}", visit.language)


SOURCES = Listing[SourceHealth](
    name="sources",
    columns=(
        Column(name="name", label="page.sources.name", text=lambda source, _: source.name),
        Column(name="code", label="page.sources.code", text=lambda source, _: source.code),
        Column(
            name="unit",
            label="page.sources.unit",
            text=lambda source, _: source.unit_name,
            is_filter=True,
        ),
        Column(name="state", label="page.sources.state", text=_state, is_filter=True),
        Column(
            name="types",
            label="page.sources.types",
            text=lambda source, _: "、".join(name for _, name in source.types),
        ),
    ),
    empty="page.sources.none",
)


@router.get(ADDRESS)
def show_sources(visit: PageVisit, checked: str = "") -> Response:
    """Show how every source stands.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not see the sources.
    """
    visit.require_staff(Permission.READ_SOURCES)
    found, kind = source_health(visit), wanted_export(visit)
    if kind:
        return SOURCES.export(visit, kind, pages_of(narrowed(visit, SOURCES, found)))
    return visit.show(
        "sources.html",
        sources=short_list(visit, SOURCES, found),
        bars_of=bars_of,
        checked=next((health for health in found if health.code == checked), None),
        failing=FAILURES,
        width=_MOST_BARS * _BAR_WIDTH,
        height=_HEIGHT,
    )


@router.post(f"{ADDRESS}/{{source}}/checks")
def check(source: str, _: FormFields, visit: PageVisit) -> Response:
    """Ask a source something harmless now, and show the page with what came of it."""
    visit.require_staff(Permission.READ_SOURCES)
    call = visit.services.sources.check(source, actor=visit.actor)
    return visit.lead_to(f"{ADDRESS}?checked={call.source}")


def bars_of(calls: Sequence[Call]) -> list[Bar]:
    """Draw the last calls as bars, the latest on the right, the longest as high as the picture."""
    last = calls[-_MOST_BARS:]
    longest = max((visit.duration_ms for visit in last), default=0) or 1
    bars = []
    for number, visit in enumerate(last):
        height = max(_LOWEST, round(_HEIGHT * visit.duration_ms / longest))
        bars.append(
            Bar(
                x=(_MOST_BARS - len(last) + number) * _BAR_WIDTH,
                y=_HEIGHT - height,
                width=_BAR_WIDTH - 1,
                height=height,
                is_failure=visit.outcome in FAILURES,
            )
        )
    return bars
