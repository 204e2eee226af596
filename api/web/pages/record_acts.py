"""What is done to a record: each act on a page of its own, which says what it will do.

- 暂停, 撤销 and 注销 are three acts; what cannot be undone is confirmed by a tick, and by a second
  person where the settings say so.
- Each form has an idempotency key of its own, so that pressing a button twice does one thing.
- What was typed is not lost by a refusal, nor by a log-in that ran out.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.sentences import sentence, sentence_of
from api.web.forms.deciding import DecidingForm
from api.web.forms.fields import Entry, Widget, line, moment, radio, text, tick
from api.web.forms.form import Form, Sent, answer
from api.web.forms.views import Option, form_view
from api.web.visits import PageVisit, Visit
from certsvc.certificates.extraction.record_cards import RecordCard, get_record_card
from certsvc.certificates.extraction.rules import CopyState, WithdrawalReasonCode
from certsvc.certificates.extraction.service import CopyUnknownError
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.records.changes import ChangeRequest
from certsvc.certificates.records.endings import (
    TWO_PEOPLE,
    decide_ending,
    request_change,
    show_ending,
)
from certsvc.certificates.records.records import RecordChangeProposal
from certsvc.certificates.records.rules import (
    BACKDATABLE,
    REASON_CODES,
    RECORD_LIFE,
    ReasonCode,
    RecordAction,
)
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH, ReasonMissingError
from certsvc.people.clients.names import names_of_actors
from certsvc.people.rights.rules import Permission

router = APIRouter()
ADDRESS = "/records"
PROPOSED, WITHDRAWN = "proposed", "withdrawn"
IRREVERSIBLE = frozenset(action.value for action in TWO_PEOPLE)
Act = Literal["suspend", "resume", "revoke", "cancel"]
_REPLACEMENTS = (ReasonCode.REISSUED, ReasonCode.CORRECTED)
_HINT = "page.record.reason.hint.change"


class ChangeForm(Form):
    """Suspend or resume."""

    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = {ReasonMissingError: "reason"}
    reason_code: Annotated[ReasonCode, radio("page.record.why", word="word.reason_code")]
    reason: Annotated[str, text("page.record.reason", hint=_HINT, longest=REASON_MAX_LENGTH)]


class EndForm(ChangeForm):
    """Revoke or cancel, for good."""

    effective_at: Annotated[
        datetime | None, moment("page.record.effective-at", hint="page.record.effective-at.hint")
    ] = None
    sure: Annotated[bool, tick("page.record.sure")]


class ReplaceForm(Form):
    """Reissue or correct."""

    kind: Annotated[
        str, radio("page.record.kind", among=frozenset(each.value for each in _REPLACEMENTS))
    ]
    reason: Annotated[
        str,
        text(
            "page.record.reason", hint="page.record.reason.hint.replace", longest=REASON_MAX_LENGTH
        ),
    ]
    reply: Annotated[
        str | None, line("page.record.reply", hint="page.record.reply.hint", longest=60)
    ] = None


class WithdrawForm(Form):
    """Withdraw a copy of one's own unit."""

    copy_number: Annotated[str, Entry(widget=Widget.HIDDEN, sent_as="copy")]
    reason_code: Annotated[WithdrawalReasonCode, radio("page.record.why", word="word.reason_code")]
    reason: Annotated[
        str,
        text(
            "page.record.reason", hint="page.record.reason.hint.withdraw", longest=REASON_MAX_LENGTH
        ),
    ]
    sure: Annotated[bool, tick("page.record.sure")]


class DecisionForm(DecidingForm):
    """What another person decides on the end of a record, as the pressed button says."""

    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = {ReasonMissingError: "reason"}
    reason: Annotated[
        str, text("page.record.ending.reason", longest=REASON_MAX_LENGTH, asked=True)
    ] = ""


@router.get(f"{ADDRESS}/{{identifier}}/replacements")
def show_replacement(identifier: str, visit: PageVisit) -> Response:
    """Show the form for a new version."""
    return _show_replacement(visit, identifier)


