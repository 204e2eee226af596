"""The page of the connected sources, for clerks and for handlers."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import Response

from api.shared.sentences import sentence
from api.shared.views.sources import source_health
from api.web.charts import BAR_WIDTH, HEIGHT, Bar, bars_of
from api.web.forms.plain import FormFields
from api.web.lists.listing import Column, Listing, pages_of
from api.web.lists.views import narrowed, short_list, wanted_export
from api.web.visits import PageVisit, Visit
from certsvc.evidence.sources.health import SourceHealth
from certsvc.evidence.sources.health_rules import FAILURES, Call, Latency
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.messages.names import name_in
from certsvc.people.rights.rules import Permission

router = APIRouter()
ADDRESS = "/sources"
_MOST_BARS = 60
_PACES = ((1000, "quick"), (5000, "usual"))
"""Below how many milliseconds 95 of 100 answers came, in words."""


def _state(source: SourceHealth, visit: Visit) -> str:
    state = {None: "never", True: "well", False: "failing"}[source.is_well]
    return sentence(f"page.sources.state.{state}", visit.language)


def _types(source: SourceHealth, visit: Visit) -> str:
    between = "、" if visit.language is Language.ZH else ", "
    return between.join(name_in(visit.language, each.name, each.name_en) for each in source.types)


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
            text=_types,
        ),
    ),
    empty="page.sources.none",
)


@router.get(ADDRESS)
def show_sources(visit: PageVisit, checked: str = "") -> Response:
    """Show the state of every source.

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
        bars_of=_bars_of,
        pace_of=_pace_of,
        checked=next((health for health in found if health.code == checked), None),
        failing=FAILURES,
        width=_MOST_BARS * BAR_WIDTH,
        height=HEIGHT,
    )


@router.post(f"{ADDRESS}/{{source}}/checks")
def check(source: str, _: FormFields, visit: PageVisit) -> Response:
    """Ask a source something harmless now, and show the page with what came of it."""
    visit.require_staff(Permission.READ_SOURCES)
    call = visit.services.sources.check(source, actor=visit.actor)
    return visit.lead_to(f"{ADDRESS}?checked={call.source}")


def _pace_of(latency: Latency) -> str:
    """Return how long most answers take, as a clerk feels it; the figures are for technicians."""
    return next((pace for limit_ms, pace in _PACES if latency.most_ms < limit_ms), "slow")


def _bars_of(calls: Sequence[Call]) -> list[Bar]:
    values = [(call.duration_ms, call.outcome in FAILURES) for call in calls]
    return bars_of(values, _MOST_BARS)
