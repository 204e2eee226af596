"""Proposing and deciding changes of seals at the command line; each person logs in themselves."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from api.cli.console import Console, both, console_of
from api.cli.errors import SealFileNeededError
from api.cli.installation import installation
from api.cli.seal_files import choose_key, read_amendment, read_application, read_scope
from api.cli.seal_lines import change_lines, whole_lines
from api.cli.secrets import terminal_ask
from api.cli.staff_log_in import StaffOption, acting_staff
from api.shared.views.seal_labels import SealLabels
from api.shared.views.whole_changes import trial_result
from certsvc.bootstrap import Services
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.approvals.shown import NotShownError
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.amendments import propose_amendment, propose_scope
from certsvc.sealing.changes.proposals import apply_for_seal, propose_change
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.views import get_readable_seal, list_waiting

ChangeArgument = Annotated[int, typer.Argument(metavar="CHANGE", help=both("cli.option.change"))]
SealArgument = Annotated[str, typer.Argument(metavar="SEAL", help=both("cli.option.seal"))]
ReasonOption = Annotated[str, typer.Option("--reason", help=both("cli.seals.option.reason"))]


def waiting(context: typer.Context, *, login: StaffOption = "") -> None:
    """List the proposals that wait for one."""
    console = console_of(context)
    with installation() as services:
        actor = acting_staff(services, console, login)
        with services.database.reading() as session:
            proposals = list_waiting(session, actor=actor, now=services.clock.now())
            for proposal in proposals:
                for line in change_lines(proposal, console):
                    console.out.print(line)
                _print_whole(services, session, proposal.id, actor, console)
    if not proposals:
        console.say("cli.seals.nothing-waits")


def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=both("cli.seals.option.file"))],
    *,
    login: StaffOption = "",
) -> None:
    """Apply for a seal that a file describes (申请)."""
    console = console_of(context)
    application = read_application(file)
    with installation() as services:
        actor, now = acting_staff(services, console, login), services.clock.now()
        with services.database.transaction() as session:
            change = apply_for_seal(
                session,
                application=choose_key(application, session, services.offered_keys, actor=actor),
                offers=services.offered_keys,
                actor=actor,
                now=now,
            )
        _try_key(services, change.id, actor, console)
    console.say("cli.seals.proposed", change=change.id, action="apply", seal=application.id)


def propose(
    context: typer.Context,
    seal: SealArgument,
    action: Annotated[SealAction, typer.Argument(help=both("cli.seals.option.action"))],
    *,
    reason: ReasonOption,
    file: Annotated[
        Path | None, typer.Option("--file", help=both("cli.seals.option.alter-file"))
    ] = None,
    login: StaffOption = "",
) -> None:
    """Propose a change of a seal."""
    console = console_of(context)
    if (action in {SealAction.AMEND, SealAction.RESCOPE}) != (file is not None):
        raise SealFileNeededError
    amendment = read_amendment(file) if file and action is SealAction.AMEND else None
    scope = read_scope(file) if file and action is SealAction.RESCOPE else None
    with installation() as services:
        actor, now = acting_staff(services, console, login), services.clock.now()
        with services.database.transaction() as session:
            if amendment is not None:
                change = propose_amendment(
                    session,
                    seal_id=seal,
                    amendment=choose_key(amendment, session, services.offered_keys, actor=actor),
                    offers=services.offered_keys,
                    reason=reason,
                    actor=actor,
                    now=now,
                )
            elif scope is not None:
                change = propose_scope(
                    session, seal_id=seal, scope=scope, reason=reason, actor=actor, now=now
                )
            else:
                change = propose_change(
                    session, seal_id=seal, action=action, reason=reason, actor=actor, now=now
                )
        _try_key(services, change.id, actor, console)
    console.say("cli.seals.proposed", change=change.id, action=action.value, seal=seal)


def approve(
    context: typer.Context,
    change: ChangeArgument,
    *,
    reason: ReasonOption,
    shown: Annotated[str, typer.Option("--shown", help=both("cli.seals.option.shown"))] = "",
    login: StaffOption = "",
) -> None:
    """Approve what another person proposed; without the digest of what was shown, show it all."""
    console = console_of(context)
    if not shown:
        with installation() as services, services.database.reading() as session:
            actor = acting_staff(services, console, login)
            _print_whole(services, session, change, actor, console)
        raise NotShownError
    decision = Decision(outcome=Outcome.APPROVED, reason=reason, shown=shown)
    _decide(context, change, decision, login, "cli.seals.approved")


def reject(
    context: typer.Context, change: ChangeArgument, *, reason: ReasonOption, login: StaffOption = ""
) -> None:
    """Refuse what another person proposed."""
    decision = Decision(outcome=Outcome.REJECTED, reason=reason)
    _decide(context, change, decision, login, "cli.seals.rejected")


def withdraw(context: typer.Context, change: ChangeArgument, *, login: StaffOption = "") -> None:
    """Take back a proposal of one's own."""
    _decide(context, change, Decision(outcome=Outcome.WITHDRAWN), login, "cli.seals.withdrawn")


def _decide(context: typer.Context, change: int, decision: Decision, login: str, said: str) -> None:
    console = console_of(context)
    with installation() as services:
        actor, ask = acting_staff(services, console, login), terminal_ask(console)
        state = services.change_desk.decide(change, decision, actor=actor, ask=ask)
    console.say(said, change=change, state=state.value if state else "none")


def _print_whole(
    services: Services, session: Session, change: int, actor: Actor, console: Console
) -> None:
    """Print all that a change would make take effect, and the digest to approve it by."""
    whole = services.change_desk.reader.read(session, change)
    get_readable_seal(session, whole.seal.id, actor=actor)
    for line in whole_lines(whole, SealLabels(session, console.language)):
        console.out.print(line)
    console.say("cli.seals.shown", change=change, digest=whole.digest)


def _try_key(services: Services, change: int, actor: Actor, console: Console) -> None:
    """Try the key of what was just proposed, and tell at once if it does not work."""
    desk = services.change_desk
    desk.try_key(change, actor=actor, ask=terminal_ask(console))
    with services.database.reading() as session:
        trial = trial_result(
            desk.reader.read(session, change), SealLabels(session, console.language)
        )
    if trial is not None:
        console.err.print(trial.text)
