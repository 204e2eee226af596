"""`certsvc seals`: the register of seals, for the custodians of a unit."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli import seal_proposals, seal_uses
from api.cli.console import both, console_of
from api.cli.files import check_writable, write_whole
from api.cli.installation import installation
from api.cli.seal_lines import card_lines, seal_table, status_lines
from api.cli.staff_log_in import StaffOption, acting_staff
from certsvc.sealing.register.filing import export_filing
from certsvc.sealing.register.status import answer_status, parse_instant
from certsvc.sealing.register.views import get_readable_seal, get_seal_card, list_seals

app = typer.Typer(no_args_is_help=True)
SealArgument = Annotated[str, typer.Argument(metavar="SEAL", help=both("cli.option.seal"))]
ForceOption = Annotated[bool, typer.Option("--force", help=both("cli.option.force"))]


@app.command("list", help=both("cli.seals.list.help"))
def list_all(context: typer.Context, *, login: StaffOption = "") -> None:
    """List the seals of one's unit."""
    console = console_of(context)
    with installation() as services:
        actor = acting_staff(services, console, login)
        with services.database.reading() as session:
            lines = list_seals(session, actor=actor, now=services.clock.now())
    if lines:
        console.out.print(seal_table(lines, console))
    else:
        console.say("cli.seals.none")


@app.command("show", help=both("cli.seals.show.help"))
def show(
    context: typer.Context,
    seal: SealArgument,
    *,
    picture: Annotated[
        Path | None, typer.Option("--picture", help=both("cli.seals.option.picture"))
    ] = None,
    force: ForceOption = False,
    login: StaffOption = "",
) -> None:
    """Show the card of a seal; its picture goes into a file."""
    console = console_of(context)
    if picture is not None:
        check_writable(picture, force=force)
    with installation() as services:
        actor = acting_staff(services, console, login)
        with services.database.reading() as session:
            card = get_seal_card(session, seal, actor=actor, now=services.clock.now())
        if picture is not None:
            image = services.seal_credentials.draw(card.seal)
            write_whole(picture, image.to_svg().encode(), force=force)
    for line in card_lines(card, console):
        console.out.print(line)


@app.command("export", help=both("cli.seals.export.help"))
def export(
    context: typer.Context,
    seal: SealArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help=both("cli.seals.option.filing-out"))],
    force: ForceOption = False,
    login: StaffOption = "",
) -> None:
    """Write the filing record (备案) of a seal."""
    console = console_of(context)
    check_writable(out, force=force)
    with installation() as services:
        actor, now = acting_staff(services, console, login), services.clock.now()
        with services.database.reading() as session:
            image = services.seal_credentials.draw(get_readable_seal(session, seal, actor=actor))
        with services.database.transaction() as session:
            record = export_filing(session, seal_id=seal, image=image, actor=actor, now=now)
    content = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    write_whole(out, content.encode(), force=force)
    console.say("cli.seals.exported", seal=seal, file=str(out))


@app.command("status", help=both("cli.seals.status.help"))
def status(
    context: typer.Context,
    seal: SealArgument,
    *,
    at: Annotated[str, typer.Option("--at", help=both("cli.seals.option.at"))] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help=both("cli.seals.option.status-out"))
    ] = None,
    force: ForceOption = False,
) -> None:
    """Say whether a seal was valid at an instant; anybody may ask."""
    console = console_of(context)
    if out is not None:
        check_writable(out, force=force)
    with installation() as services:
        now = services.clock.now()
        asked_at = parse_instant(at) if at else now.replace(microsecond=0)
        with services.database.reading() as session:
            signed = answer_status(session, services.answer_key, seal_id=seal, at=asked_at, now=now)
    if out is not None:
        content = {"answer": signed.answer, "signature": signed.signature}
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        write_whole(out, text.encode(), force=force)
    for line in status_lines(signed.answer, console):
        console.out.print(line)


app.command("uses", help=both("cli.seals.uses.help"))(seal_uses.uses)
app.command("waiting", help=both("cli.seals.waiting.help"))(seal_proposals.waiting)
app.command("apply", help=both("cli.seals.apply.help"))(seal_proposals.apply)
app.command("propose", help=both("cli.seals.propose.help"))(seal_proposals.propose)
app.command("approve", help=both("cli.seals.approve.help"))(seal_proposals.approve)
app.command("reject", help=both("cli.seals.reject.help"))(seal_proposals.reject)
app.command("withdraw", help=both("cli.seals.withdraw.help"))(seal_proposals.withdraw)
