"""Proposing another scope on a page: hours, counts, days before the certificate's end.

- Certificate types and units stay as they are; the command proposes others.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.views.seal_labels import SealLabels
from api.web.forms.form import Sent, answer
from api.web.forms.views import form_view
from api.web.pages.seal_changes import CHANGES, require_proposer
from api.web.pages.seals import ADDRESS
from api.web.seals.forms import ReasonPart, ScopePart, typed_scope
from api.web.visits import PageVisit, Visit
from certsvc.sealing.changes.amendments import propose_scope
from certsvc.sealing.register.views import get_seal_card

router = APIRouter()


class ScopeForm(ReasonPart, ScopePart):
    """Another scope."""


@router.get(f"{ADDRESS}/{{seal}}/propose-scope")
def show_scope_form(seal: str, visit: PageVisit) -> Response:
    """Show the form, filled in with the scope as it is."""
    require_proposer(visit)
    return _show(visit, seal)


@router.post(f"{ADDRESS}/{{seal}}/propose-scope")
def propose(
    seal: str, visit: PageVisit, sent: Annotated[Sent[ScopeForm], Depends(ScopeForm.read)]
) -> Response:
    """Propose another scope; a refusal shows the form again with everything in it."""
    require_proposer(visit)

    def do(form: ScopeForm) -> str:
        with visit.transaction() as session:
            current = get_seal_card(session, seal, actor=visit.actor, now=visit.now).scope
            change = propose_scope(
                session,
                seal_id=seal,
                scope=replace(current, **form.typed()),
                reason=form.reason,
                actor=visit.actor,
                now=visit.now,
            )
        return f"{CHANGES}/{change.id}"

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, seal, sent))


def _show(visit: Visit, seal: str, sent: Sent[ScopeForm] | None = None) -> Response:
    with visit.reading() as session:
        card = get_seal_card(session, seal, actor=visit.actor, now=visit.now)
        labels = SealLabels(session, visit.language)
        kept = [
            (name, labels.entry(name, getattr(card.scope, name)))
            for name in ("type_codes", "unit_codes")
        ]
    address = f"{ADDRESS}/{seal}/propose-scope"
    return visit.show(
        "seal_scope.html",
        status=sent.status if sent else 200,
        card=card,
        kept=kept,
        waiting=[change for change in card.history if change.outcome == "waiting"],
        form=form_view(visit, ScopeForm, address, sent=sent, start=typed_scope(card.scope)),
    )
