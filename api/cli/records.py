"""`certsvc records`: how certificate records stand, and what their units decide about them."""

import uuid
from typing import Annotated

import typer

from api.cli.calls import acting
from api.cli.console import Console, both
from api.cli.issuing import step_listener
from api.cli.record_lines import record_lines
from api.cli.staff_log_in import StaffOption
from certsvc.certificates.extraction.record_cards import get_record_card
from certsvc.certificates.extraction.rules import WithdrawalReasonCode
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.records.changes import ChangeRequest
from certsvc.certificates.records.endings import (
    ShownEnding,
    decide_ending,
    request_change,
    show_ending,
    show_possible_ending,
)
from certsvc.certificates.records.records import RecordChangeProposal
from certsvc.certificates.records.rules import ReasonCode, RecordAction
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.clock import rfc3339
from certsvc.sealing.register.status import parse_instant

app = typer.Typer(no_args_is_help=True)
IdentifierArgument = Annotated[
    str, typer.Argument(metavar="IDENTIFIER", help=both("cli.records.option.identifier"))
]
ReasonCodeOption = Annotated[
    ReasonCode, typer.Option("--reason-code", help=both("cli.records.option.reason-code"))
]
ReasonOption = Annotated[str, typer.Option("--reason", help=both("cli.records.option.reason"))]
EffectiveOption = Annotated[
    str, typer.Option("--effective-at", help=both("cli.records.option.effective-at"))
]
ReplyOption = Annotated[str | None, typer.Option("--reply", help=both("cli.option.reply"))]
KeyOption = Annotated[
    str | None, typer.Option("--idempotency-key", help=both("cli.option.idempotency-key"))
]


@app.command("show", help=both("cli.records.show.help"))
def show(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    at: Annotated[str, typer.Option("--at", help=both("cli.records.option.at"))] = "",
    known_at: Annotated[
        str, typer.Option("--known-at", help=both("cli.records.option.known-at"))
    ] = "",
    login: StaffOption = "",
) -> None:
    """Show how a record stands, or stood, and what happened to it."""
    asked, known = (parse_instant(text) if text else None for text in (at, known_at))
    with acting(context, login) as call:
        with call.reading() as session:
            card = get_record_card(
                session, identifier, actor=call.actor, now=call.now, at=asked, known_at=known
            )
            lines = list(record_lines(card, call.console))
        if card.warning is not None:
            code = f"word.identifier_warning.{card.warning.value}"
            call.console.note(code, identifier=card.record.identifier)
        for line in lines:
            call.console.out.print(line)


