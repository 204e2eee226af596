"""How much of the tests a run is: what every change has to pass, or all of it (`--all`).

Without `--all` a run leaves out what is marked `@pytest.mark.heavy("why")`: the same checks at
another size, which a smaller test makes in every run.
"""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be a full one."""
    parser.addoption(
        "--all",
        action="store_true",
        help="everything on both engines, and the tests that are marked heavy",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker."""
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
