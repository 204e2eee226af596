"""Filling page templates.

- Everything that is put into a page is escaped, without exception but the drawn seal, whose SVG
  the service itself makes of outlines.
- What stands around a page follows from who reads it: staff, or anybody else.
- A name that a template uses and nobody gave is an error, never an empty place.
"""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from api.shared.addresses import address_of
from api.shared.language import HTML_TAGS
from api.shared.sentences import sentence
from api.web.assets import address_of_asset, icon
from api.web.language import COOKIE, PARAMETER, REMEMBERED_S, page_language
from api.web.shell import shell_of
from api.web.work import work_of
from certsvc.foundation.clock import in_china
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.messages.names import name_in
from certsvc.people.rights.rules import Actor

SCRIPT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the few pages that run a small script of ours and ask us again."""

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.globals.update(icon=icon, asset=address_of_asset)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@pass_context
def _in_chinese(context: Context, text: str) -> str:
    """Mark Chinese text of a page in another language, so that it is read out as Chinese."""
    chinese = HTML_TAGS[Language.ZH]
    if context["language"] == chinese or not _HAN.search(text):
        return text
    return Markup('<span lang="{}">{}</span>').format(chinese, text)


_PAGES.filters["in_chinese"] = _in_chinese


def show_page(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401  whatever the template shows
) -> HTMLResponse:
    """Fill a template in the reader's language."""
    language = page_language(request)
    services = request.app.state.services
    actor: Actor | None = getattr(request.state, "actor", None)
    content = _PAGES.get_template(template).render(
        t=lambda code, /, **params: sentence(code, language, params),
        named=lambda name, name_en: name_in(language, name, name_en),
        shown=shown_instant,
        language=HTML_TAGS[language],
        other_language=_other_language(request, language),
        has_platform=bool(services.settings.oidc_issuer),
        is_demonstration=services.settings.mode == "demonstration",
        actor=actor,
        work=work_of(actor),
        shell=shell_of(services, actor),
        unread=getattr(request.state, "unread", None),
        tried_in_vain=getattr(request.state, "tried_in_vain", None),
        path=request.url.path,
        **values,
    )
    response = HTMLResponse(content, status_code=status)
    response.headers["Content-Language"] = HTML_TAGS[language]
    if request.query_params.get(PARAMETER) == language.value:
        response.set_cookie(
            COOKIE,
            language.value,
            max_age=REMEMBERED_S,
            httponly=True,
            samesite="strict",
            secure=services.settings.public_url.startswith("https://"),
        )
    return response


def _other_language(request: Request, language: Language) -> dict[str, str]:
    other = Language.EN if language is Language.ZH else Language.ZH
    # A page that answers a form cannot be asked for again; its form can.
    asked = request.query_params.multi_items() if request.method == "GET" else []
    kept = [(name, value) for name, value in asked if name != PARAMETER]
    return {
        "tag": HTML_TAGS[other],
        "address": f"{address_of(request)}?{urlencode([*kept, (PARAMETER, other.value)])}",
        "name": sentence(f"page.language.{other.value}", other),
    }


def shown_instant(moment: datetime | date) -> str:
    """Return a day, or an instant in China Standard Time, as people read it."""
    if isinstance(moment, datetime):
        return in_china(moment).strftime("%Y-%m-%d %H:%M")
    return moment.isoformat()
