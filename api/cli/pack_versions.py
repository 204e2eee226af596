"""Versions of packs at the command line; each of the two people logs in themselves."""

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import Console, both, console_of
from api.cli.errors import PeriodInvalidError
from api.cli.installation import installation
from api.cli.staff_log_in import StaffOption, acting_staff
from certsvc.catalogue.packs.decisions import decide_version
from certsvc.catalogue.packs.shown_versions import ShownVersion, read_version
from certsvc.catalogue.packs.views import list_versions
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.approvals.shown import NotShownError
from certsvc.foundation.clock import china_day, read_day

VersionArgument = Annotated[
    int, typer.Argument(metavar="NUMBER", help=both("cli.packs.option.number"))
]
ReasonOption = Annotated[str, typer.Option("--reason", help=both("cli.packs.option.reason"))]


def versions(
    context: typer.Context,
    pack: Annotated[str, typer.Argument(metavar="PACK", help=both("cli.packs.option.pack"))] = "",
    *,
    login: StaffOption = "",
) -> None:
    """List versions and what became of them."""
    console = console_of(context)
    with installation() as services:
        actor, now = acting_staff(services, console, login), services.clock.now()
        with services.database.reading() as session:
            lines = list_versions(session, actor=actor, now=now, code=pack)
    if not lines:
        console.say("cli.packs.no-versions")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("number", "pack", "version", "effective", "state", "digest"):
        table.add_column(console.text(f"cli.packs.column.{column}"), no_wrap=True)
    for line in lines:
        table.add_row(
            str(line.id),
            line.code,
            line.version,
            line.effective_on.isoformat(),
            console.text(f"word.pack-state.{line.state.value}"),
            line.digest[:12],
        )
    console.out.print(table)


def propose(
    context: typer.Context,
    pack: Annotated[str, typer.Argument(metavar="PACK", help=both("cli.packs.option.pack"))],
    *,
    reason: ReasonOption,
    on: Annotated[str, typer.Option("--on", help=both("cli.packs.option.on"))] = "",
    login: StaffOption = "",
) -> None:
    """Propose a pack of the folder, to be in force from a day on."""
    console = console_of(context)
    with installation() as services:
        actor = acting_staff(services, console, login)
        effective_on = _day(on) if on else china_day(services.clock.now())
        version = services.pack_desk.propose(
            pack, effective_on=effective_on, reason=reason, actor=actor
        )
    console.say(
        "cli.packs.proposed",
        number=version.id,
        pack=version.code,
        version=version.version,
        on=effective_on.isoformat(),
    )


def approve(
    context: typer.Context,
    number: VersionArgument,
    *,
    reason: ReasonOption,
    shown: Annotated[str, typer.Option("--shown", help=both("cli.packs.option.shown"))] = "",
    login: StaffOption = "",
) -> None:
    """Approve what another person proposed; without the digest of what was shown, show it all."""
    if shown:
        decision = Decision(outcome=Outcome.APPROVED, reason=reason, shown=shown)
        _decide(context, number, decision, login, "cli.packs.approved")
        return
    console = console_of(context)
    with installation() as services:
        actor = acting_staff(services, console, login)
        with services.database.reading() as session:
            _print_whole(read_version(session, number, actor=actor), console)
    raise NotShownError


def reject(
    context: typer.Context,
    number: VersionArgument,
    *,
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Refuse what another person proposed."""
    decision = Decision(outcome=Outcome.REJECTED, reason=reason)
    _decide(context, number, decision, login, "cli.packs.rejected")


def withdraw(
    context: typer.Context,
    number: VersionArgument,
    *,
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Take back a proposal of one's own."""
    decision = Decision(outcome=Outcome.WITHDRAWN, reason=reason)
    _decide(context, number, decision, login, "cli.packs.withdrawn")


def _decide(context: typer.Context, number: int, decision: Decision, login: str, said: str) -> None:
    console = console_of(context)
    with installation() as services:
        actor, now = acting_staff(services, console, login), services.clock.now()
        with services.database.transaction() as session:
            version = decide_version(session, number, decision, actor=actor, now=now)
    console.say(
        said,
        number=version.id,
        pack=version.code,
        version=version.version,
        on=version.effective_on.isoformat(),
    )


def _print_whole(whole: ShownVersion, console: Console) -> None:
    """Print all that a version would make take effect, and the digest to approve it by."""
    for name, value in whole.effect.items():
        if name not in {"files", "replaces"}:
            console.out.print(f"  {name}: {value}")
    replaced = whole.replaced
    if replaced is None:
        console.say("page.packs.replaces-none")
    else:
        console.say("page.packs.replaces", version=replaced.version, digest=replaced.digest)
    for file in whole.files:
        state = console.text(f"page.packs.file.{file.state}")
        console.out.print(f"  {file.path}  {state}  {file.sha256}")
        if file.difference:
            console.out.print(file.difference)
    console.say("cli.packs.shown", number=whole.version.id, digest=whole.digest)


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as error:
        raise PeriodInvalidError(value=text) from error
