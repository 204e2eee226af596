"""The chores: done without anybody asking, each on its own, also by several at once."""

import threading
from datetime import timedelta
from threading import Event

from sqlalchemy import func, select

from certsvc.foundation.jobs.rules import Lane
from certsvc.housekeeping.kinds import JobListeners
from certsvc.people.accounts.records import LogIn
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.rules import SealState, StopReasonCode
from certsvc.sealing.register.versions import signing_certificates
from tests.support.world import World

SEAL = "data-sharing-seal"


class Household:
    """What does the chores, with what it told."""

    def __init__(self, world: World, *, fails: bool = False) -> None:
        self._fails = fails
        self.stopped: dict[str, StopReasonCode] = {}
        self.told = Event()
        self.defects: list[str] = []
        listeners = JobListeners(
            on_stopped=self._stopped,
            on_failure=lambda error: self.defects.append(type(error).__name__),
        )
        self.worker = world.services.job_worker(listeners, (Lane.TIMER, Lane.CHORE))

    def _stopped(self, stopped: dict[str, StopReasonCode]) -> None:
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
    household.worker.run_chores()
    assert (household.stopped, state(world)) == ({}, SealState.IN_USE)
    go_near_the_end(world)
    household.worker.run_chores()
    assert household.stopped[SEAL] is StopReasonCode.CERTIFICATE_ENDING
    assert state(world) is SealState.STOPPED
    Household(world).worker.run_chores()
    with world.services.database.reading() as session:
        of_system = select(func.count()).where(
            SealChange.stop_reason_code.is_not(None), SealChange.seal_id == SEAL
        )
        assert session.scalar(of_system) == 1, "another one finds nothing left to do"
    assert household.defects == []


def test_what_has_run_out_is_forgotten(sqlite_world: World) -> None:
    world = sqlite_world
    world.holder()
    world.clock.advance(timedelta(days=2))
    household = Household(world)
    household.worker.run_chores()
    with world.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LogIn)) == 0
    assert household.defects == []


def test_a_chore_that_fails_leaves_the_others_done(sqlite_world: World) -> None:
    world = sqlite_world
    world.holder()
    go_near_the_end(world)
    household = Household(world, fails=True)
    household.worker.run_chores()
    assert household.defects == ["RuntimeError"]
    with world.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LogIn)) == 0
    assert state(world) is SealState.STOPPED


def test_it_goes_on_by_itself_until_it_is_closed(sqlite_world: World) -> None:
    world = sqlite_world
    go_near_the_end(world)
    household = Household(world)
    household.worker.start()
    assert household.told.wait(60), "new chores are due at once"
    household.worker.close(patience_s=60)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("jobs-")]
