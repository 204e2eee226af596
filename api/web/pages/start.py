"""The start page, the one style sheet and the one script."""

from pathlib import Path

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from api.shared.authentication import public
from api.web.visits import PageVisit

router = APIRouter()
_STATIC = Path(__file__).parent.parent / "static"
_STYLE = (_STATIC / "style.css").read_text(encoding="utf-8")
_SCRIPTS = {
    name: (_STATIC / name).read_text(encoding="utf-8") for name in ("batch.js", "seal_form.js")
}


@router.get("/")
@public
def show_start(visit: PageVisit) -> HTMLResponse:
    """Show the ways in."""
    return visit.show("start.html")


@router.get("/static/style.css")
@public
def get_style() -> Response:
    """Return the style sheet."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=300"})


@router.get("/static/batch.js")
@public
def get_batch_script() -> Response:
    """Return the script that keeps a batch's progress up to date."""
    return _script("batch.js")


@router.get("/static/seal_form.js")
@public
def get_seal_form_script() -> Response:
    """Return the script that shows a seal while its words are typed."""
    return _script("seal_form.js")


def _script(name: str) -> Response:
    headers = {"Cache-Control": "max-age=300"}
    return Response(_SCRIPTS[name], media_type="text/javascript", headers=headers)
