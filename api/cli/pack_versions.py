"""Versions of packs at the command line; each of the two people logs in themselves."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from api.cli.errors import PeriodInvalidError
from api.cli.installation import installation
from api.cli.speaker import both, speaker_of
from api.cli.staff_log_in import StaffOption, acting_staff
from certsvc.clock import read_day
from certsvc.packs.records import PackVersion
from certsvc.packs.rules import china_day
from certsvc.packs.service import approve_version, reject_version, withdraw_version
from certsvc.packs.views import list_versions

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
    speaker = speaker_of(context)
    with installation() as services:
        actor, now = acting_staff(services, speaker, login), services.clock.now()
        with services.database.reading() as session:
            lines = list_versions(session, actor=actor, now=now, code=pack)
    if not lines:
        speaker.say("cli.packs.no-versions")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("number", "pack", "version", "effective", "state", "digest"):
        table.add_column(speaker.text(f"cli.packs.column.{column}"), no_wrap=True)
    for line in lines:
        table.add_row(
            str(line.id),
            line.code,
            line.version,
            line.effective_on.isoformat(),
            speaker.text(f"word.pack-state.{line.state.value}"),
            line.digest[:12],
        )
    speaker.out.print(table)


def propose(
    context: typer.Context,
    pack: Annotated[str, typer.Argument(metavar="PACK", help=both("cli.packs.option.pack"))],
    *,
    reason: ReasonOption,
    on: Annotated[str, typer.Option("--on", help=both("cli.packs.option.on"))] = "",
    login: StaffOption = "",
) -> None:
    """Propose a pack of the folder, to be in force from a day on."""
    speaker = speaker_of(context)
    with installation() as services:
        actor = acting_staff(services, speaker, login)
        effective_on = _day(on) if on else china_day(services.clock.now())
        version = services.pack_desk.propose(
            pack, effective_on=effective_on, reason=reason, actor=actor
        )
    speaker.say(
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
    login: StaffOption = "",
) -> None:
    """Approve what another person proposed."""
    _decide(context, number, reason, login, approve_version, "cli.packs.approved")


def reject(
    context: typer.Context,
    number: VersionArgument,
    *,
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Refuse what another person proposed."""
    _decide(context, number, reason, login, reject_version, "cli.packs.rejected")


def withdraw(
    context: typer.Context,
    number: VersionArgument,
    *,
    reason: ReasonOption,
    login: StaffOption = "",
) -> None:
    """Take back a proposal of one's own."""
    _decide(context, number, reason, login, withdraw_version, "cli.packs.withdrawn")


def _decide(
    context: typer.Context,
    number: int,
    reason: str,
    login: str,
    decide: Callable[..., PackVersion],
    said: str,
) -> None:
    speaker = speaker_of(context)
    with installation() as services:
        actor, now = acting_staff(services, speaker, login), services.clock.now()
        with services.database.transaction() as session:
            version = decide(session, version_id=number, reason=reason, actor=actor, now=now)
    speaker.say(
        said,
        number=version.id,
        pack=version.code,
        version=version.version,
        on=version.effective_on.isoformat(),
    )


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as error:
        raise PeriodInvalidError(value=text) from error
