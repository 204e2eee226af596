"""Opening the installation that the command works on."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.cli.errors import NotInitialisedError
from certsvc.bootstrap import Services
from certsvc.foundation.settings import SETTINGS_FILE, Settings, read_settings
from certsvc.people.rights.rules import Actor, Role

_HOME, _MODE, _DEFAULT_HOME = "CERTSVC_HOME", "CERTSVC_MODE", "var"


def home_folder() -> Path:
    """Return the folder of the installation, whether there is one or not."""
    return Path(os.environ.get(_HOME) or _DEFAULT_HOME)


def is_initialised() -> bool:
    """Tell whether somebody set this installation up: by a file, or by variables."""
    return (home_folder() / SETTINGS_FILE).exists() or _MODE in os.environ


def installed_settings() -> Settings:
    """Read the settings of the installation.

    Raises:
        NotInitialisedError: there is no installation.
        SettingsInvalidError: a setting is wrong.
    """
    if not is_initialised():
        raise NotInitialisedError(home=str(home_folder()))
    return read_settings(home_folder())


def served_at(settings: Settings, address: str) -> Settings:
    """Let QR codes lead to the address that is served, unless a setting says where they lead."""
    if "public_url" in settings.model_fields_set:
        return settings
    return read_settings(settings.home, public_url=address)


@contextmanager
def opened(settings: Settings) -> Iterator[Services]:
    """Open an installation and close it afterwards; what it records is delivered meanwhile."""
    services = Services(settings)
    delivery = services.prompt_delivery()
    try:
        yield services
    finally:
        delivery.close()
        services.close()


@contextmanager
def installation() -> Iterator[Services]:
    """Open the installation that is set up.

    Raises:
        NotInitialisedError: there is none.
        SettingsInvalidError: a setting is wrong.
    """
    with opened(installed_settings()) as services:
        yield services


def machine_operator() -> Actor:
    """Return the user who runs the command on this machine, as events name them."""
    # The account of the process; variables like LOGNAME can say anything.
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return Actor(id=f"machine:{user}"[:80], name=user, roles=frozenset({Role.MACHINE_OPERATOR}))
