"""How much of the tests a run is: what every change has to pass, or all of it (`--all`).

Without `--all` a run leaves out what is marked `@pytest.mark.heavy("why")`: the same checks at
another size, which a smaller test makes in every run; and properties are tried with a quarter of
their examples.
"""

import pytest
from hypothesis import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be a full one."""
    parser.addoption(
        "--all",
        action="store_true",
        help="everything on both engines, and the tests that are marked heavy",
    )


_EXAMPLES_SPARED = 4
_full_run = False


def examples(count: int) -> int:
    """How many of so many examples hypothesis tries in this run."""
    return count if _full_run else count // _EXAMPLES_SPARED


def is_full_run() -> bool:
    """Whether this run is everything (`--all`)."""
    return _full_run


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker, and note what the run is before a module of tests asks."""
    global _full_run  # noqa: PLW0603  a decorator has no other way to ask
    _full_run = config.getoption("all")
    # Of properties that do not say how many; hypothesis tries a hundred.
    settings.register_profile("extent", settings.default, max_examples=examples(100))
    settings.load_profile("extent")
    config.addinivalue_line(
        "markers", "heavy(reason): runs with --all alone; says what smaller test runs always"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is heavy, unless the run is a full one."""
    if config.getoption("all"):
        return
    heavy = [item for item in items if item.get_closest_marker("heavy")]
    if heavy:
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if not item.get_closest_marker("heavy")]
