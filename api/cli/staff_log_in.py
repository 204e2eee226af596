"""Log-in at the command line, for commands that a member of staff must give.

- Two people at one terminal log in one after the other; no log-in outlives its command.
- A password is typed unseen, or is the first line of standard input where there is no terminal;
  it is never an argument, which every other process could read.
"""

import os
from typing import Annotated

import typer

from api.cli.console import Console, both
from api.cli.errors import LogInNamelessError
from api.cli.secrets import read_password
from certsvc.bootstrap import Services
from certsvc.foundation.clock import in_china
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.people.accounts.origins import Origin
from certsvc.people.accounts.service import BegunLogIn, authenticate, log_in, log_out
from certsvc.people.rights.rules import Actor

TOKEN_VARIABLE = "CERTSVC_TOKEN"  # noqa: S105  the name of a variable
StaffOption = Annotated[str, typer.Option("--as", help=both("cli.option.as"))]


def acting_staff(services: Services, console: Console, login: str) -> Actor:
    """Find out who acts: by the token of a log-in at the service, or by name and password.

    Raises:
        LogInNamelessError: neither a name nor a token was given.
        NotLoggedInError: the token is unknown or has expired.
        LogInRefusedError: name and password do not belong together.
        LogInLockedError: the name is locked after too many failures.
    """
    require_current_schema(services.database)
    now = services.clock.now()
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not login and token:
        with services.database.reading() as session:
            return authenticate(session, token=token, now=now)
    if not login:
        raise LogInNamelessError
    begun = log_in(
        services.database,
        secret=services.log_in_secret,
        name=login,
        password=read_password(console, login),
        now=now,
        origin=Origin(is_this_machine=True),
    )
    _tell_tried_in_vain(begun, console)
    with services.database.transaction() as session:
        actor = authenticate(session, token=begun.token, now=now)
        log_out(session, begun.token)
    return actor


def _tell_tried_in_vain(begun: BegunLogIn, console: Console) -> None:
    failed = begun.tried_in_vain
    if failed is not None:
        console.note(
            "page.log-in.tried-in-vain",
            count=failed.count,
            sources=", ".join(failed.sources),
            at=f"{in_china(failed.last_at):%Y-%m-%d %H:%M}",
        )