@router.post(f"{ADDRESS}/{{identifier}}/replacements")
def replace(
    identifier: str, visit: PageVisit, sent: Annotated[Sent[ReplaceForm], Depends(ReplaceForm.read)]
) -> Response:
    """Reissue or correct; the card of the new version follows."""
    visit.require_staff(Permission.READ_RECORDS)

    def do(form: ReplaceForm) -> str:
        wanted = ReplaceRequest(
            identifier=identifier,
            kind=ReasonCode(form.kind),
            reason=form.reason,
            reply_id=form.reply,
            idempotency_key=form.once or None,
        )
        issued = visit.services.replacer.replace(wanted, actor=visit.actor)
        return f"{ADDRESS}/{issued.identifier}?done=replaced"

    return answer(visit, sent, do=do, show=lambda sent: _show_replacement(visit, identifier, sent))


@router.get(f"{ADDRESS}/{{identifier}}/withdrawals")
def show_withdrawal(identifier: str, visit: PageVisit, copy: str = "") -> Response:
    """Show the form to withdraw one of the unit's copies."""
    return _show_withdrawal(visit, identifier, copy)


@router.post(f"{ADDRESS}/{{identifier}}/withdrawals")
def withdraw(
    identifier: str,
    visit: PageVisit,
    sent: Annotated[Sent[WithdrawForm], Depends(WithdrawForm.read)],
) -> Response:
    """Withdraw a copy that the actor's unit extracted."""
    visit.require_staff(Permission.READ_RECORDS)

    def do(form: WithdrawForm) -> str:
        with visit.transaction() as session:
            withdraw_copy(
                session,
                form.copy_number,
                reason_code=form.reason_code,
                reason=form.reason,
                actor=visit.actor,
                now=visit.now,
            )
        return f"{ADDRESS}/{identifier}?done={WITHDRAWN}"

    return answer(
        visit,
        sent,
        do=do,
        show=lambda sent: _show_withdrawal(visit, identifier, sent.raw.one("copy"), sent),
    )


@router.get(f"{ADDRESS}/{{identifier}}/ending")
def show_decision(identifier: str, visit: PageVisit) -> Response:
    """Show all that would take effect if another person approved it."""
    return _show_decision(visit, identifier)


@router.post(f"{ADDRESS}/{{identifier}}/ending")
def decide(
    identifier: str,
    visit: PageVisit,
    sent: Annotated[Sent[DecisionForm], Depends(DecisionForm.read)],
) -> Response:
    """Approve, reject or take back what was proposed, as the pressed button says."""
    visit.require_staff(Permission.READ_RECORDS)

    def do(form: DecisionForm) -> str:
        with visit.transaction() as session:
            ending = decide_ending(
                session, identifier, form.as_decision(), actor=visit.actor, now=visit.now
            )
        done = f"?done={ending.action}" if form.decision == "approve" else ""
        return f"{ADDRESS}/{identifier}{done}"

    return answer(visit, sent, do=do, show=lambda sent: _show_decision(visit, identifier, sent))


@router.get(f"{ADDRESS}/{{identifier}}/{{act}}")
def show_act(identifier: str, act: Act, visit: PageVisit) -> Response:
    """Show what an act will do, and its form."""
    return _show_act(visit, identifier, RecordAction(act))


@router.post(f"{ADDRESS}/{{identifier}}/suspend")
def suspend(
    identifier: str, visit: PageVisit, sent: Annotated[Sent[ChangeForm], Depends(ChangeForm.read)]
) -> Response:
    """Suspend a record."""
    return _change(visit, identifier, RecordAction.SUSPEND, sent)


@router.post(f"{ADDRESS}/{{identifier}}/resume")
def resume(
    identifier: str, visit: PageVisit, sent: Annotated[Sent[ChangeForm], Depends(ChangeForm.read)]
) -> Response:
    """Put a suspended record into force again."""
    return _change(visit, identifier, RecordAction.RESUME, sent)


@router.post(f"{ADDRESS}/{{identifier}}/revoke")
def revoke(
    identifier: str, visit: PageVisit, sent: Annotated[Sent[EndForm], Depends(EndForm.read)]
) -> Response:
    """Revoke a record, or propose it."""
    return _change(visit, identifier, RecordAction.REVOKE, sent)


@router.post(f"{ADDRESS}/{{identifier}}/cancel")
def cancel(
    identifier: str, visit: PageVisit, sent: Annotated[Sent[EndForm], Depends(EndForm.read)]
) -> Response:
    """Cancel a record, or propose it."""
    return _change(visit, identifier, RecordAction.CANCEL, sent)


