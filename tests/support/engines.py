"""The database engines that the tests run on.

What asks for `engine`, `world`, `visitor` or `empty_database` runs on SQLite. Where the SQL differs
it runs on PostgreSQL too: modules named in `both_engines.txt`, and tests marked
`@pytest.mark.both_engines`. `--all` runs everything on both; `--engine=sqlite` (or `postgresql`)
runs all of it on that one alone.
"""

from functools import cache
from pathlib import Path

import pytest

ENGINES = ("sqlite", "postgresql")
_ON_BOTH = Path(__file__).with_name("both_engines.txt")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose its engines."""
    parser.addoption(
        "--engine",
        choices=ENGINES,
        help="the one database engine of all tests that run on either",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Describe the markers."""
    for line in (
        "both_engines: its SQL differs from engine to engine, or it goes once through an area",
        "only_on(engine, reason): the test is about that engine, for this reason",
    ):
        config.addinivalue_line("markers", line)


@cache
def modules_on_both() -> dict[str, str]:
    """Return the modules whose tests always run on both engines, with the reason for each."""
    found = {}
    for line in _ON_BOTH.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            module, reason = line.split(maxsplit=1)
            found[module] = reason
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once on each engine that the run and the test are for."""
    if "engine" not in metafunc.fixturenames:
        return
    only = metafunc.definition.get_closest_marker("only_on")
    fit = only.args[:1] if only else ENGINES
    # What is about one engine runs on that one in any case, as `sqlite_world` does.
    names = [name for name in fit if name in _wanted(metafunc)] or list(fit)
    metafunc.parametrize("engine", names, indirect=True, scope="session")


def _wanted(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    config, test = metafunc.config, metafunc.definition
    if chosen := config.getoption("engine"):
        return (str(chosen),)
    module = test.path.relative_to(config.rootpath).as_posix()
    on_both = test.get_closest_marker("both_engines") or module in modules_on_both()
    return ENGINES if on_both or config.getoption("all") else ENGINES[:1]


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on, first one and then the other."""
    return str(request.param)
