"""`certsvc keys`: the signing keys in our keeping."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import ceremonies
from api.cli.console import Console, both, console_of
from api.cli.files import check_writable, read_bounded, write_whole
from api.cli.installation import installation, machine_operator
from api.cli.secrets import terminal_ask
from certsvc.bootstrap import Services
from certsvc.foundation.clock import in_china
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.sealing.custody.service import KeptKey, KeyCustody
from keys.algorithms import SignatureAlgorithm
from keys.certificate_requests import RequestSubject

app = typer.Typer(no_args_is_help=True)
app.command("approve", help=both("cli.keys.approve.help"))(ceremonies.approve)
app.command("ceremony", help=both("cli.keys.ceremony.help"))(ceremonies.ceremony)
app.command("protocol", help=both("cli.keys.protocol.help"))(ceremonies.protocol)

_SOON = timedelta(days=60)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=both("cli.option.key-name"))]


@contextmanager
def _custody(console: Console) -> Iterator[tuple[KeyCustody, Services]]:
    with installation() as services:
        require_current_schema(services.database)
        ask = terminal_ask(console)
        yield KeyCustody(database=services.database, clock=services.clock, ask=ask), services


@app.command("generate", help=both("cli.keys.generate.help"))
def generate(
    context: typer.Context,
    name: NameArgument,
    *,
    at: Annotated[str, typer.Option("--at", help=both("cli.option.key-at"))],
    algorithm: Annotated[
        SignatureAlgorithm, typer.Option("--algorithm", help=both("cli.option.key-algorithm"))
    ] = SignatureAlgorithm.P_256,
) -> None:
    """Make a key pair."""
    console = console_of(context)
    with _custody(console) as (custody, _):
        key = custody.generate(name, uri=at, algorithm=algorithm, actor=machine_operator())
    console.say("cli.keys.generated", key=key.name, algorithm=key.algorithm)
    console.note("cli.keys.generate.next", key=key.name)


@app.command("csr", help=both("cli.keys.csr.help"))
def request(
    context: typer.Context,
    name: NameArgument,
    *,
    common_name: Annotated[str, typer.Option("--common-name", help=both("cli.option.common-name"))],
    organisation: Annotated[
        str, typer.Option("--organisation", help=both("cli.option.organisation"))
    ],
    out: Annotated[Path, typer.Option("--out", help=both("cli.option.csr-out"))],
    force: Annotated[bool, typer.Option("--force", help=both("cli.option.force"))] = False,
) -> None:
    """Make a certificate signing request."""
    console = console_of(context)
    check_writable(out, force=force)
    subject = RequestSubject(common_name=common_name, organisation=organisation)
    with _custody(console) as (custody, _):
        content = custody.request(name, subject=subject, actor=machine_operator())
    write_whole(out, content, force=force)
    console.say("cli.keys.requested", file=str(out))


@app.command("import-certificate", help=both("cli.keys.import.help"))
def import_certificate(
    context: typer.Context,
    name: NameArgument,
    chain: Annotated[Path, typer.Argument(metavar="FILE", help=both("cli.option.chain"))],
) -> None:
    """Take the certificate that an authority issued."""
    console = console_of(context)
    pem = read_bounded(chain).decode(errors="replace")
    with _custody(console) as (custody, _):
        leaf = custody.import_certificate(name, chain_pem=pem, actor=machine_operator())
    until = f"{in_china(leaf.not_valid_after_utc):%Y-%m-%d}"
    console.say("cli.keys.certified", key=name, date=until)


@app.command("list", help=both("cli.keys.list.help"))
def list_keys(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=both("cli.option.json"))] = False,
) -> None:
    """List the keys, with the end of their certificates."""
    console = console_of(context)
    with _custody(console) as (custody, services):
        now = services.clock.now()
        rows = [_row(kept, _days(kept, now)) for kept in custody.all_keys()]
        unfinished = custody.unfinished()
    if as_json:
        console.say_json(rows)
    else:
        _print_keys(rows, console)
    for event in unfinished:
        action = console.text(f"word.key-action.{event.action}")
        console.note("cli.keys.unfinished", key=event.key_name, action=action)


@app.command("rotate", help=both("cli.keys.rotate.help"))
def rotate(
    context: typer.Context,
    name: NameArgument,
    new_name: Annotated[str, typer.Argument(metavar="NEW", help=both("cli.option.new-key"))],
) -> None:
    """Make the successor of a key."""
    console = console_of(context)
    with _custody(console) as (custody, _):
        key = custody.rotate(name, new_name=new_name, actor=machine_operator())
    console.say("cli.keys.rotated", old=name, key=key.name)
    console.note("cli.keys.generate.next", key=key.name)


@app.command("destroy", help=both("cli.keys.destroy.help"))
def destroy(
    context: typer.Context,
    name: NameArgument,
    *,
    confirmation: Annotated[str, typer.Option("--confirm", help=both("cli.option.confirm-key"))],
    reason: Annotated[str, typer.Option("--reason", help=both("cli.option.reason"))],
) -> None:
    """Destroy a key for ever."""
    console = console_of(context)
    with _custody(console) as (custody, _):
        custody.destroy(name, confirmation=confirmation, reason=reason, actor=machine_operator())
    console.say("cli.keys.destroyed", key=name)


def _days(kept: KeptKey, now: Any) -> int | None:  # noqa: ANN401  an instant
    return (kept.certificate.not_valid_after_utc - now).days if kept.certificate else None


def _row(kept: KeptKey, days: int | None) -> dict[str, Any]:
    if kept.is_destroyed:
        state = "destroyed"
    elif days is None:
        state = "without-certificate"
    elif days < 0:
        state = "expired"
    else:
        state = "expires-soon" if days < _SOON.days else "fine"
    until = kept.certificate.not_valid_after_utc.isoformat() if kept.certificate else None
    return {
        "name": kept.key.name,
        "algorithm": kept.key.algorithm,
        "provider": kept.key.uri.partition(":")[0],
        "made_at": kept.key.made_at.isoformat(),
        "made_by": kept.key.made_by,
        "ceremony": kept.key.ceremony_sha256,
        "certificate_until": until,
        "days_left": days,
        "successor": kept.successor or None,
        "state": state,
    }


def _print_keys(rows: list[dict[str, Any]], console: Console) -> None:
    """Print two lines a key, its state first: names are long, and terminals narrow."""
    if not rows:
        console.note("cli.keys.none")
    for row in rows:
        state = console.text(f"word.key-state.{row['state']}", days=row["days_left"] or 0)
        if row["successor"]:
            state += console.text("cli.keys.replaced-by", key=row["successor"])
        facts = {
            "algorithm": row["algorithm"],
            "until": (row["certificate_until"] or "-")[:10],
            "provider": row["provider"],
            "made": console.text(f"word.key-made.{'ceremony' if row['ceremony'] else 'alone'}"),
        }
        labelled = (f"{console.text(f'cli.keys.{name}')} {value}" for name, value in facts.items())
        console.out.print(f"{row['name']}: {state}")
        console.out.print(f"  {' · '.join(labelled)}")
