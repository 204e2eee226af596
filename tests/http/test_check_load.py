"""What a crowd of visitors at the pages of checks costs, and that all of it are served."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certsvc.foundation.storage.objects import parse_digest
from templates.checking_content import codes_seen
from tests.support.visitors import Visitor
from tests.support.world import World

_PAGE_BYTES = 4096
_GROWTH_MB = 40
"""A drawing left 85 MB behind."""


@pytest.fixture
def visitor(sqlite_world: World) -> Iterator[Visitor]:
    visitor = Visitor(sqlite_world)
    yield visitor
    visitor.client.close()


def resident_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES >> 20


def test_views_of_a_code_draw_its_seal_once_and_leave_nothing_behind(visitor: Visitor) -> None:
    services = visitor.world.services
    content = services.store.get(parse_digest(visitor.world.issue().sha256))
    path = f"/v/{codes_seen(content)[0].rpartition('/')[2]}"
    drawn = services.seal_credentials.pictures.drawn
    assert all("<svg xmlns" in visitor.client.get(path).text for _ in range(4))
    before = resident_mb()
    assert {visitor.client.get(path).status_code for _ in range(10)} == {200}
    assert resident_mb() - before < _GROWTH_MB
    with ThreadPoolExecutor(10) as crowd:
        answers = set(crowd.map(lambda _: visitor.client.get(path).status_code, range(10)))
    assert answers == {200}
    # Issuing has drawn it already, for the seal that went onto the paper.
    assert services.seal_credentials.pictures.drawn == drawn == 1
