"""Changes of seals on pages: proposing one, deciding on another's, taking back one's own.

- A page never does anything by being opened; a form does, and its services check every right.
- After a form the change's own page tells what became of it, from the register alone.
- A reason is not lost by a refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.seal_words import SealWords
from api.sentences import KNOWN_ERRORS, sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.pages.seals import ADDRESS, require_custodian
from api.web.rendering import show_page
from api.web.seal_views import get_change_page, permitted_actions
from certsvc.bootstrap import Services
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH, ProposalUnknownError
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor, Permission, require
from certsvc.sealing.changes.decisions import reject_change, withdraw_change
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.views import get_seal_card

router = APIRouter()
CHANGES = "/seal-changes"
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class _Refusal:
    """A decision that was refused: the reason that was typed, and what is wrong."""

    reason: str
    problem: str
    status: int


@router.get(f"{CHANGES}/{{change}}")
def show_change(
    request: Request, change: str, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show a change: what it is, who wants it and why, what it alters, and what can be done."""
    require_custodian(actor)
    return _show_change(request, _number(change), actor, services, language)


@router.post(f"{CHANGES}/{{change}}")
def decide(
    request: Request,
    change: str,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Approve, reject or withdraw a change, as the pressed button says."""
    require_custodian(actor)
    number = _number(change)
    try:
        _decide(number, fields, actor, services)
    except KNOWN_ERRORS as error:
        return _show_change(
            request,
            number,
            actor,
            services,
            language,
            _Refusal(fields.get("reason", ""), sentence_of(error, language), status_of(error)),
        )
    return RedirectResponse(f"{CHANGES}/{number}", status_code=HTTPStatus.SEE_OTHER)


@router.get(f"{ADDRESS}/{{seal}}/propose")
def show_proposal(
    request: Request, seal: str, actor: Caller, services: ServicesPart, action: str = ""
) -> HTMLResponse:
    """Show the form for a change that needs nothing but a reason."""
    require_proposer(actor)
    return _show_proposal(request, seal, actor, services, {"action": action})


@router.post(f"{ADDRESS}/{{seal}}/propose")
def propose(
    request: Request,
    seal: str,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Propose a change; a refusal shows the form again with the reason in it."""
    require_proposer(actor)
    try:
        with services.database.transaction() as session:
            change = propose_change(
                session,
                seal_id=seal,
                action=_action(fields),
                reason=fields.get("reason", ""),
                actor=actor,
                now=services.clock.now(),
            )
        services.change_desk.try_key(change.id, actor=actor)
    except KNOWN_ERRORS as error:
        text, status = sentence_of(error, language), status_of(error)
        return _show_proposal(request, seal, actor, services, fields, problem=text, status=status)
    return RedirectResponse(f"{CHANGES}/{change.id}", status_code=HTTPStatus.SEE_OTHER)


def _decide(number: int, fields: Mapping[str, str], actor: Actor, services: Services) -> None:
    decision, reason = fields.get("decision"), fields.get("reason", "")
    if decision == "approve":
        if fields.get("read") != "1":
            raise InputInvalidError(field="read")
        shown = fields.get("shown", "")
        services.change_desk.approve(number, shown=shown, reason=reason, actor=actor)
    elif decision in {"reject", "withdraw"}:
        now = services.clock.now()
        with services.database.transaction() as session:
            if decision == "reject":
                reject_change(session, change_id=number, reason=reason, actor=actor, now=now)
            else:
                withdraw_change(session, change_id=number, actor=actor, now=now)
    else:
        raise InputInvalidError(field="decision")


def _show_change(
    request: Request,
    number: int,
    actor: Actor,
    services: Services,
    language: Language,
    refusal: _Refusal | None = None,
) -> HTMLResponse:
    with services.database.reading() as session:
        words = SealWords(session, language)
        page = get_change_page(services, session, number, actor, words)
    return show_page(
        request,
        "seal_change.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        page=page,
        reason=refusal.reason if refusal else "",
        longest=REASON_MAX_LENGTH,
        problem=refusal.problem if refusal else None,
    )


def _show_proposal(
    request: Request,
    seal: str,
    actor: Actor,
    services: Services,
    fields: Mapping[str, str],
    *,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    with services.database.reading() as session:
        card = get_seal_card(session, seal, actor=actor, now=services.clock.now())
    return show_page(
        request,
        "seal_proposal.html",
        status=status,
        card=card,
        waiting=[change for change in card.history if change.outcome == "waiting"],
        actions=permitted_actions(card.line.state),
        chosen=fields.get("action", ""),
        reason=fields.get("reason", ""),
        longest=REASON_MAX_LENGTH,
        problem=problem,
    )


def require_proposer(actor: Actor) -> None:
    """Let somebody pass who may propose changes of seals.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not propose.
    """
    require_custodian(actor)
    require(actor, Permission.PROPOSE_SEAL_CHANGE)


def _action(fields: Mapping[str, str]) -> SealAction:
    try:
        return SealAction(fields.get("action", ""))
    except ValueError as error:
        raise InputInvalidError(field="action") from error


def _number(change: str) -> int:
    """Read a change's number; whatever is none names no change."""
    number = int(change) if change.isascii() and change.isdigit() and len(change) < 11 else 0  # noqa: PLR2004  digits of the largest
    if not 0 < number <= _LARGEST_ID:
        raise ProposalUnknownError
    return number
