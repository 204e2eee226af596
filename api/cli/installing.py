"""`certsvc init`: make an installation, or a demonstration."""

from typing import Annotated

import typer

from api.cli.errors import HomeUnusableError, NotDemonstrationError
from api.cli.installation import home_folder, installed_settings, opened
from api.cli.speaker import Speaker, both, speaker_of
from certsvc.bootstrap import Services
from certsvc.db.migrate import migrate
from certsvc.demonstration.world import world_steps, write_demonstration_settings
from certsvc.settings import Settings, read_settings


def init(
    context: typer.Context,
    *,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help=both("cli.option.demonstration"))
    ] = False,
) -> None:
    """Make the installation's folder and database; with `--demonstration` everything else too."""
    speaker = speaker_of(context)
    settings = demonstration_settings() if demonstration else installed_settings()
    with opened(settings) as services:
        if demonstration:
            make_world(services, speaker)
        else:
            migrate(services.database)
            services.store.check()
    speaker.say("cli.init.done", home=str(settings.home))
    speaker.note("cli.init.next")


def demonstration_settings(served_at: str | None = None) -> Settings:
    """Return the settings of a demonstration, written if there are none.

    Args:
        served_at: The address that it is served at: there QR codes lead, unless a setting says
            otherwise.

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
    if served_at is not None and "public_url" not in settings.model_fields_set:
        return read_settings(home, public_url=served_at)
    return settings


def make_world(services: Services, speaker: Speaker) -> None:
    """Make the demonstration's district, seals and sources, telling each part."""
    try:
        for step in world_steps(services):
            step.run()
            speaker.err.print(f"  ✓ {speaker.text(step.code)}")
    except OSError as error:
        raise HomeUnusableError(home=str(services.settings.home)) from error
