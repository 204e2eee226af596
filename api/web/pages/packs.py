"""The pages of template packs: versions, a picture of each, and the decisions of two people."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError, StaffPageError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.sentences import KNOWN_ERRORS, sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.rendering import show_page
from certsvc.bootstrap import Services
from certsvc.catalogue.packs.decisions import approve_version, reject_version, withdraw_version
from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import (
    VersionState,
)
from certsvc.catalogue.packs.shown_versions import read_version
from certsvc.catalogue.packs.views import get_version, list_versions, open_version
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH, ProposalUnknownError
from certsvc.foundation.clock import china_day, read_day
from certsvc.people.rights.rules import Actor, Permission, Role, may, require
from templates.samples import SAMPLES, sample_face

router = APIRouter()
ADDRESS = "/packs"
_LARGEST_ID = 2**31 - 1
_FOREVER = "private, max-age=31536000, immutable"
_DECISIONS: Mapping[str, Callable[..., PackVersion]] = {
    "reject": reject_version,
    "withdraw": withdraw_version,
}


def _require_reader(actor: Actor) -> None:
    """Let somebody pass whose work these pages are.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not read the register.
    """
    if Role.HOLDER in actor.roles:
        raise StaffPageError
    require(actor, Permission.READ_PACKS)


@router.get(ADDRESS)
def show_packs(request: Request, actor: Caller, services: ServicesPart) -> HTMLResponse:
    """Show what waits, what is in force, and what was."""
    _require_reader(actor)
    return _show_packs(request, actor, services, {})


@router.post(ADDRESS)
def propose(
    request: Request,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Propose a pack of the folder; a refusal shows the form again with everything in it."""
    _require_reader(actor)
    try:
        version = services.pack_desk.propose(
            fields.get("pack", ""),
            effective_on=_day(fields),
            reason=fields.get("reason", ""),
            actor=actor,
        )
    except KNOWN_ERRORS as error:
        text, status = sentence_of(error, language), status_of(error)
        return _show_packs(request, actor, services, fields, problem=text, status=status)
    return RedirectResponse(f"{ADDRESS}/{version.id}", status_code=HTTPStatus.SEE_OTHER)


@router.get(f"{ADDRESS}/{{number}}")
def show_version(
    request: Request, number: str, actor: Caller, services: ServicesPart
) -> HTMLResponse:
    """Show a version: both samples, who wants it and why, and what can be done."""
    _require_reader(actor)
    return _show_version(request, _number(number), actor, services)


@router.post(f"{ADDRESS}/{{number}}")
def decide(
    request: Request,
    number: str,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Approve, reject or withdraw a version, as the pressed button says."""
    _require_reader(actor)
    version_id = _number(number)
    try:
        with services.database.transaction() as session:
            _decision(fields)(
                session,
                version_id=version_id,
                reason=fields.get("reason", ""),
                actor=actor,
                now=services.clock.now(),
            )
    except KNOWN_ERRORS as error:
        text, status = sentence_of(error, language), status_of(error)
        return _show_version(
            request,
            version_id,
            actor,
            services,
            problem=text,
            status=status,
            reason=fields.get("reason", ""),
        )
    return RedirectResponse(f"{ADDRESS}/{version_id}", status_code=HTTPStatus.SEE_OTHER)


@router.get(f"{ADDRESS}/{{number}}/{{sample}}.png")
def show_picture(number: str, sample: str, actor: Caller, services: ServicesPart) -> Response:
    """Draw the first page of a version's sample, as the version keeps it."""
    _require_reader(actor)
    name = next((each for each in SAMPLES if each == sample), None)
    if name is None:
        raise ProposalUnknownError
    with services.database.reading() as session:
        pack = open_version(session, _number(number), actor=actor)
    picture = services.renderer.picture(pack, sample_face(pack, name))
    return Response(picture, media_type="image/png", headers={"Cache-Control": _FOREVER})


def _show_packs(
    request: Request,
    actor: Actor,
    services: Services,
    fields: Mapping[str, str],
    *,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    now = services.clock.now()
    with services.database.reading() as session:
        lines = list_versions(session, actor=actor, now=now)
    return show_page(
        request,
        "packs.html",
        status=status,
        problem=problem,
        waiting=[line for line in lines if line.state is VersionState.WAITING],
        in_force=[line for line in lines if line.state is VersionState.IN_FORCE],
        others=[
            line
            for line in lines
            if line.state not in {VersionState.WAITING, VersionState.IN_FORCE}
        ],
        is_proposer=may(actor, Permission.PROPOSE_PACK),
        codes=services.pack_desk.codes(),
        typed={"pack": "", "reason": "", "effective_on": china_day(now).isoformat()} | dict(fields),
        longest=REASON_MAX_LENGTH,
    )


def _show_version(
    request: Request,
    version_id: int,
    actor: Actor,
    services: Services,
    *,
    problem: str | None = None,
    status: int = 200,
    reason: str = "",
) -> HTMLResponse:
    with services.database.reading() as session:
        line = get_version(session, version_id, actor=actor, now=services.clock.now())
        whole = read_version(session, version_id, actor=actor)
    return show_page(
        request,
        "pack_version.html",
        status=status,
        problem=problem,
        line=line,
        whole=whole,
        reason=reason,
        longest=REASON_MAX_LENGTH,
        samples=SAMPLES,
        may_decide=may(actor, Permission.APPROVE_PACK) and line.proposed_by != actor.id,
        may_withdraw=line.proposed_by == actor.id,
    )


def _decision(fields: Mapping[str, str]) -> Callable[..., PackVersion]:
    if fields.get("decision") == "approve":
        return partial(approve_version, shown=fields.get("shown", ""))
    decision = _DECISIONS.get(fields.get("decision", ""))
    if decision is None:
        raise InputInvalidError(field="decision")
    return decision


def _day(fields: Mapping[str, str]) -> date:
    try:
        return read_day(fields.get("effective_on", ""))
    except ValueError as error:
        raise InputInvalidError(field="effective_on") from error


def _number(text: str) -> int:
    """Read a version's number; whatever is none names no version."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0  # noqa: PLR2004  digits of the largest
    if not 0 < number <= _LARGEST_ID:
        raise ProposalUnknownError
    return number
