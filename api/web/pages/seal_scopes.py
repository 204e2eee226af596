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
from api.http.problems import status_of
from api.sentences import KNOWN_ERRORS, sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.pages.seal_changes import CHANGES, require_proposer
from api.web.pages.seals import ADDRESS
from api.web.rendering import show_page
from api.web.seal_words import SealWords
from certsvc.bootstrap import Services
from certsvc.messages.catalogue import Language
from certsvc.organisations.rules import Actor
from certsvc.seals.amendments import propose_scope
from certsvc.seals.reasons import REASON_MAX_LENGTH
from certsvc.seals.scope_rules import ScopeInvalidError, SealScope
from certsvc.seals.views import get_seal_card

router = APIRouter()
_COUNTS = ("daily_limit", "total_limit")
_FIELDS = ("service_hours", *_COUNTS, "stop_before_days")
_MOST_DIGITS = 10


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
                scope=_read(fields, current),
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
            problem=sentence_of(error, language),
            status=status_of(error),
        )
    return RedirectResponse(f"{CHANGES}/{change.id}", status_code=HTTPStatus.SEE_OTHER)


def _read(fields: Mapping[str, str], current: SealScope) -> SealScope:
    days = _number(fields, "stop_before_days")
    if days is None:
        raise ScopeInvalidError(entry="stop_before_days")
    return replace(
        current,
        service_hours=fields.get("service_hours", ""),
        daily_limit=_number(fields, "daily_limit"),
        total_limit=_number(fields, "total_limit"),
        stop_before_days=days,
    )


def _number(fields: Mapping[str, str], entry: str) -> int | None:
    """Read a number; an empty field is no limit."""
    text = fields.get(entry, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ScopeInvalidError(entry=entry)
    return int(text)


def _show(  # noqa: PLR0913  what the page can say
    request: Request,
    seal: str,
    actor: Actor,
    services: Services,
    language: Language,
    fields: Mapping[str, str] | None,
    *,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    with services.database.reading() as session:
        card = get_seal_card(session, seal, actor=actor, now=services.clock.now())
        words = SealWords(session, language)
        kept = [
            (name, words.entry(name, getattr(card.scope, name)))
            for name in ("type_codes", "unit_codes")
        ]
    now_in_force = {name: getattr(card.scope, name) for name in _FIELDS}
    shown = {name: "" if value is None else str(value) for name, value in now_in_force.items()}
    return show_page(
        request,
        "seal_scope.html",
        status=status,
        card=card,
        kept=kept,
        counts=_COUNTS,
        waiting=[change for change in card.history if change.outcome == "waiting"],
        fields=shown if fields is None else {name: fields.get(name, "") for name in _FIELDS},
        reason=(fields or {}).get("reason", ""),
        longest=REASON_MAX_LENGTH,
        problem=problem,
    )