def _change(visit: Visit, identifier: str, action: RecordAction, sent: Sent[Any]) -> Response:
    visit.require_staff(Permission.READ_RECORDS)

    def do(form: ChangeForm) -> str:
        hidden = visit.services.hidden_keys.hide(visit.actor.id, form.once) if form.once else None
        wanted = ChangeRequest(
            identifier=identifier,
            action=action,
            reason_code=form.reason_code,
            reason=form.reason,
            effective_at=form.effective_at if isinstance(form, EndForm) else None,
            idempotency_key=hidden,
            clear_key=form.once or None,
        )
        takes_two = visit.services.settings.record_ends_by_two
        with visit.transaction() as session:
            changed = request_change(
                session, wanted, takes_two=takes_two, actor=visit.actor, now=visit.now
            )
            done = PROPOSED if isinstance(changed, RecordChangeProposal) else action.value
        return f"{ADDRESS}/{identifier}?done={done}"

    return answer(visit, sent, do=do, show=lambda sent: _show_act(visit, identifier, action, sent))


def _card(visit: Visit, identifier: str) -> RecordCard:
    visit.require_staff(Permission.READ_RECORDS)
    with visit.reading() as session:
        return get_record_card(session, identifier, actor=visit.actor, now=visit.now)


def _show_act(
    visit: Visit, identifier: str, action: RecordAction, sent: Sent[Any] | None = None
) -> Response:
    card = _card(visit, identifier)
    if action not in card.actions and sent is None:
        raise RECORD_LIFE.refusal(card.state, action)
    is_final, kind = action in BACKDATABLE, EndForm if action in BACKDATABLE else ChangeForm
    reason_codes = [
        Option(value=each.value, label=sentence(f"word.reason_code.{each.value}", visit.language))
        for each in REASON_CODES[action]
    ]
    return visit.show(
        "record_act.html",
        status=sent.status if sent else 200,
        card=card,
        act=action.value,
        is_final=is_final,
        takes_two=is_final and visit.services.settings.record_ends_by_two,
        form=form_view(
            visit,
            kind,
            f"{ADDRESS}/{identifier}/{action.value}",
            sent=sent,
            options={"reason_code": reason_codes},
        ),
    )


def _show_replacement(
    visit: Visit, identifier: str, sent: Sent[ReplaceForm] | None = None
) -> Response:
    card = _card(visit, identifier)
    options = {
        "kind": [
            Option(
                value=each.value,
                label=sentence(f"word.reason_code.{each.value}", visit.language),
                hint=sentence(f"page.record.kind.{each.value}", visit.language),
            )
            for each in _REPLACEMENTS
        ]
    }
    address = f"{ADDRESS}/{identifier}/replacements"
    return visit.show(
        "record_act.html",
        status=sent.status if sent else 200,
        card=card,
        act="replace",
        is_final=False,
        takes_two=False,
        form=form_view(visit, ReplaceForm, address, sent=sent, options=options),
    )


def _show_withdrawal(
    visit: Visit, identifier: str, number: str, sent: Sent[WithdrawForm] | None = None
) -> Response:
    card = _card(visit, identifier)
    copy = next((each for each in card.copies if each.copy_number == number and each.is_own), None)
    if copy is None or (copy.state is CopyState.WITHDRAWN and sent is None):
        raise CopyUnknownError
    address = f"{ADDRESS}/{identifier}/withdrawals"
    return visit.show(
        "record_act.html",
        status=sent.status if sent else 200,
        card=card,
        act="withdraw",
        is_final=True,
        takes_two=False,
        form=form_view(visit, WithdrawForm, address, sent=sent, start={"copy": number}),
    )


def _show_decision(
    visit: Visit, identifier: str, sent: Sent[DecisionForm] | None = None
) -> Response:
    visit.require_staff(Permission.READ_RECORDS)
    with visit.reading() as session:
        whole = show_ending(session, identifier, actor=visit.actor, now=visit.now)
        card = get_record_card(session, identifier, actor=visit.actor, now=visit.now)
        proposal = whole.ending.proposal
        name = names_of_actors(session, [proposal.proposed_by])[proposal.proposed_by]
    is_own = proposal.proposed_by == visit.actor.id or proposal.proposed_person == (
        visit.actor.person_id or ""
    )
    return visit.show(
        "record_ending.html",
        status=sent.status if sent else 200,
        card=card,
        whole=whole,
        proposer=name,
        is_own=is_own,
        may_take_back=proposal.proposed_by == visit.actor.id,
        hindrance=sentence_of(whole.hindrance, visit.language) if whole.hindrance else "",
        form=form_view(visit, DecisionForm, f"{ADDRESS}/{identifier}/ending", sent=sent),
    )
