"""The card of a certificate record: how it stands, its history, and what its units may decide.

- A page never does anything by being opened; a form does, and its services check every right.
- Each form has an idempotency key of its own, so that pressing a button twice does one thing.
- What was typed is not lost by a refusal.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError, StaffPageError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.http.records import warnings_of
from api.sentences import KNOWN_ERRORS, sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.rendering import show_page
from certsvc.bootstrap import Services
from certsvc.certificates.extraction.record_cards import RecordCard, get_record_card
from certsvc.certificates.extraction.rules import SERVED, CopyState, WithdrawalGround
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.records.changes import ChangeRequest, change_record
from certsvc.certificates.records.rules import (
    BACKDATABLE,
    GROUNDS,
    WORDS_MAX_LENGTH,
    Ground,
    RecordAction,
)
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor, Permission, Role, require
from certsvc.sealing.register.status import parse_instant

router = APIRouter()
ADDRESS = "/records"
_BETWEEN = "|"
_REPLACED, _WITHDRAWN = "replaced", "withdrawn"
_CONFIRMED_ACTIONS = frozenset(
    {RecordAction.SUSPEND, RecordAction.RESUME, RecordAction.REVOKE, RecordAction.CANCEL}
)
_FIELDS = ("what", "words", "effective_at", "kind", "reply", "ground")
"""What somebody typed or chose."""
_CHINA_OFFSET = "+08:00"
"""A browser's field for an instant has no offset; people mean China Standard Time."""
_WITHOUT_SECONDS = re.compile(r"[0-9-]+T[0-9]{2}:[0-9]{2}")


def require_reader(actor: Actor) -> None:
    """Let somebody pass who may look at records.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not read records.
    """
    if Role.HOLDER in actor.roles:
        raise StaffPageError
    require(actor, Permission.READ_RECORDS)


