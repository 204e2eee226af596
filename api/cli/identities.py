"""`certsvc identities`: which member of staff is who at the identity platform."""

from typing import Annotated

import typer

from api.cli.console import both, console_of
from api.cli.installation import installation, machine_operator
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.foundation.settings import Settings
from certsvc.people.oidc.rules import PlatformUnsetError
from certsvc.people.oidc.service import PURPOSE, link_identity, list_identities, unlink_identity

app = typer.Typer(no_args_is_help=True)
LoginArgument = Annotated[
    str, typer.Argument(metavar="LOGIN", help=both("cli.identities.option.login"))
]


@app.command("add", help=both("cli.identities.add.help"))
def add(
    context: typer.Context,
    login: LoginArgument,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help=both("cli.identities.option.subject"))
    ],
) -> None:
    """Link an account to the platform that the settings name."""
    with installation() as services:
        require_current_schema(services.database)
        issuer = _issuer_of(services.settings)
        with services.database.transaction() as session:
            link_identity(
                session,
                issuer=issuer,
                subject=subject,
                login=login,
                key=services.log_in_secret.key_for(PURPOSE),
                actor=machine_operator(),
                now=services.clock.now(),
            )
    console_of(context).say("cli.identities.added", login=login)


@app.command("list", help=both("cli.identities.list.help"))
def list_all(context: typer.Context) -> None:
    """List the linked accounts."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.reading() as session:
            found = list_identities(session, actor=machine_operator())
    for identity in found:
        console.out.print(f"{identity.login}  {identity.subject}  {identity.issuer}")
    if not found:
        console.say("cli.identities.none")


@app.command("remove", help=both("cli.identities.remove.help"))
def remove(context: typer.Context, login: LoginArgument) -> None:
    """Remove the link of an account."""
    with installation() as services:
        require_current_schema(services.database)
        issuer = _issuer_of(services.settings)
        with services.database.transaction() as session:
            unlink_identity(
                session,
                issuer=issuer,
                login=login,
                key=services.log_in_secret.key_for(PURPOSE),
                actor=machine_operator(),
                now=services.clock.now(),
            )
    console_of(context).say("cli.identities.removed", login=login)


def _issuer_of(settings: Settings) -> str:
    if not settings.oidc_issuer:
        raise PlatformUnsetError
    return settings.oidc_issuer
