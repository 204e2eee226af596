"""The database engines that the tests run on.

What asks for `engine`, `world`, `visitor` or `empty_database` runs on both; `--engine=sqlite` (or
`postgresql`) runs all of it on that one alone, in half the time.
"""

import pytest

ENGINES = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose its engines."""
    parser.addoption(
        "--engine",
        choices=ENGINES,
        help="the database engine of the tests that run on either",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker of tests that are about one engine."""
    config.addinivalue_line(
        "markers", "only_on(engine, reason): the test is about that engine, for this reason"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once on each engine that the run and the test are for."""
    if "engine" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("engine")
    only = metafunc.definition.get_closest_marker("only_on")
    wanted = (chosen,) if chosen else ENGINES
    fit = only.args[:1] if only else ENGINES
    # What is about one engine runs on that one in any case, as `sqlite_world` does.
    names = [name for name in fit if name in wanted] or list(fit)
    metafunc.parametrize("engine", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on, first one and then the other."""
    return str(request.param)