@router.get(f"{ADDRESS}/{{identifier}}")
def show_record(
    request: Request,
    identifier: str,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> HTMLResponse:
    """Show the card of a record, and what was just done to it."""
    require_reader(actor)
    return _show(request, identifier, actor, services, language, {})


@router.post(f"{ADDRESS}/{{identifier}}/changes")
def change(
    request: Request,
    identifier: str,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Suspend, resume, revoke or cancel; a refusal shows the card with what was typed."""
    require_reader(actor)
    try:
        with services.database.transaction() as session:
            wanted = _read_change(identifier, fields, actor, services)
            change_record(session, wanted, actor=actor, now=services.clock.now())
    except KNOWN_ERRORS as error:
        return _refuse(request, identifier, actor, services, language, fields, error)
    return _lead_to_card(identifier, done=wanted.action.value)


@router.post(f"{ADDRESS}/{{identifier}}/replacements")
def replace(
    request: Request,
    identifier: str,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Reissue or correct; the card of the new version follows."""
    require_reader(actor)
    try:
        issued = services.replacer.replace(_read_replacement(identifier, fields), actor=actor)
    except KNOWN_ERRORS as error:
        return _refuse(request, identifier, actor, services, language, fields, error)
    return _lead_to_card(issued.identifier, done=_REPLACED)


@router.post(f"{ADDRESS}/{{identifier}}/withdrawals")
def withdraw(
    request: Request,
    identifier: str,
    fields: FormFields,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Withdraw a copy that the actor's unit extracted."""
    require_reader(actor)
    try:
        with services.database.transaction() as session:
            withdraw_copy(
                session,
                fields.get("copy", ""),
                ground=_withdrawal_ground(fields),
                words=fields.get("words", ""),
                actor=actor,
                now=services.clock.now(),
            )
    except KNOWN_ERRORS as error:
        return _refuse(request, identifier, actor, services, language, fields, error)
    return _lead_to_card(identifier, done=_WITHDRAWN)


def _lead_to_card(identifier: str, *, done: str) -> RedirectResponse:
    return RedirectResponse(f"{ADDRESS}/{identifier}?done={done}", status_code=HTTPStatus.SEE_OTHER)


def _confirmed(done: str, card: RecordCard) -> str | None:
    """Return what was done, if the record says so too: an address can be made up by anybody."""
    last = card.history[-1].action
    if last == done and done in _CONFIRMED_ACTIONS:
        return done
    withdrawn = any(copy.is_own and copy.state is CopyState.WITHDRAWN for copy in card.copies)
    if (done == _REPLACED and card.replaces) or (done == _WITHDRAWN and withdrawn):
        return done
    return None


def _refuse(
    request: Request,
    identifier: str,
    actor: Actor,
    services: Services,
    language: Language,
    fields: Mapping[str, str],
    error: Exception,
) -> HTMLResponse:
    if not isinstance(error, KNOWN_ERRORS):
        raise error
    problem = (sentence_of(error, language), status_of(error))
    return _show(request, identifier, actor, services, language, fields, problem)


def _show(
    request: Request,
    identifier: str,
    actor: Actor,
    services: Services,
    language: Language,
    fields: Mapping[str, str],
    problem: tuple[str, int] | None = None,
) -> HTMLResponse:
    now = services.clock.now()
    with services.database.reading() as session:
        card = get_record_card(session, identifier, actor=actor, now=now)
    return show_page(
        request,
        "record.html",
        status=problem[1] if problem else HTTPStatus.OK,
        card=card,
        done=_confirmed(request.query_params.get("done", ""), card),
        served={copy.copy_number for copy in card.copies if copy.is_own and copy.state in SERVED},
        warnings=warnings_of(card, language),
        choices=[
            (action.value, ground.value) for action in card.actions for ground in GROUNDS[action]
        ],
        may_backdate=bool(BACKDATABLE.intersection(card.actions)),
        withdrawal_grounds=[ground.value for ground in WithdrawalGround],
        own_copies=[
            copy for copy in card.copies if copy.is_own and copy.state is not CopyState.WITHDRAWN
        ],
        longest=WORDS_MAX_LENGTH,
        fields={name: fields.get(name, "") for name in _FIELDS},
        form=fields.get("form", ""),
        problem=problem[0] if problem else None,
        key=str(uuid.uuid4()),
        between=_BETWEEN,
    )


def _read_change(
    identifier: str, fields: Mapping[str, str], actor: Actor, services: Services
) -> ChangeRequest:
    action, _, ground = fields.get("what", "").partition(_BETWEEN)
    since, key = fields.get("effective_at", "").strip(), fields.get("key") or None
    try:
        return ChangeRequest(
            identifier=identifier,
            action=RecordAction(action),
            ground=Ground(ground),
            words=fields.get("words", ""),
            effective_at=_read_local(since) if since else None,
            idempotency_key=services.hidden_keys.hide(actor.id, key) if key else None,
            clear_key=key,
        )
    except ValueError as error:
        raise InputInvalidError(field="what") from error


def _read_local(text: str) -> datetime:
    """Read what a browser's own field for an instant sends: China's time, mostly no seconds."""
    seconds = ":00" if _WITHOUT_SECONDS.fullmatch(text) else ""
    return parse_instant(f"{text}{seconds}{_CHINA_OFFSET}")


def _read_replacement(identifier: str, fields: Mapping[str, str]) -> ReplaceRequest:
    try:
        kind = Ground(fields.get("kind", ""))
    except ValueError as error:
        raise InputInvalidError(field="kind") from error
    return ReplaceRequest(
        identifier=identifier,
        kind=kind,
        words=fields.get("words", ""),
        reply_id=fields.get("reply", "").strip() or None,
        idempotency_key=fields.get("key") or None,
    )


def _withdrawal_ground(fields: Mapping[str, str]) -> WithdrawalGround:
    try:
        return WithdrawalGround(fields.get("ground", ""))
    except ValueError as error:
        raise InputInvalidError(field="ground") from error
