"""The custodians' pages of a unit's seals: what waits, the list, the card, the filing record."""

import json
from datetime import datetime, time

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse

from api.errors import StaffPageError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.seal_words import SealWords, common_name
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.rendering import show_page
from api.web.seal_views import (
    is_permitted,
    list_past_versions,
    list_rows,
    permitted_actions,
    seal_row,
)
from certsvc.foundation.clock import CHINA_TIME, china_day
from certsvc.people.rights.rules import Actor, Permission, Role, may, require
from certsvc.sealing.register.filing import export_filing
from certsvc.sealing.register.history import list_versions
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.views import get_readable_seal, get_seal_card, list_waiting
from certsvc.sealing.uses.uses import UseSearch, find_uses

router = APIRouter()
ADDRESS = "/seals"
_LAST_USES = 5


def require_custodian(actor: Actor) -> None:
    """Let somebody pass whose work these pages are.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not read the register.
    """
    if Role.HOLDER in actor.roles:
        raise StaffPageError
    require(actor, Permission.READ_SEALS)


@router.get(ADDRESS)
def show_seals(request: Request, actor: Caller, services: ServicesPart) -> HTMLResponse:
    """Show what waits for the actor, what they proposed, and the seals of their unit."""
    require_custodian(actor)
    now = services.clock.now()
    is_approver = may(actor, Permission.APPROVE_SEAL_CHANGE)
    with services.database.reading() as session:
        rows = list_rows(services, session, actor, now)
        waiting = list_waiting(session, actor=actor, now=now) if is_approver else []
    own = [
        change
        for row in rows
        for change in row.card.history
        if change.proposed_by == actor.id and change.outcome == "waiting"
    ]
    return show_page(
        request,
        "seals.html",
        rows=rows,
        waiting=waiting,
        own=own,
        is_approver=is_approver,
        is_proposer=may(actor, Permission.PROPOSE_SEAL_CHANGE),
    )


@router.get(f"{ADDRESS}/{{seal}}")
def show_seal(
    request: Request, seal: str, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show the card of a seal."""
    require_custodian(actor)
    now, is_proposer = services.clock.now(), may(actor, Permission.PROPOSE_SEAL_CHANGE)
    with services.database.reading() as session:
        card = get_seal_card(session, seal, actor=actor, now=now)
        words = SealWords(session, language)
        versions = list_past_versions(services, list_versions(session, seal), card, words)
        scope = [(name, words.entry(name, value)) for name, value in vars(card.scope).items()]
        today = UseSearch(seal_id=seal, since_at=_beginning_of_day(now))
        last_uses = find_uses(session, today, actor=actor)[:_LAST_USES]
    return show_page(
        request,
        "seal.html",
        row=seal_row(services, card, now),
        scope=scope,
        versions=versions,
        uses=last_uses,
        issuer=common_name(card.certificate.issuer),
        waiting=[change for change in card.history if change.outcome == "waiting"],
        actions=permitted_actions(card.line.state) if is_proposer else [],
        may_rescope=is_proposer and is_permitted(SealAction.RESCOPE, card.line.state),
        may_amend=is_proposer and is_permitted(SealAction.AMEND, card.line.state),
    )


@router.post(f"{ADDRESS}/{{seal}}/filing.json")
def download_filing(seal: str, _: FormFields, actor: Caller, services: ServicesPart) -> Response:
    """Give out the 备案 record of a seal; that it was taken stands in the log."""
    require_custodian(actor)
    with services.database.reading() as session:
        image = services.seal_credentials.draw(get_readable_seal(session, seal, actor=actor))
    with services.database.transaction() as session:
        record = export_filing(
            session, seal_id=seal, image=image, actor=actor, now=services.clock.now()
        )
    return Response(
        json.dumps(record, ensure_ascii=False, indent=2) + "\n",
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="filing-{seal}.json"'},
    )


def _beginning_of_day(now: datetime) -> datetime:
    return datetime.combine(china_day(now), time(), CHINA_TIME)
