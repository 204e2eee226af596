"""The custodians' pages of a unit's seals: what waits, the list, the card, the filing record."""

import json
from datetime import datetime, time

from fastapi import APIRouter
from starlette.responses import Response

from api.shared.sentences import sentence
from api.shared.views.seal_labels import SealLabels, common_name
from api.web.forms.plain import FormFields
from api.web.lists.listing import Column, Listing, pages_of
from api.web.lists.views import narrowed, short_list, wanted_export
from api.web.seals.views import (
    SealRow,
    is_permitted,
    list_past_versions,
    list_rows,
    permitted_actions,
    seal_row,
)
from api.web.visits import PageVisit
from certsvc.foundation.clock import CHINA_TIME, china_day, in_china
from certsvc.people.rights.rules import Permission, may
from certsvc.sealing.register.filing import export_filing
from certsvc.sealing.register.history import list_versions
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.views import get_readable_seal, get_seal_card, list_waiting
from certsvc.sealing.uses.uses import UseSearch, find_uses

router = APIRouter()
ADDRESS = "/seals"
_LAST_USES = 5
SEALS = Listing[SealRow](
    name="seals",
    columns=(
        Column(name="name", label="word.entry.name", text=lambda row, _: row.card.line.name),
        Column(name="number", label="page.seals.number", text=lambda row, _: row.card.line.id),
        Column(
            name="route",
            label="field.route",
            text=lambda row, visit: sentence(f"word.route.{row.card.line.route}", visit.language),
            is_filter=True,
        ),
        Column(
            name="state",
            label="field.state",
            text=lambda row, visit: sentence(f"word.state.{row.card.line.state}", visit.language),
            is_filter=True,
        ),
        Column(
            name="uses",
            label="page.seals.total",
            text=lambda row, _: str(row.card.line.uses),
            order=lambda row: row.card.line.uses,
        ),
        Column(
            name="until",
            label="page.seals.certificate",
            text=lambda row, _: in_china(row.card.line.certificate_ends_at).date().isoformat(),
        ),
    ),
    empty="cli.seals.none",
)


@router.get(ADDRESS)
def show_seals(visit: PageVisit) -> Response:
    """Show what waits for the actor, what they proposed, and the seals of their unit."""
    visit.require_staff(Permission.READ_SEALS)
    is_approver = may(visit.actor, Permission.APPROVE_SEAL_CHANGE)
    with visit.reading() as session:
        rows = list_rows(visit, session)
        waiting = list_waiting(session, actor=visit.actor, now=visit.now) if is_approver else []
    kind = wanted_export(visit)
    if kind:
        return SEALS.export(visit, kind, pages_of(narrowed(visit, SEALS, rows)))
    own = [
        change
        for row in rows
        for change in row.card.history
        if change.proposed_by == visit.actor.id and change.outcome == "waiting"
    ]
    return visit.show(
        "seals.html",
        seals=short_list(visit, SEALS, rows),
        waiting=waiting,
        own=own,
        is_approver=is_approver,
        is_proposer=may(visit.actor, Permission.PROPOSE_SEAL_CHANGE),
    )


@router.get(f"{ADDRESS}/{{seal}}")
def show_seal(seal: str, visit: PageVisit) -> Response:
    """Show the card of a seal."""
    visit.require_staff(Permission.READ_SEALS)
    is_proposer = may(visit.actor, Permission.PROPOSE_SEAL_CHANGE)
    with visit.reading() as session:
        card = get_seal_card(session, seal, actor=visit.actor, now=visit.now)
        labels = SealLabels(session, visit.language)
        versions = list_past_versions(visit.services, list_versions(session, seal), card, labels)
        scope = [(name, labels.entry(name, value)) for name, value in vars(card.scope).items()]
        today = UseSearch(seal_id=seal, since_at=_beginning_of_day(visit.now))
        last_uses = find_uses(session, today, actor=visit.actor)[:_LAST_USES]
    return visit.show(
        "seal.html",
        row=seal_row(visit.services, card, visit.now),
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
def download_filing(seal: str, _: FormFields, visit: PageVisit) -> Response:
    """Export the 备案 record of a seal; the export is logged."""
    visit.require_staff(Permission.READ_SEALS)
    with visit.reading() as session:
        known = get_readable_seal(session, seal, actor=visit.actor)
        image = visit.services.seal_credentials.draw(known)
    with visit.transaction() as session:
        record = export_filing(session, seal_id=seal, image=image, actor=visit.actor, now=visit.now)
    return Response(
        json.dumps(record, ensure_ascii=False, indent=2) + "\n",
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="filing-{seal}.json"'},
    )


def _beginning_of_day(now: datetime) -> datetime:
    return datetime.combine(china_day(now), time(), CHINA_TIME)
