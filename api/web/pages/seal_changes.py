"""Changes of seals on pages: proposing one, deciding on another's, taking back one's own.

- A page never does anything by being opened; a form does, and its services check every right.
- After a form the change's own page tells what became of it, from the register alone.
- A reason is not lost by a refusal, nor by a log-in that ran out.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.errors import InputInvalidError
from api.shared.numbers import read_number
from api.shared.sentences import sentence
from api.shared.views.seal_labels import SealLabels
from api.web.forms.deciding import DecidingForm
from api.web.forms.fields import radio, text, tick
from api.web.forms.form import Sent, answer
from api.web.forms.views import Option, form_view
from api.web.pages.seals import ADDRESS
from api.web.seals.forms import ReasonPart, SealFormBase
from api.web.seals.views import get_change_page, permitted_actions
from api.web.visits import PageVisit, Visit
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH, ProposalUnknownError
from certsvc.people.rights.rules import Permission
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.views import get_seal_card

router = APIRouter()
CHANGES = "/seal-changes"


class DecisionForm(SealFormBase, DecidingForm):
    """What somebody decides on a proposal, as the pressed button says."""

    reason: Annotated[
        str,
        text(
            "page.change.decision-reason",
            hint="page.change.decision-reason.hint",
            longest=REASON_MAX_LENGTH,
            asked=True,
        ),
    ] = ""
    read_whole: Annotated[bool, tick("page.change.read", sent_as="read", asked=True)] = False


class ProposalForm(ReasonPart):
    """A change that needs nothing but a reason."""

    action: Annotated[SealAction, radio("page.proposal.action")]


def require_proposer(visit: Visit) -> None:
    """Let somebody pass who may propose changes of seals.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not propose.
    """
    visit.require_staff(Permission.READ_SEALS, Permission.PROPOSE_SEAL_CHANGE)


@router.get(f"{CHANGES}/{{change}}")
def show_change(change: str, visit: PageVisit) -> Response:
    """Show a change: what it is, who wants it and why, what it alters, and what can be done."""
    visit.require_staff(Permission.READ_SEALS)
    return _show_change(visit, read_number(change, ProposalUnknownError))


@router.post(f"{CHANGES}/{{change}}")
def decide(
    change: str, visit: PageVisit, sent: Annotated[Sent[DecisionForm], Depends(DecisionForm.read)]
) -> Response:
    """Approve, reject or withdraw a change, as the pressed button says."""
    visit.require_staff(Permission.READ_SEALS)
    number = read_number(change, ProposalUnknownError)

    def do(form: DecisionForm) -> str:
        if form.decision == "approve" and not form.read_whole:
            raise InputInvalidError(field="read")
        visit.services.change_desk.decide(number, form.as_decision(), actor=visit.actor)
        return f"{CHANGES}/{number}"

    return answer(visit, sent, do=do, show=lambda sent: _show_change(visit, number, sent))


@router.get(f"{ADDRESS}/{{seal}}/propose")
def show_proposal(seal: str, visit: PageVisit, action: str = "") -> Response:
    """Show the form for a change that needs nothing but a reason."""
    require_proposer(visit)
    return _show_proposal(visit, seal, chosen=action)


@router.post(f"{ADDRESS}/{{seal}}/propose")
def propose(
    seal: str, visit: PageVisit, sent: Annotated[Sent[ProposalForm], Depends(ProposalForm.read)]
) -> Response:
    """Propose a change; a refusal shows the form again with the reason in it."""
    require_proposer(visit)

    def do(form: ProposalForm) -> str:
        with visit.transaction() as session:
            change = propose_change(
                session,
                seal_id=seal,
                action=form.action,
                reason=form.reason,
                actor=visit.actor,
                now=visit.now,
            )
        visit.services.change_desk.try_key(change.id, actor=visit.actor)
        return f"{CHANGES}/{change.id}"

    return answer(visit, sent, do=do, show=lambda sent: _show_proposal(visit, seal, sent))


def _show_change(visit: Visit, number: int, sent: Sent[DecisionForm] | None = None) -> Response:
    with visit.reading() as session:
        page = get_change_page(visit, session, number, SealLabels(session, visit.language))
    address = f"{CHANGES}/{number}"
    form = form_view(visit, DecisionForm, address, sent=sent)
    return visit.show("seal_change.html", status=sent.status if sent else 200, page=page, form=form)


def _show_proposal(
    visit: Visit, seal: str, sent: Sent[ProposalForm] | None = None, *, chosen: str = ""
) -> Response:
    with visit.reading() as session:
        card = get_seal_card(session, seal, actor=visit.actor, now=visit.now)
    actions = [_action(visit, each) for each in permitted_actions(card.line.state)]
    return visit.show(
        "seal_proposal.html",
        status=sent.status if sent else 200,
        card=card,
        waiting=[change for change in card.history if change.outcome == "waiting"],
        form=form_view(
            visit,
            ProposalForm,
            f"{ADDRESS}/{seal}/propose",
            sent=sent,
            start={"action": chosen},
            options={"action": actions},
        ),
    )


def _action(visit: Visit, action: SealAction) -> Option:
    return Option(
        value=action.value,
        label=sentence(f"word.action.{action.value}", visit.language),
        hint=sentence(f"page.change.effect.{action.value}", visit.language),
    )
