"""The chores: done without anybody asking, each on its own, also by several at once."""

import threading
from datetime import timedelta
from threading import Event

from sqlalchemy import func, select

from certsvc.housekeeping import Housekeeper
from certsvc.people.accounts.records import LogIn
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.rules import SYSTEM, SealState, StopGround
from certsvc.sealing.register.versions import signing_certificates
from tests.support.world import World

SEAL = "data-sharing-seal"


class Household:
    """A housekeeper, with what it told."""

    def __init__(self, world: World, *, fails: bool = False) -> None:
        self._fails = fails
        self.stopped: dict[str, StopGround] = {}
        self.told = Event()
        self.defects: list[str] = []
        services = world.services
        self.keeper = Housekeeper(
            database=services.database,
            clock=world.clock,
            recovery=services.recovery,
            deliver=services.deliverer.deliver,
            on_stopped=self._stopped,
            on_defect=lambda error: self.defects.append(type(error).__name__),
        )

    def _stopped(self, stopped: dict[str, StopGround]) -> None:
        if self._fails:
            raise RuntimeError
        self.stopped |= stopped
        self.told.set()


def go_near_the_end(world: World) -> None:
    """Let the clock go to the last days of the seal's certificate."""
    with world.services.database.reading() as session:
        ends_at = signing_certificates(session.get_one(Seal, SEAL))[0].not_valid_after_utc
    world.clock.advance(ends_at - timedelta(days=3) - world.clock.now())


def state(world: World) -> SealState | None:
    with world.services.database.reading() as session:
        return state_at(session, SEAL, world.clock.now())


def test_a_seal_stops_near_its_end_although_nobody_uses_it(world: World) -> None:
    household = Household(world)
    household.keeper.tick()
    assert (household.stopped, state(world)) == ({}, SealState.IN_USE)
    go_near_the_end(world)
    household.keeper.tick()
    assert household.stopped[SEAL] is StopGround.CERTIFICATE_ENDING
    assert state(world) is SealState.STOPPED
    Household(world).keeper.tick()
    with world.services.database.reading() as session:
        of_system = select(func.count()).where(
            SealChange.proposed_by == SYSTEM, SealChange.seal_id == SEAL
        )
        assert session.scalar(of_system) == 1, "another one finds nothing left to do"
    assert household.defects == []


def test_what_has_run_out_is_forgotten(sqlite_world: World) -> None:
    world = sqlite_world
    world.holder()
    world.clock.advance(timedelta(days=2))
    household = Household(world)
    household.keeper.tick()
    with world.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LogIn)) == 0
    assert household.defects == []


def test_a_chore_that_fails_leaves_the_others_done(sqlite_world: World) -> None:
    world = sqlite_world
    world.holder()
    go_near_the_end(world)
    household = Household(world, fails=True)
    household.keeper.tick()
    assert household.defects == ["RuntimeError"]
    with world.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LogIn)) == 0
    assert state(world) is SealState.STOPPED


def test_it_goes_on_by_itself_until_it_is_closed(sqlite_world: World) -> None:
    world = sqlite_world
    go_near_the_end(world)
    household = Household(world)
    household.keeper.start(every_s=0.01)
    assert household.told.wait(60), "the thread does what tick does"
    household.keeper.close()
    assert "housekeeper" not in {thread.name for thread in threading.enumerate()}
