"""Errors as pages, for people."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response

from api.errors import UnexpectedError
from api.http.problems import allowed_methods, as_known_error, headers_of, status_of
from api.sentences import sentence_of
from api.web.forms import form_fields
from api.web.language import page_language
from api.web.origin import require_own_origin
from api.web.pages import desk, kept_seal_forms
from api.web.rendering import show_page
from certsvc.foundation.errors import CertsvcError, InvalidInputError, UnauthenticatedError

_UPLOAD = "/verify"


async def read_kept_fields(request: Request) -> dict[str, str]:
    """Return what was typed at the desk, or about a seal, before the log-in ran out."""
    if request.method != "POST":
        return {}
    try:
        require_own_origin(request)
        if request.url.path not in desk.FORM_ADDRESSES:
            kept = await kept_seal_forms.read_kept_seal_form(request)
            return {kept_seal_forms.NAME: kept} if kept else {}
        fields = await form_fields(request, None)
    except CertsvcError:
        return {}
    return {name: fields[name] for name in desk.FIELDS if name in fields}


def answer_problem_page(
    request: Request, error: Exception, kept: Mapping[str, str] | None = None
) -> Response:
    """Answer with a page that says what is wrong; with the log-in form where one is needed."""
    known = as_known_error(error)
    status, text = status_of(known), sentence_of(known, page_language(request))
    if isinstance(known, UnauthenticatedError):
        response = show_page(
            request, "log_in.html", status=status, problem=text, name="", kept=dict(kept or {})
        )
    elif request.url.path == _UPLOAD and isinstance(known, InvalidInputError):
        response = show_page(
            request, "check.html", status=status, problem=text, code_problem=None, code=""
        )
    else:
        response = show_page(
            request,
            "problem.html",
            status=status,
            title=f"problem.title.{status.value}",
            text=text,
            code=known.code,
            number=request.state.request_id if _is_fault(status, error) else None,
        )
    for name, value in {**headers_of(status), **allowed_methods(request, status)}.items():
        response.headers[name] = value
    return response


def _is_fault(status: HTTPStatus, error: Exception) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, UnexpectedError)
