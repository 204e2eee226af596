"""The database engines that the tests run on: `--engine=both`, `sqlite` or `postgresql`."""

import pytest

ENGINES = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be narrowed to one engine."""
    parser.addoption(
        "--engine",
        choices=("both", *ENGINES),
        default="both",
        help="the database engine of the tests that run on either",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever asks for `engine`, `world` or `visitor` once on each engine."""
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("engine")
        metafunc.parametrize(
            "engine", ENGINES if chosen == "both" else (chosen,), indirect=True, scope="session"
        )


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on."""
    return str(request.param)
