"""The components of the pages, each with its rule; only where a demonstration runs."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.shared.authentication import public
from api.web.charts import bars_of
from api.web.visits import PageVisit

router = APIRouter()
ADDRESS = "/components"
COLOURS = (
    ("ink", "soft", "line", "edge", "ground", "paper", "sunken", "tint"),
    ("link", "fill", "good", "good-ground", "warn", "warn-ground", "bad", "bad-ground"),
    ("seal", "focus"),
)
"""Colours by what they are for, as the style sheet names them."""
_SLOW = 36
_BARS = bars_of([(v, v == _SLOW) for v in (8, 12, 9, 20, 14, 10, _SLOW, 12, 11, 9)], most=10)


@router.get(ADDRESS)
@public
def show_components(visit: PageVisit) -> HTMLResponse:
    """Show every component."""
    return visit.show("components.html", colours=COLOURS, bars=_BARS)
