"""A clerk's desk: find the holder, choose the proof, look at it, issue it.

- A form carries its own idempotency key, so that pressing the button twice issues once.
- The same proof for the same holder and matter within a quarter of an hour asks once more.
- What was typed is never lost: not by a refusal, nor by a log-in that ran out.
- A holder's number travels in forms alone, never in an address, where histories and logs keep it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError, StaffPageError
from api.http.authentication import Caller
from api.http.certificates import (
    CertificateCopy,
    CertificateRequest,
    copies_of,
    describe,
    get_certificate,
)
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.sentences import KNOWN_ERRORS, KnownError, sentence, sentence_of
from api.source_words import warning_sentences
from api.web.desk_views import BETWEEN, choices_of, permitted_uses, preview_view
from api.web.forms import FormFields
from api.web.language import page_language
from api.web.rendering import show_page
from certsvc.bootstrap import Services
from certsvc.certificates.extraction.holder_copies import look_up_holder
from certsvc.certificates.extraction.service import CopyUnknownError, get_copy
from certsvc.certificates.issuance.repetitions import find_recent_copy
from certsvc.certificates.issuance.rules import IssueRequest, RepeatedError
from certsvc.evidence.sources.rules import stored_warnings
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.db.paging import PageRequest
from certsvc.foundation.events.holder_digests import PURPOSE as HOLDERS_IN_LOG
from certsvc.people.rights.rules import Actor, Permission, Role, require

router = APIRouter()
ADDRESS = "/desk"
HOLDER_ADDRESS, PREVIEW_ADDRESS = f"{ADDRESS}/holder", f"{ADDRESS}/preview"
FORM_ADDRESSES = frozenset({ADDRESS, HOLDER_ADDRESS, PREVIEW_ADDRESS})
"""Where the desk's forms are sent."""
FIELDS = ("kind", "holder", "matter", "use", "purpose", "reply")
"""What a clerk types and chooses."""
_AGAIN = "again"


@dataclass(frozen=True, kw_only=True)
class Caution:
    """What a clerk should know before going on."""

    text: str
    """The sentence."""
    earlier: str | None = None
    """证照标识 of the record that it is about, if there is a page of it."""
    copy_number: str = ""
    """Number of the copy that it is about."""


@router.get(ADDRESS)
def show_desk(
    request: Request, actor: Caller, services: ServicesPart, issued: str = ""
) -> HTMLResponse:
    """Show the form to find a holder, and the unit's last copies.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not issue.
    """
    _require_clerk(actor)
    return _show_start(request, actor, services, {}, issued=_find_issued(issued, actor, services))


@router.get(HOLDER_ADDRESS)
@router.get(PREVIEW_ADDRESS)
def begin_again(request: Request, actor: Caller) -> Response:
    """Lead to the beginning: these pages answer forms, and cannot be asked for by address."""
    _require_clerk(actor)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(ADDRESS + query, status_code=HTTPStatus.SEE_OTHER)


@router.post(HOLDER_ADDRESS)
def find_holder(
    request: Request, fields: FormFields, actor: Caller, services: ServicesPart
) -> Response:
    """Show what the unit knows of a holder, and the proofs that the matter uses."""
    _require_clerk(actor)
    return _show_choices(request, actor, services, fields)


@router.post(PREVIEW_ADDRESS)
def preview(
    request: Request, fields: FormFields, actor: Caller, services: ServicesPart
) -> Response:
    """Show what would be issued; a refusal shows the choices again with everything in them."""
    _require_clerk(actor)
    language = page_language(request)
    try:
        wanted = _read(fields).to_issue_request(actor, fields.get("key", ""))
        found = services.previewer.preview(wanted, actor=actor)
    except KNOWN_ERRORS as error:
        return _refuse(request, actor, services, fields, error)
    repeated = _warning_of_repetition(request, wanted, actor, services)
    return show_page(
        request,
        "desk_preview.html",
        view=preview_view(found, services, language),
        fields=_kept(fields),
        key=fields.get("key", ""),
        warning=repeated,
        again=repeated.copy_number if repeated else "",
    )


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
        wanted = replace(
            _read(fields).to_issue_request(actor, fields.get("key", "")),
            stops_if_repeated=True,
            knows_of=fields.get(_AGAIN),
        )
        issued = services.issuer.issue(wanted, actor=actor)
    except RepeatedError as error:
        repeated = _warning_of_repetition(request, wanted, actor, services)
        if repeated is None:  # it was given up meanwhile
            return _refuse(request, actor, services, fields, error)
        status = HTTPStatus.CONFLICT
        return _show_choices(request, actor, services, fields, warning=repeated, status=status)
    except KNOWN_ERRORS as error:
        return _refuse(request, actor, services, fields, error)
    address = f"{ADDRESS}?issued={issued.copy_number}"
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def show_kept(
    request: Request, actor: Actor, services: Services, fields: Mapping[str, str]
) -> HTMLResponse:
    """Show the form with what was typed before the log-in ran out; nothing was issued."""
    kept = Caution(text=sentence("page.desk.kept", page_language(request)))
    return _show_choices(request, actor, services, fields, warning=kept)


