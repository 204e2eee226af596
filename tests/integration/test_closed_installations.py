"""An installation that was closed is let go, whatever was done with it."""

import gc
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from certsvc.bootstrap import Services
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.waking import PromptDelivery
from tests.support.command import run_command
from tests.support.visitors import Visitor
from tests.support.world import NOW, World, make_world

_HELD = (Services, Database)
_TIMES = 5


def _open(world: World) -> None:
    assert world.check_log() >= 0


def _issue(world: World) -> None:
    world.issue()


def _follow_commits(world: World) -> None:
    delivery = PromptDelivery(world.services.database, world.services.deliverer.deliver)
    world.issue()
    delivery.close()


def _visit(world: World) -> None:
    visitor = Visitor(world)
    visitor.enter("clerk.wang")
    assert visitor.client.get("/").status_code == 200
    visitor.client.close()


def _command(world: World) -> None:
    assert run_command(world.home, "db", "status").code == 0


@pytest.mark.parametrize("use", [_open, _issue, _follow_commits, _visit, _command])
def test_nothing_holds_a_closed_installation(
    sqlite_template: Path, tmp_path: Path, use: Callable[[World], None]
) -> None:
    def once() -> None:
        home = tmp_path / "home"
        shutil.copytree(sqlite_template, home)
        world = make_world(home, "", FixedClock(NOW))
        use(world)
        world.services.close()
        shutil.rmtree(home)

    once()  # what a process keeps for good, it keeps of the first
    before = _alive()
    for _ in range(_TIMES):
        once()
    assert _alive() - before == Counter()


def _alive() -> Counter[type]:
    gc.collect()
    return Counter(type(thing) for thing in gc.get_objects() if type(thing) in _HELD)
