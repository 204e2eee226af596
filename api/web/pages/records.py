"""The card of a certificate record: how it stands, its history, and what its units may decide.

- A page never does anything by being opened; a form does, and its services check every right.
- Each form has an idempotency key of its own, so that pressing a button twice does one thing.
- What was typed is not lost by a refusal, nor by a log-in that ran out.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.sentences import sentence
from api.shared.views.records import warnings_of
from api.web.forms.fields import Entry, Widget, line, moment, radio, text
from api.web.forms.form import Form, Sent, answer
from api.web.forms.views import Option, form_view
from api.web.visits import PageVisit, Visit
from certsvc.certificates.extraction.record_cards import CopyLine, RecordCard, get_record_card
from certsvc.certificates.extraction.rules import SERVED, CopyState, WithdrawalReasonCode
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.records.changes import ChangeRequest, change_record
from certsvc.certificates.records.rules import (
    BACKDATABLE,
    REASON_CODES,
    ReasonCode,
    RecordAction,
)
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH
from certsvc.people.rights.rules import Permission

router = APIRouter()
ADDRESS = "/records"
_BETWEEN = "|"
_REPLACED, _WITHDRAWN = "replaced", "withdrawn"
_CONFIRMED_ACTIONS = frozenset(
    {RecordAction.SUSPEND, RecordAction.RESUME, RecordAction.REVOKE, RecordAction.CANCEL}
)
_CHOICES = {
    f"{action.value}{_BETWEEN}{reason_code.value}": (action, reason_code)
    for action, reason_codes in REASON_CODES.items()
    for reason_code in reason_codes
}
_REPLACEMENTS = (ReasonCode.REISSUED, ReasonCode.CORRECTED)


class ChangeForm(Form):
    """Suspend, resume, revoke or cancel."""

    what: Annotated[str, radio("page.record.what", among=frozenset(_CHOICES))]
    reason: Annotated[
        str,
        text(
            "page.record.reason", hint="page.record.reason.hint.change", longest=REASON_MAX_LENGTH
        ),
    ]
    effective_at: Annotated[
        datetime | None, moment("page.record.effective-at", hint="page.record.effective-at.hint")
    ] = None


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


@router.get(f"{ADDRESS}/{{identifier}}")
def show_record(identifier: str, visit: PageVisit) -> Response:
    """Show the card of a record, and what was just done to it."""
    visit.require_staff(Permission.READ_RECORDS)
    return _show(visit, identifier)


@router.post(f"{ADDRESS}/{{identifier}}/changes")
def change(
    identifier: str, visit: PageVisit, sent: Annotated[Sent[ChangeForm], Depends(ChangeForm.read)]
) -> Response:
    """Suspend, resume, revoke or cancel; a refusal shows the card with what was typed."""
    visit.require_staff(Permission.READ_RECORDS)

    def do(form: ChangeForm) -> str:
        action, reason_code = _CHOICES[form.what]
        hidden = visit.services.hidden_keys.hide(visit.actor.id, form.once) if form.once else None
        wanted = ChangeRequest(
            identifier=identifier,
            action=action,
            reason_code=reason_code,
            reason=form.reason,
            effective_at=form.effective_at,
            idempotency_key=hidden,
            clear_key=form.once or None,
        )
        with visit.transaction() as session:
            change_record(session, wanted, actor=visit.actor, now=visit.now)
        return f"{ADDRESS}/{identifier}?done={action.value}"

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, identifier, sent))


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
        return f"{ADDRESS}/{issued.identifier}?done={_REPLACED}"

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, identifier, sent))


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
        return f"{ADDRESS}/{identifier}?done={_WITHDRAWN}"

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, identifier, sent))


def _show(visit: Visit, identifier: str, sent: Sent[Any] | None = None) -> Response:
    with visit.reading() as session:
        card = get_record_card(session, identifier, actor=visit.actor, now=visit.now)
    address = f"{ADDRESS}/{identifier}"
    own = [copy for copy in card.copies if copy.is_own and copy.state is not CopyState.WITHDRAWN]
    return visit.show(
        "record.html",
        status=sent.status if sent else 200,
        card=card,
        done=_confirmed(visit.request.query_params.get("done", ""), card),
        served={copy.copy_number for copy in card.copies if copy.is_own and copy.state in SERVED},
        warnings=warnings_of(card, visit.language),
        may_backdate=bool(BACKDATABLE.intersection(card.actions)),
        change_form=form_view(
            visit,
            ChangeForm,
            f"{address}/changes",
            sent=sent,
            options={"what": _what(visit, card)},
            prefix="change-",
        ),
        replace_form=form_view(
            visit,
            ReplaceForm,
            f"{address}/replacements",
            sent=sent,
            options={"kind": [_replacement(visit, each) for each in _REPLACEMENTS]},
            prefix="replace-",
        ),
        withdraw_forms=[
            (copy, _withdraw_form(visit, copy, f"{address}/withdrawals", number, sent))
            for number, copy in enumerate(own)
        ],
    )


def _what(visit: Visit, card: RecordCard) -> list[Option]:
    def label(action: RecordAction, reason_code: ReasonCode) -> str:
        what = sentence(f"word.record_action.{action.value}", visit.language)
        return f"{what} {sentence(f'word.reason_code.{reason_code.value}', visit.language)}"

    return [
        Option(value=value, label=label(action, reason_code))
        for value, (action, reason_code) in _CHOICES.items()
        if action in card.actions
    ]


def _replacement(visit: Visit, reason_code: ReasonCode) -> Option:
    return Option(
        value=reason_code.value,
        label=sentence(f"word.reason_code.{reason_code.value}", visit.language),
        hint=sentence(f"page.record.kind.{reason_code.value}", visit.language),
    )


def _withdraw_form(
    visit: Visit, copy: CopyLine, action: str, number: int, sent: Sent[Any] | None
) -> Any:  # noqa: ANN401  for a template
    is_meant = sent is not None and sent.raw.one("copy") == copy.copy_number
    return form_view(
        visit,
        WithdrawForm,
        action,
        sent=sent if is_meant else None,
        start={"copy": copy.copy_number},
        prefix=f"withdraw-{number}-" if number else "withdraw-",
    )


def _confirmed(done: str, card: RecordCard) -> str | None:
    """Return what was done, if the record says so too: an address can be made up by anybody."""
    last = card.history[-1].action
    if last == done and done in _CONFIRMED_ACTIONS:
        return done
    withdrawn = any(copy.is_own and copy.state is CopyState.WITHDRAWN for copy in card.copies)
    if (done == _REPLACED and card.replaces) or (done == _WITHDRAWN and withdrawn):
        return done
    return None
