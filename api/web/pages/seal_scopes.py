"""Proposing another scope on a page: hours, counts, days before the certificate's end.

- Certificate types and units stay as they are; the command proposes others.
- What was typed is not lost by a refusal.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.seal_words import SealWords
from api.sentences import KNOWN_ERRORS
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.pages.seal_changes import CHANGES, require_proposer
from api.web.pages.seals import ADDRESS
from api.web.rendering import show_page
from api.web.scope_entries import COUNTS, TYPED_ENTRIES, read_typed_scope, typed_scope
from api.web.seal_form_pages import FormProblem, problem_of
from certsvc.bootstrap import Services
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.amendments import propose_scope
from certsvc.sealing.register.views import get_seal_card

router = APIRouter()


@router.get(f"{ADDRESS}/{{seal}}/propose-scope")
def show_scope_form(
    request: Request, seal: str, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show the form, filled in with the scope as it is."""
    require_proposer(actor)
    return _show(request, seal, actor, services, language, None)


@router.post(f"{ADDRESS}/{{seal}}/propose-scope")
def propose(
    request: Request,
    seal: str,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Propose another scope; a refusal shows the form again with everything in it."""
    require_proposer(actor)
    now = services.clock.now()
    try:
        with services.database.transaction() as session:
            current = get_seal_card(session, seal, actor=actor, now=now).scope
            change = propose_scope(
                session,
                seal_id=seal,
                scope=replace(current, **read_typed_scope(fields)),
                reason=fields.get("reason", ""),
                actor=actor,
                now=now,
            )
    except KNOWN_ERRORS as error:
        return _show(
            request,
            seal,
            actor,
            services,
            language,
            fields,
            problem=problem_of(error, language),
        )
    return RedirectResponse(f"{CHANGES}/{change.id}", status_code=HTTPStatus.SEE_OTHER)


def _show(
    request: Request,
    seal: str,
    actor: Actor,
    services: Services,
    language: Language,
    fields: Mapping[str, str] | None,
    *,
    problem: FormProblem | None = None,
) -> HTMLResponse:
    with services.database.reading() as session:
        card = get_seal_card(session, seal, actor=actor, now=services.clock.now())
        words = SealWords(session, language)
        kept = [
            (name, words.entry(name, getattr(card.scope, name)))
            for name in ("type_codes", "unit_codes")
        ]
    shown = typed_scope(card.scope)
    return show_page(
        request,
        "seal_scope.html",
        status=problem.status if problem else 200,
        card=card,
        kept=kept,
        counts=COUNTS,
        waiting=[change for change in card.history if change.outcome == "waiting"],
        fields=shown if fields is None else {name: fields.get(name, "") for name in TYPED_ENTRIES},
        reason=(fields or {}).get("reason", ""),
        longest=REASON_MAX_LENGTH,
        problem=problem,
    )
