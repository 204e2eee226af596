"""The start page, the style sheet and the scripts."""

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from api.shared.authentication import public
from api.web.assets import STYLE, content_of
from api.web.visits import PageVisit

router = APIRouter()
_KEPT = "public, max-age=86400"
"""Their addresses change with their content; whoever asks without a digest gets the latest."""


@router.get("/")
@public
def show_start(visit: PageVisit) -> HTMLResponse:
    """Show the ways in."""
    return visit.show("start.html")


@router.get("/static/style.css")
@public
def get_style() -> Response:
    """Return the style sheet."""
    return _asset(STYLE, "text/css")


@router.get("/static/batch.js")
@public
def get_batch_script() -> Response:
    """Return the script that keeps a batch's progress up to date."""
    return _asset("batch.js", "text/javascript")


@router.get("/static/seal_form.js")
@public
def get_seal_form_script() -> Response:
    """Return the script that shows a seal while its words are typed."""
    return _asset("seal_form.js", "text/javascript")


def _asset(name: str, media_type: str) -> Response:
    return Response(content_of(name), media_type=media_type, headers={"Cache-Control": _KEPT})
