"""The start page, and the one style sheet."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse

from api.http.authentication import public
from api.web.rendering import show_page

router = APIRouter()
_STYLE = (Path(__file__).parent.parent / "static" / "style.css").read_text(encoding="utf-8")


@router.get("/")
@public
def show_start(request: Request) -> HTMLResponse:
    """Show the ways in."""
    return show_page(request, "start.html")


@router.get("/static/style.css")
@public
def get_style() -> Response:
    """Return the style sheet."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=300"})
