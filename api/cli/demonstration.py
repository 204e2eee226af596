"""`certsvc demo`: a demonstration from nothing to sealed certificates, then served.

A second run re-uses what is there: the same district, the same certificates, the same files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import Console, both, console_of
from api.cli.errors import OutUnwritableError
from api.cli.files import write_whole
from api.cli.installation import opened
from api.cli.installing import demonstration_settings, make_world
from api.cli.issuing import step_listener
from api.cli.serving import (
    HostOption,
    PortOption,
    address_of,
    announce,
    listen,
    prepare,
    run_server,
)
from api.cli.workers import keeping_time, working_beside
from certsvc.bootstrap import Services
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.rules import Step
from certsvc.demonstration.district import PASSWORD, STAFF
from certsvc.demonstration.main_job import MainJob, main_jobs
from certsvc.demonstration.people import make_residents
from certsvc.foundation.storage.objects import parse_digest
from certsvc.people.rights.rules import Role
from certsvc.people.units.service import get_unit
from certsvc.sealing.register.service import find_seal_of_copy
from templates.checking_content import codes_seen

PAGES = {
    "start": "/",
    "verify": "/verify",
    "my": "/my",
    "desk": "/desk",
    "batches": "/batches",
    "records": "/records",
    "seals": "/seals",
    "packs": "/packs",
    "sources": "/sources",
    "api": "/api/v1/openapi.json",
}
"""The pages that a visitor of the demonstration is told of, by the word that names each."""


def demo(
    context: typer.Context,
    *,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help=both("cli.option.serve"))
    ] = True,
    out: Annotated[Path, typer.Option("--out", help=both("cli.option.demo-out"))] = Path("out"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
) -> None:
    """Make the demonstration, run its main job, write the certificates, and serve."""
    console = console_of(context)
    # First of all: an address that is taken is told before anything is made.
    listener = listen(host, port) if serve else None
    settings = demonstration_settings(address_of(listener) if listener else None)
    with opened(settings) as services:
        console.note("cli.demo.world")
        make_world(services, console)
        prepare(services, console)
        console.note("cli.demo.jobs")
        made = [_make(services, job, out, console) for job in main_jobs(services)]
        _print_made(made, console)
        console.say("cli.demo.stored", home=str(settings.home.absolute()))
        if listener is None:
            _print_log_ins(services, console)
            console.note("cli.demo.again")
            return
        _print_addresses(address_of(listener), console)
        _print_log_ins(services, console)
        announce(services, listener, console)
        workers = working_beside(settings.batch_workers, settings)
        with workers, keeping_time(services, console):
            run_server(services, listener, log_requests=False)


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A certificate of the main job, as it is printed."""

    file: Path
    type_name: str
    copy: IssuedCopy
    seal_name: str
    verify_address: str


def _make(services: Services, job: MainJob, out: Path, console: Console) -> _Made:
    type_name = services.packs.get(job.type_code).title
    console.err.print(f"  {type_name.zh if console.language == 'zh' else type_name.en}")
    tell, done = step_listener(console), set[Step]()

    def listen(step: Step) -> None:
        done.add(step)
        tell(step)

    issued = job.issue(listen)
    if not done:
        console.note("cli.demo.reused")
    content = services.store.get(parse_digest(issued.sha256))
    path = out / f"{job.type_code}.pdf"
    _lay_down(path, content, console)
    with services.database.reading() as session:
        seal = find_seal_of_copy(session, issued.copy_number)
    return _Made(
        file=path,
        type_name=type_name.zh if console.language == "zh" else type_name.en,
        copy=issued,
        seal_name=seal.name if seal else "-",
        verify_address=next(iter(codes_seen(content)), "-"),
    )


def _lay_down(path: Path, content: bytes, console: Console) -> None:
    """Write a certificate; what was there under its name is kept under another."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() == content:
            return
        if path.exists():
            kept = path.with_suffix(".pdf.old")
            path.replace(kept)
            console.note("cli.demo.kept", file=str(path), kept=kept.name)
    except OSError as error:
        raise OutUnwritableError(file=str(path)) from error
    write_whole(path, content, force=False)


def _print_made(made: list[_Made], console: Console) -> None:
    console.say("cli.demo.made")
    for certificate in made:
        table = Table(show_header=False, min_width=60)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for column, value in (
            ("file", str(certificate.file)),
            ("type", certificate.type_name),
            ("route", console.text(f"word.route.{certificate.copy.route.value}")),
            ("seal", certificate.seal_name),
            ("identifier", certificate.copy.identifier),
            ("verify", certificate.verify_address),
        ):
            table.add_row(console.text(f"cli.demo.column.{column}"), value)
        console.out.print(table, soft_wrap=False)


def _print_addresses(address: str, console: Console) -> None:
    console.say("cli.demo.addresses")
    for name, path in PAGES.items():
        console.out.print(f"  {address}{path}  {console.text(f'cli.demo.address.{name}')}")


def _print_log_ins(services: Services, console: Console) -> None:
    console.say("cli.demo.log-ins", password=PASSWORD)
    table = Table()
    for column in ("log-in", "who", "does"):
        table.add_column(console.text(f"cli.demo.column.{column}"), overflow="fold")
    with services.database.reading() as session:
        for person in STAFF:
            unit = get_unit(session, person.unit_code).name
            roles = "、".join(console.text(f"role.{role.value}") for role in sorted(person.roles))
            table.add_row(person.login, f"{person.name} {unit}", roles)
    resident = make_residents()[0]
    holder = console.text(f"role.{Role.HOLDER.value}")
    table.add_row(resident.identity_number, resident.name, holder)
    console.out.print(table, soft_wrap=False)
