"""A demonstration that is served in a process of its own, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served_site import Site, serve_site


@pytest.fixture(scope="module")
def served(command_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demonstration at an address of its own, with two systems registered."""
    with serve_site(command_template, tmp_path_factory.mktemp("examples")) as site:
        yield site
