"""A clerk's desk: a form to issue, and what the unit extracted last.

- A form carries its own idempotency key, so that pressing the button twice issues once.
- The same proof for the same holder and matter within a quarter of an hour asks once more.
- What was typed is never lost: not by a refusal, nor by a log-in that ran out.
"""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError, StaffPageError
from api.http.authentication import Caller
from api.http.certificates import (
    CertificateCopy,
    CertificateRequest,
    copies_of,
    get_certificate,
)
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.http.uses import uses_of
from api.sentences import KNOWN_ERRORS, sentence, sentence_of
from api.source_words import warning_sentences
from api.web.forms import FormFields
from api.web.language import page_language
from api.web.rendering import show_page
from certsvc.bootstrap import Services
from certsvc.clock import CHINA_TIME
from certsvc.db.paging import MOST_AT_ONCE, PageRequest
from certsvc.extraction.service import CopyUnknownError, get_copy
from certsvc.issuance.repetitions import find_recent_copy
from certsvc.issuance.rules import IssueRequest
from certsvc.organisations.rules import Actor, Permission, Role, require
from certsvc.sources.rules import stored_warnings

router = APIRouter()
ADDRESS = "/desk"
FIELDS = ("holder", "use", "purpose", "reply")
"""What a clerk types."""
_BETWEEN = "|"
_AGAIN = "again"


@router.get(ADDRESS)
def show_desk(
    request: Request, actor: Caller, services: ServicesPart, issued: str = ""
) -> HTMLResponse:
    """Show the form and the unit's last copies.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not issue.
    """
    _require_clerk(actor)
    return _show(request, actor, services, {}, issued=_find_issued(issued, actor, services))


@router.post(ADDRESS)
def issue(
    request: Request,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
) -> Response:
    """Issue what the form asks for; a refusal shows the form again with everything in it."""
    _require_clerk(actor)
    try:
        wanted = _read(fields).to_issue_request(actor, fields.get("key", ""))
        if fields.get(_AGAIN) != "1":
            repeated = _warning_of_repetition(request, wanted, actor, services)
            if repeated:
                status = HTTPStatus.CONFLICT
                return _show(request, actor, services, fields, warning=repeated, status=status)
        issued = services.issuer.issue(wanted, actor=actor)
    except KNOWN_ERRORS as error:
        text = sentence_of(error, page_language(request))
        return _show(request, actor, services, fields, problem=text, status=status_of(error))
    address = f"{ADDRESS}?issued={issued.copy_number}"
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def show_kept(
    request: Request, actor: Actor, services: Services, fields: Mapping[str, str]
) -> HTMLResponse:
    """Show the form with what was typed before the log-in ran out; nothing was issued."""
    text = sentence("page.desk.kept", page_language(request))
    return _show(request, actor, services, fields, warning=text)


def _require_clerk(actor: Actor) -> None:
    if Role.HOLDER in actor.roles:
        raise StaffPageError
    require(actor, Permission.ISSUE)


def _find_issued(number: str, actor: Actor, services: Services) -> CertificateCopy | None:
    if not (number.isascii() and number.isalnum()):
        return None
    try:
        return get_certificate(number, actor, services)
    except CopyUnknownError:
        return None


def _warnings_of(request: Request, issued: CertificateCopy, actor: Actor) -> list[str]:
    """Return what was odd about the facts of a copy that was just issued."""
    services: Services = request.app.state.services
    with services.database.reading() as session:
        evidence = get_copy(session, issued.copy_number, actor=actor).record.evidence
    return warning_sentences(
        stored_warnings(evidence),
        type_code=issued.type,
        packs=services.packs,
        language=page_language(request),
    )


def _warning_of_repetition(
    request: Request, wanted: IssueRequest, actor: Actor, services: Services
) -> str | None:
    with services.database.reading() as session:
        recent = find_recent_copy(session, wanted, caller=actor.id, now=services.clock.now())
        if recent is None:
            return None
        return sentence(
            "page.desk.repeated",
            page_language(request),
            {
                "name": recent.record.holder_name,
                "type": recent.record.certificate_type.name,
                "at": f"{recent.extracted_at.astimezone(CHINA_TIME):%H:%M}",
                "number": recent.copy_number,
            },
        )


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


def _show(  # noqa: PLR0913  what the page can say
    request: Request,
    actor: Actor,
    services: Services,
    fields: Mapping[str, str],
    *,
    problem: str | None = None,
    warning: str | None = None,
    issued: CertificateCopy | None = None,
    status: int = 200,
) -> HTMLResponse:
    values: dict[str, Any] = {
        "uses": uses_of(actor, services, PageRequest(limit=MOST_AT_ONCE)).items,
        "copies": copies_of(actor, services, PageRequest()).items,
        "between": _BETWEEN,
        "key": str(uuid.uuid4()),
    }
    return show_page(
        request,
        "desk.html",
        status=status,
        fields={name: fields.get(name, "") for name in FIELDS},
        again=status == HTTPStatus.CONFLICT and warning is not None,
        problem=problem,
        warning=warning,
        issued=issued,
        oddities=_warnings_of(request, issued, actor) if issued else [],
        **values,
    )