def _require_clerk(actor: Actor) -> None:
    if Role.HOLDER in actor.roles:
        raise StaffPageError
    require(actor, Permission.ISSUE)
    require(actor, Permission.READ_UNIT_CERTIFICATES)


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
) -> Caution | None:
    hidden = services.hidden_keys.hide(actor.id, wanted.idempotency_key or "")
    wanted = replace(wanted, idempotency_key=hidden)
    with services.database.reading() as session:
        recent = find_recent_copy(session, wanted, caller=actor.id, now=services.clock.now())
        if recent is None:
            return None
        copy = recent.copy
        text = sentence(
            "page.desk.repeated" if recent.is_published else "page.desk.repeating",
            page_language(request),
            {
                "name": copy.record.holder_name,
                "type": copy.record.certificate_type.name,
                "at": f"{copy.extracted_at.astimezone(CHINA_TIME):%H:%M}",
                "number": copy.copy_number,
            },
        )
        earlier = copy.record.identifier if recent.is_published else None
        return Caution(text=text, earlier=earlier, copy_number=copy.copy_number)


def _kind(fields: Mapping[str, str]) -> HolderCodeType:
    try:
        return HolderCodeType(fields.get("kind") or HolderCodeType.IDENTITY_NUMBER)
    except ValueError as error:
        raise InputInvalidError(field="holder_kind") from error


def _matter(fields: Mapping[str, str]) -> str:
    return fields.get("matter", "") or fields.get("use", "").partition(BETWEEN)[0]


def _read(fields: dict[str, str]) -> CertificateRequest:
    matter, _, kind = fields.get("use", "").partition(BETWEEN)
    try:
        return CertificateRequest(
            type=kind,
            holder=fields.get("holder", "").strip().upper(),
            holder_kind=_kind(fields),
            matter=matter,
            purpose=fields.get("purpose", ""),
            reply=fields.get("reply", "").strip() or None,
        )
    except ValueError as error:
        raise InputInvalidError(field="purpose") from error


def _kept(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields.get(name, "") for name in FIELDS} | {"matter": _matter(fields)}


def _refuse(
    request: Request,
    actor: Actor,
    services: Services,
    fields: Mapping[str, str],
    error: KnownError,
) -> HTMLResponse:
    text = sentence_of(error, page_language(request))
    return _show_choices(request, actor, services, fields, problem=text, status=status_of(error))


def _show_choices(
    request: Request,
    actor: Actor,
    services: Services,
    fields: Mapping[str, str],
    *,
    problem: str | None = None,
    warning: Caution | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    """Show what the unit knows of the holder and the proofs; the first form, if that fails."""
    language, now = page_language(request), services.clock.now()
    try:
        kind = _kind(fields)
        holder = HolderCode(value=fields.get("holder", ""), kind=kind)
        with services.database.transaction() as session:
            known = look_up_holder(
                session,
                holder=holder,
                holder_key=services.log_in_secret.key_for(HOLDERS_IN_LOG),
                matter_code=_matter(fields),
                actor=actor,
                now=now,
            )
            copies = [describe(copy, now) for copy in known.copies]
            matter_name = known.matter.name
    except KNOWN_ERRORS as error:
        text = problem or sentence_of(error, language)
        failed = status if problem else status_of(error)
        return _show_start(request, actor, services, fields, problem=text, status=failed)
    uses = [use for use in permitted_uses(actor, services) if use.matter == _matter(fields)]
    return show_page(
        request,
        "desk_choose.html",
        status=status,
        known=known,
        copies=copies,
        matter_name=matter_name,
        choices=choices_of(uses, kind=kind, actor=actor, services=services, language=language),
        fields=_kept(fields),
        key=str(uuid.uuid4()),
        again=warning.copy_number if warning and status == HTTPStatus.CONFLICT else "",
        problem=problem,
        warning=warning,
    )


def _show_start(
    request: Request,
    actor: Actor,
    services: Services,
    fields: Mapping[str, str],
    *,
    problem: str | None = None,
    issued: CertificateCopy | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    matters = {use.matter: use.matter_name for use in permitted_uses(actor, services)}
    return show_page(
        request,
        "desk.html",
        status=status,
        matters=matters,
        kinds=[kind.value for kind in _KINDS],
        fields=_kept(fields),
        problem=problem,
        issued=issued,
        oddities=_warnings_of(request, issued, actor) if issued else [],
        copies=copies_of(actor, services, PageRequest()).items,
    )


_KINDS = (
    HolderCodeType.IDENTITY_NUMBER,
    HolderCodeType.HONG_KONG_MACAO_PERMIT,
    HolderCodeType.TAIWAN_PERMIT,
    HolderCodeType.PASSPORT,
    HolderCodeType.OTHER_PERSON,
    HolderCodeType.CREDIT_CODE,
    HolderCodeType.OTHER_ORGANISATION,
)
"""Kinds of document, the most usual first."""
