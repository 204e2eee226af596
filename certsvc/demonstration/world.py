"""Making the demonstration installation.

Everything here can be run again: what is there is re-used. Whatever has a date follows from the
clock, so that the demonstration is never out of date.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from certsvc.bootstrap import Services
from certsvc.demonstration.district import register_district
from certsvc.demonstration.packs import put_packs_in_force
from certsvc.demonstration.pki import make_pki_and_seals
from certsvc.demonstration.source_database import create_source_database, describe_sources
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.db.migrate import migrate
from certsvc.foundation.settings import SETTINGS_FILE
from keys.whole_files import write_whole

_SETTINGS = """# Demonstration: stand-ins are allowed and announce themselves on every face.
mode = "demonstration"
"""


def write_demonstration_settings(home: Path) -> None:
    """Write the settings of a demonstration installation, unless there are settings already."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / SETTINGS_FILE
    if not path.exists():
        # Half a file would ask for production.
        with suppress(FileExistsError):
            write_whole(path, [_SETTINGS.encode()])


@dataclass(frozen=True, kw_only=True)
class WorldStep:
    """One part of making the installation."""

    code: str
    """Code of its sentence in the message catalogue."""
    run: Callable[[], None]
    """Does it; harmless when done before."""


def world_steps(services: Services) -> Iterator[WorldStep]:
    """Yield the parts of the installation in order."""
    yield WorldStep(
        code="demonstration.database",
        run=lambda: migrate(services.database, services.hidden_keys.hide),
    )
    yield WorldStep(code="demonstration.district", run=lambda: _register_district(services))
    yield WorldStep(code="demonstration.packs", run=lambda: _put_packs_in_force(services))
    yield WorldStep(code="demonstration.pki", run=lambda: _make_pki_and_seals(services))
    yield WorldStep(code="demonstration.sources", run=lambda: _connect_sources(services))


def _register_district(services: Services) -> None:
    with services.database.transaction() as session:
        register_district(session, services.pack_folder, on=_today(services))


def _put_packs_in_force(services: Services) -> None:
    with services.database.transaction() as session:
        put_packs_in_force(session, services.pack_folder, now=services.clock.now())


def _make_pki_and_seals(services: Services) -> None:
    with services.database.transaction() as session:
        make_pki_and_seals(
            session,
            services.settings.home,
            reader=services.change_desk.reader,
            now=services.clock.now(),
        )


def _connect_sources(services: Services) -> None:
    home = services.settings.home
    database = home / "example-departments.db"
    create_source_database(database, day=_today(services))
    described = describe_sources(database).encode()
    write_whole(home / "sources.toml", [described], replace=True)


def _today(services: Services) -> date:
    return services.clock.now().astimezone(CHINA_TIME).date()
