"""`certsvc clients`: the systems that use the interface for their units."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import both, console_of
from api.cli.installation import installation, machine_operator
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.people.clients.rules import OVERLAP
from certsvc.people.clients.service import (
    NewClient,
    add_client,
    disable_client,
    list_clients,
    rotate_secret,
)

app = typer.Typer(no_args_is_help=True)
ClientArgument = Annotated[
    str, typer.Argument(metavar="CLIENT", help=both("cli.clients.option.client"))
]


@app.command("add", help=both("cli.clients.add.help"))
def add(
    context: typer.Context,
    client: ClientArgument,
    *,
    unit: Annotated[str, typer.Option("--unit", help=both("cli.clients.option.unit"))],
    scope: Annotated[list[str], typer.Option("--scope", help=both("cli.clients.option.scope"))],
    matter: Annotated[
        list[str] | None, typer.Option("--matter", help=both("cli.clients.option.matter"))
    ] = None,
    title: Annotated[str, typer.Option("--title", help=both("cli.clients.option.title"))] = "",
) -> None:
    """Register a system; the secret alone goes to standard output."""
    console = console_of(context)
    new = NewClient(
        id=client,
        title=title or client,
        unit_code=unit,
        scopes=frozenset(scope),
        matters=frozenset(matter) if matter else None,
    )
    with installation() as services:
        require_current_schema(services.database)
        with services.database.transaction() as session:
            secret = add_client(session, new, actor=machine_operator(), now=services.clock.now())
    console.note("cli.clients.added", client=client)
    console.out.print(secret)


@app.command("list", help=both("cli.clients.list.help"))
def list_all(context: typer.Context) -> None:
    """List the register."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.reading() as session:
            clients = list_clients(session, actor=machine_operator())
    if not clients:
        console.say("cli.clients.none")
        return
    table = Table(
        *(
            console.text(f"cli.clients.column.{name}")
            for name in ("client", "title", "unit", "scopes", "matters", "state")
        )
    )
    for each in clients:
        state = "enabled" if each.disabled_at is None else "disabled"
        word = console.text(f"cli.clients.state.{state}")
        everything = console.text("cli.clients.all-matters")
        matters = everything if each.matters is None else " ".join(each.matters)
        scopes = " ".join(each.scopes)
        table.add_row(each.id, each.title, each.unit_code, scopes, matters, word)
    console.out.print(table)


@app.command("rotate", help=both("cli.clients.rotate.help"))
def rotate(
    context: typer.Context,
    client: ClientArgument,
    *,
    overlap_days: Annotated[
        int,
        typer.Option("--overlap-days", min=0, max=90, help=both("cli.clients.option.overlap-days")),
    ] = OVERLAP.days,
) -> None:
    """Give a system a new secret; the secret alone goes to standard output."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.transaction() as session:
            secret = rotate_secret(
                session,
                client,
                actor=machine_operator(),
                now=services.clock.now(),
                overlap=timedelta(days=overlap_days),
            )
    console.note("cli.clients.rotated", client=client, days=overlap_days)
    console.out.print(secret)


@app.command("disable", help=both("cli.clients.disable.help"))
def disable(context: typer.Context, client: ClientArgument) -> None:
    """Disable a system."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.transaction() as session:
            disable_client(session, client, actor=machine_operator(), now=services.clock.now())
    console.say("cli.clients.disabled", client=client)
