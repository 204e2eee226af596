"""The database engines that the tests run on.

Without `--engine`, what asks for `engine` or `world` runs on both, and what asks for
`chosen_engine`, `either_world` or `visitor` on SQLite. `--engine=postgresql` (or `sqlite`) runs all
of it on that one, `--engine=both` on both.
"""

import pytest

ENGINES = ("sqlite", "postgresql")
_FIXTURES = {"engine": ENGINES, "chosen_engine": ENGINES[:1]}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose its engines."""
    parser.addoption(
        "--engine",
        choices=("both", *ENGINES),
        help="the database engine of the tests that run on either",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker of tests that are about one engine."""
    config.addinivalue_line(
        "markers", "only_on(engine, reason): the test is about that engine, for this reason"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once on each engine that the run and the test are for."""
    chosen = metafunc.config.getoption("engine")
    only = metafunc.definition.get_closest_marker("only_on")
    for fixture, unless_chosen in _FIXTURES.items():
        if fixture not in metafunc.fixturenames:
            continue
        wanted = {None: unless_chosen, "both": ENGINES}.get(chosen, (chosen,))
        fit = only.args[:1] if only else ENGINES
        # What is about one engine runs on that one in any case, as `sqlite_world` does.
        names = [name for name in fit if name in wanted] or list(fit)
        metafunc.parametrize(fixture, names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on, first one and then the other."""
    return str(request.param)


@pytest.fixture(scope="session")
def chosen_engine(request: pytest.FixtureRequest) -> str:
    """The engine that the run chose."""
    return str(request.param)