@app.command("suspend", help=both("cli.records.suspend.help"))
def suspend(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Suspend a record."""
    _change(context, login, _wanted(identifier, RecordAction.SUSPEND, reason_code, reason))


@app.command("resume", help=both("cli.records.resume.help"))
def resume(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Put a suspended record into force again."""
    _change(context, login, _wanted(identifier, RecordAction.RESUME, reason_code, reason))


@app.command("revoke", help=both("cli.records.revoke.help"))
def revoke(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    effective_at: EffectiveOption = "",
    login: StaffOption = "",
) -> None:
    """Revoke a record, now or as of an earlier instant."""
    wanted = _wanted(identifier, RecordAction.REVOKE, reason_code, reason, effective_at)
    _change(context, login, wanted)


@app.command("cancel", help=both("cli.records.cancel.help"))
def cancel(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    effective_at: EffectiveOption = "",
    login: StaffOption = "",
) -> None:
    """Cancel a record, now or as of an earlier instant."""
    wanted = _wanted(identifier, RecordAction.CANCEL, reason_code, reason, effective_at)
    _change(context, login, wanted)


@app.command("reissue", help=both("cli.records.reissue.help"))
def reissue(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    reason: ReasonOption,
    reply: ReplyOption = None,
    idempotency_key: KeyOption = None,
    login: StaffOption = "",
) -> None:
    """Issue the next version with the facts asked anew."""
    _replace(context, login, _new(identifier, ReasonCode.REISSUED, reason, reply, idempotency_key))


@app.command("correct", help=both("cli.records.correct.help"))
def correct(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    reason: ReasonOption,
    reply: ReplyOption = None,
    idempotency_key: KeyOption = None,
    login: StaffOption = "",
) -> None:
    """Issue the next version with corrected facts."""
    _replace(context, login, _new(identifier, ReasonCode.CORRECTED, reason, reply, idempotency_key))


@app.command("ending", help=both("cli.records.ending.help"))
def ending(context: typer.Context, identifier: IdentifierArgument, login: StaffOption = "") -> None:
    """Show what end of a record waits for another person."""
    with acting(context, login) as call, call.reading() as session:
        whole = show_possible_ending(session, identifier, actor=call.actor, now=call.now)
        _tell_ending(call.console, identifier, whole)


@app.command("approve", help=both("cli.records.approve.help"))
def approve(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    shown: Annotated[str, typer.Option("--shown", help=both("cli.records.option.shown"))],
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Approve the end of a record that another person proposed."""
    decision = Decision(outcome=Outcome.APPROVED, reason=reason, shown=shown)
    _decide(context, identifier, decision, login, "cli.records.approved")


@app.command("reject", help=both("cli.records.reject.help"))
def reject(
    context: typer.Context,
    identifier: IdentifierArgument,
    *,
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Reject the end of a record that another person proposed."""
    decision = Decision(outcome=Outcome.REJECTED, reason=reason)
    _decide(context, identifier, decision, login, "cli.records.rejected")


@app.command("take-back", help=both("cli.records.take-back.help"))
def take_back(
    context: typer.Context, identifier: IdentifierArgument, login: StaffOption = ""
) -> None:
    """Take back a proposal of one's own."""
    decision = Decision(outcome=Outcome.WITHDRAWN)
    _decide(context, identifier, decision, login, "cli.records.taken-back")


def _decide(
    context: typer.Context, identifier: str, decision: Decision, login: str, said: str
) -> None:
    with acting(context, login) as call:
        with call.transaction() as session:
            decide_ending(session, identifier, decision, actor=call.actor, now=call.now)
        call.console.say(said, identifier=identifier)


def _tell_ending(console: Console, identifier: str, whole: ShownEnding) -> None:
    console.say(
        "cli.records.proposed",
        identifier=identifier,
        record_action=whole.ending.action,
        reason=whole.ending.proposal.reason,
        until=rfc3339(whole.ending.proposal.expires_at),
        shown=whole.digest,
    )


@app.command("withdraw-copy", help=both("cli.records.withdraw-copy.help"))
def withdraw(
    context: typer.Context,
    copy: Annotated[str, typer.Argument(metavar="COPY", help=both("cli.records.option.copy"))],
    *,
    reason_code: Annotated[
        WithdrawalReasonCode,
        typer.Option("--reason-code", help=both("cli.records.option.reason-code")),
    ],
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Withdraw a copy that one's own unit extracted."""
    with acting(context, login) as call:
        with call.transaction() as session:
            withdraw_copy(
                session,
                copy,
                reason_code=reason_code,
                reason=reason,
                actor=call.actor,
                now=call.now,
            )
        call.console.say("cli.records.withdrawn", copy=copy)


def _wanted(
    identifier: str,
    action: RecordAction,
    reason_code: ReasonCode,
    reason: str,
    effective_at: str = "",
) -> ChangeRequest:
    return ChangeRequest(
        identifier=identifier,
        action=action,
        reason_code=reason_code,
        reason=reason,
        effective_at=parse_instant(effective_at) if effective_at else None,
    )


def _change(context: typer.Context, login: str, wanted: ChangeRequest) -> None:
    with acting(context, login) as call:
        with call.transaction() as session:
            takes_two = call.services.settings.record_ends_by_two
            change = request_change(
                session, wanted, takes_two=takes_two, actor=call.actor, now=call.now
            )
            if isinstance(change, RecordChangeProposal):
                whole = show_ending(session, wanted.identifier, actor=call.actor, now=call.now)
                _tell_ending(call.console, wanted.identifier, whole)
                return
        call.console.say(
            "cli.records.changed",
            identifier=wanted.identifier,
            record_state=change.state_after,
            since=rfc3339(change.effective_at),
        )


def _new(
    identifier: str, kind: ReasonCode, reason: str, reply: str | None, key: str | None
) -> ReplaceRequest:
    return ReplaceRequest(
        identifier=identifier,
        kind=kind,
        reason=reason,
        reply_id=reply,
        idempotency_key=key or str(uuid.uuid4()),
    )


def _replace(context: typer.Context, login: str, wanted: ReplaceRequest) -> None:
    with acting(context, login) as call:
        issued = call.services.replacer.replace(
            wanted, actor=call.actor, on_step=step_listener(call.console)
        )
        call.console.say(
            "cli.records.replaced",
            identifier=wanted.identifier,
            successor=issued.identifier,
            copy=issued.copy_number,
        )
