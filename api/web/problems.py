"""Errors as pages, for people."""

from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response

from api.shared.errors import UnexpectedError
from api.shared.problems import allowed_methods, as_known_error, headers_of, status_of
from api.shared.sentences import sentence_of
from api.web.language import page_language
from api.web.rendering import show_page
from certsvc.foundation.errors import InvalidInputError, UnauthenticatedError

_UPLOAD = "/verify"


def answer_problem_page(request: Request, error: Exception, kept: str = "") -> Response:
    """Answer with a page that says what is wrong; with the log-in form where one is needed.

    Args:
        request: The request.
        error: What is wrong.
        kept: The form that was sent, as the log-in page holds it.
    """
    known = as_known_error(error)
    status, text = status_of(known), sentence_of(known, page_language(request))
    if isinstance(known, UnauthenticatedError):
        response = show_page(
            request,
            "log_in.html",
            status=status,
            problem=text,
            name="",
            kept=kept,
            kept_address=request.url.path,
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
