"""`certsvc keys approve`, `ceremony`, `protocol`: key ceremonies by one reviewable file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.errors import OutUnwritableError
from api.cli.files import read_bounded, write_whole
from api.cli.installation import installation, machine_operator
from api.cli.secrets import terminal_ask
from api.cli.staff_log_in import acting_staff
from certsvc.foundation.approvals.shown import NotShownError
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.sealing.custody.ceremonies import CeremonyOffice, CeremonyProtocol
from certsvc.sealing.custody.rules import Ceremony, parse_ceremony
from certsvc.sealing.custody.shown_ceremonies import ShownCeremony

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help=both("cli.option.ceremony-file"))
]


def approve(
    context: typer.Context,
    file: FileArgument,
    *,
    login: Annotated[str, typer.Option("--as", help=both("cli.option.approver"))],
    shown: Annotated[str, typer.Option("--shown", help=both("cli.option.ceremony-shown"))] = "",
) -> None:
    """Approve a ceremony as it was shown, with one's own password; show it without the digest."""
    console = console_of(context)
    ceremony_read = _read(file)
    with installation() as services:
        require_current_schema(services.database)
        office = CeremonyOffice(database=services.database, clock=services.clock)
        whole = office.read(ceremony_read)
        _show(whole, console)
        if not shown:
            console.note("cli.keys.ceremony-shown", digest=whole.digest)
            raise NotShownError
        office.approve(ceremony_read, shown=shown, actor=acting_staff(services, console, login))
    console.say("cli.keys.approved", number=ceremony_read.number, login=login)


def ceremony(
    context: typer.Context,
    file: FileArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help=both("cli.option.ceremony-out"))],
) -> None:
    """Execute an approved ceremony and write its signed protocol into a new folder."""
    console = console_of(context)
    ceremony_read = _read(file)
    with installation() as services:
        require_current_schema(services.database)
        office = CeremonyOffice(
            database=services.database, clock=services.clock, ask=terminal_ask(console)
        )
        _show(office.read(ceremony_read), console)
        _require_new(out)
        done = office.perform(ceremony_read, actor=machine_operator())
    _write(out, done)
    console.say("cli.keys.ceremony-done", number=ceremony_read.number, folder=str(out))
    console.note("cli.keys.ceremony-check", folder=str(out))


def protocol(
    context: typer.Context,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help=both("cli.option.ceremony-number"))
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help=both("cli.option.ceremony-out"))],
) -> None:
    """Write the protocol of a ceremony that ended, well or not, into a new folder."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        _require_new(out)
        office = CeremonyOffice(database=services.database, clock=services.clock)
        _write(out, office.protocol_of(number))
    console.say("cli.keys.protocol-written", number=number, folder=str(out))


def _read(file: Path) -> Ceremony:
    return parse_ceremony(read_bounded(file).decode(errors="replace"))


def _show(whole: ShownCeremony, console: Console) -> None:
    ceremony_read = whole.ceremony
    console.note("cli.keys.ceremony", number=ceremony_read.number, title=ceremony_read.title)
    for entry in ("operator", "approvers", "protocol_key"):
        value = whole.effect[entry]
        text = ", ".join(value) if isinstance(value, list) else value
        console.err.print(f"     {entry} = {text}")
    for number, step in enumerate(ceremony_read.steps, 1):
        action = console.text(f"word.key-action.{step.action.value}")
        console.err.print(f"  {number}. {action} {step.key}")
        for entry, value in step.entries.items():
            console.err.print(f"     {entry} = {value}")
    for key in whole.kept:
        console.note("cli.keys.ceremony-kept", key=key.name, address=key.uri)
    console.note("cli.keys.ceremony-digest", digest=ceremony_read.sha256)


def _require_new(out: Path) -> None:
    if os.path.lexists(out) or not os.access(out.parent, os.W_OK | os.X_OK):
        raise OutUnwritableError(file=str(out))


def _write(out: Path, found: CeremonyProtocol) -> None:
    try:
        out.mkdir()
    except OSError as error:
        raise OutUnwritableError(file=str(out)) from error
    write_whole(out / "protocol.json", found.content, force=False)
    if found.signature:
        write_whole(out / "protocol.sig", found.signature, force=False)
        write_whole(out / "protocol-key.pem", found.public_key_pem.encode(), force=False)
    for key, content in found.requests.items():
        write_whole(out / f"{key}.csr", content.encode(), force=False)
