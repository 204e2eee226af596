"""A clerk's desk: a form to issue, and what the unit extracted last.

A form carries its own idempotency key, so that pressing the button twice issues once.
"""

import uuid
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError
from api.http.authentication import Caller
from api.http.certificates import CertificateRequest, list_certificates
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.http.uses import list_uses
from api.sentences import KNOWN_ERRORS, KnownError, sentence_of
from api.web.forms import FormFields
from api.web.language import page_language
from api.web.rendering import show_page
from certsvc.bootstrap import Services
from certsvc.organisations.rules import Actor, Permission, require

router = APIRouter()
_BETWEEN = "|"
_EMPTY = {"holder": "", "use": "", "purpose": "", "reply": ""}


@router.get("/desk")
def show_desk(
    request: Request, actor: Caller, services: ServicesPart, issued: str = ""
) -> HTMLResponse:
    """Show the form and the unit's last copies."""
    return _show(request, actor, services, fields=_EMPTY, problem=None, issued=issued)


@router.post("/desk")
def issue(
    request: Request,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
) -> Response:
    """Issue what the form asks for; a refusal shows the form again with everything in it."""
    try:
        issued = services.issuer.issue(
            _read(fields).to_issue_request(actor, fields.get("key", "")), actor=actor
        )
    except KNOWN_ERRORS as error:
        return _refuse(request, actor, services, fields, error)
    address = f"/desk?issued={issued.copy_number}"
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def _read(fields: dict[str, str]) -> CertificateRequest:
    matter, _, kind = fields.get("use", "").partition(_BETWEEN)
    try:
        return CertificateRequest(
            type=kind,
            holder=fields.get("holder", "").strip().upper(),
            matter=matter,
            purpose=fields.get("purpose", ""),
            reply=fields.get("reply", "").strip() or None,
        )
    except ValueError as error:
        raise InputInvalidError(field="purpose") from error


def _refuse(
    request: Request, actor: Actor, services: Services, fields: dict[str, str], error: KnownError
) -> HTMLResponse:
    text = sentence_of(error, page_language(request))
    kept = {name: fields.get(name, "") for name in _EMPTY}
    return _show(
        request, actor, services, fields=kept, problem=text, issued="", status=status_of(error)
    )


def _show(
    request: Request,
    actor: Actor,
    services: Services,
    *,
    fields: dict[str, str],
    problem: str | None,
    issued: str,
    status: int = 200,
) -> HTMLResponse:
    require(actor, Permission.ISSUE)
    values: dict[str, Any] = {
        "uses": list_uses(actor, services).items,
        "copies": list_certificates(actor, services).items,
        "between": _BETWEEN,
        "key": str(uuid.uuid4()),
    }
    return show_page(
        request, "desk.html", status=status, fields=fields, problem=problem, issued=issued, **values
    )
