"""What a command knows of its call: the installation, who acts, the language, the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from api.cli.console import Console, console_of
from api.cli.installation import installation
from api.cli.staff_log_in import acting_staff
from api.shared.calls import Call


@dataclass(frozen=True, kw_only=True)
class CommandCall(Call):
    """What is known of a command that somebody runs."""

    console: Console
    """Where it speaks."""


@contextmanager
def acting(context: typer.Context, login: str) -> Iterator[CommandCall]:
    """Open the installation for a member of staff, who logs in for this command alone.

    Args:
        context: What the command was run with.
        login: Their name; empty if a token says who they are.

    Raises:
        NotInitialisedError: there is no installation.
        LogInNamelessError: neither a name nor a token was given.
        UnauthenticatedError: why nobody is let in, by its own code.
    """
    console = console_of(context)
    with installation() as services:
        yield CommandCall(
            services=services,
            visitor=acting_staff(services, console, login),
            language=console.language,
            console=console,
        )
