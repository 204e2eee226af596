"""A clock that goes back undoes nothing that was decided about a seal."""

from datetime import timedelta

import pytest

from certsvc.catalogue.routes import Route
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.sealing.register.errors import ClockBehindError, SealNotInUseError
from certsvc.sealing.register.history import find_change_at, get_state_in_force
from certsvc.sealing.register.limits import stop_due_seals
from certsvc.sealing.register.rules import SealAction, SealState
from certsvc.sealing.register.service import SealPurpose, get_seal_for
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
HOUR = timedelta(hours=1)
PURPOSE = SealPurpose(
    route=Route.DATA_SHARING, type_code="social-insurance", unit_code="11990101MB0000001X"
)


def test_a_cancelled_seal_stays_cancelled(world: World) -> None:
    world.clock.advance(HOUR)
    world.change_seal(SealAction.STOP)
    world.clock.advance(HOUR)
    world.change_seal(SealAction.CANCEL)
    world.clock.advance(-HOUR)
    with pytest.raises(TransitionRefusedError):
        world.change_seal(SealAction.ENABLE)


def test_a_stopped_seal_is_not_used(world: World) -> None:
    with world.services.database.reading() as session:
        assert get_seal_for(session, PURPOSE, now=NOW).id == SEAL
    world.clock.advance(HOUR)
    world.change_seal(SealAction.STOP)
    with (
        world.services.database.reading() as session,
        pytest.raises(SealNotInUseError),
    ):
        get_seal_for(session, PURPOSE, now=NOW)


@pytest.mark.both_engines
def test_no_approval_is_dated_before_the_last_one(world: World) -> None:
    world.clock.advance(HOUR)
    world.change_seal(SealAction.STOP)
    world.clock.advance(-HOUR)
    with pytest.raises(ClockBehindError):
        world.change_seal(SealAction.ENABLE)


def test_a_stop_by_the_system_comes_after_the_last_change(world: World) -> None:
    world.issue()
    world.clock.advance(HOUR)
    world.rescope_seal(SEAL, total_limit=1)
    with world.services.database.transaction() as session:
        assert SEAL in stop_due_seals(session, now=NOW)
    with world.services.database.reading() as session:
        change = find_change_at(session, SEAL, NOW + HOUR)
        assert get_state_in_force(session, SEAL) is SealState.STOPPED
    assert change is not None
    assert (change.action, change.approved_at) == ("stop", NOW + HOUR)
