"""`certsvc init`: make an installation, or a demonstration."""

from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.errors import HomeUnusableError, NotDemonstrationError
from api.cli.installation import home_folder, installed_settings, opened, served_at
from certsvc.bootstrap import Services
from certsvc.demonstration.world import world_steps, write_demonstration_settings
from certsvc.foundation.db.migrate import migrate
from certsvc.foundation.settings import Settings


def init(
    context: typer.Context,
    *,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help=both("cli.option.demonstration"))
    ] = False,
) -> None:
    """Make the installation's folder and database; with `--demonstration` everything else too."""
    console = console_of(context)
    settings = demonstration_settings() if demonstration else installed_settings()
    with opened(settings) as services:
        if demonstration:
            make_world(services, console)
        else:
            migrate(services.database, services.hidden_keys.hide)
            services.store.check()
    console.say("cli.init.done", home=str(settings.home))
    console.note("cli.init.next")


def demonstration_settings(address: str | None = None) -> Settings:
    """Return the settings of a demonstration, written if there are none.

    Args:
        address: Where it is served: there QR codes lead, unless a setting says otherwise.

    Raises:
        HomeUnusableError: the folder cannot be written.
        NotDemonstrationError: there is an installation of another kind.
    """
    home = home_folder()
    try:
        write_demonstration_settings(home)
    except OSError as error:
        raise HomeUnusableError(home=str(home)) from error
    settings = installed_settings()
    if settings.mode != "demonstration":
        raise NotDemonstrationError(home=str(home))
    return settings if address is None else served_at(settings, address)


def make_world(services: Services, console: Console) -> None:
    """Make the demonstration's district, seals and sources, telling each part."""
    try:
        for step in world_steps(services):
            step.run()
            console.err.print(f"  ✓ {console.text(step.code)}")
    except OSError as error:
        raise HomeUnusableError(home=str(services.settings.home)) from error
