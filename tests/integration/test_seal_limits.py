"""Hours, counts and the end of the certificate; exact when two hundred come at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from certsvc.evidence.sources.errors import SourceSlowError
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.records import EventRecord
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.errors import (
    SealCertificateEndingError,
    SealCertificateExpiredError,
    SealLimitReachedError,
    SealNotInUseError,
)
from certsvc.sealing.register.history import find_change_at, state_at
from certsvc.sealing.register.limits import stop_due_seals
from certsvc.sealing.register.records import Seal, SealAuthorisation, SealChange, SealUse
from certsvc.sealing.register.rules import SealAction, SealState, StopReasonCode
from certsvc.sealing.register.scope_rules import OutsideScopeError
from certsvc.sealing.register.versions import signing_certificates
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def state(world: World) -> SealState | None:
    with world.services.database.reading() as session:
        return state_at(session, SEAL, world.clock.now())


def last_change(world: World) -> SealChange:
    with world.services.database.reading() as session:
        change = find_change_at(session, SEAL, world.clock.now())
    assert change is not None
    return change


class TestCounts:
    def test_of_two_hundred_at_once_exactly_the_ten_that_are_left_seal(self, world: World) -> None:
        world.rescope_seal(SEAL, total_limit=12)
        for purpose in ("第一", "第二"):
            world.issue(purpose=purpose)
        actor = world.staff("clerk.wang")

        def ask(number: int) -> str:
            request = world.request(purpose=f"第 {number} 份", idempotency_key=f"many-{number}")
            while True:
                try:
                    world.services.issuer.issue(request, actor=actor)
                except SourceSlowError:
                    continue  # so many ask at once; this is about the seal, so they ask again
                except CertsvcError as refused:
                    return refused.code
                return "sealed"

        with ThreadPoolExecutor(40) as threads:
            answers = Counter(threads.map(ask, range(200)))
        assert answers["sealed"] == 10, answers
        del answers["sealed"]
        assert set(answers) <= {SealLimitReachedError.code, SealNotInUseError.code}
        assert answers.total() == 190
        with world.services.database.reading() as session:
            numbers = session.scalars(select(SealAuthorisation.number)).all()
            events = session.execute(
                select(SealUse.event, func.count()).group_by(SealUse.event)
            ).all()
        assert sorted(numbers) == list(range(1, 13))
        assert dict(map(tuple, events)) == {"intended": 12, "sealed": 12}
        assert state(world) is SealState.STOPPED

    def test_at_its_total_limit_the_system_stops_the_seal(self, world: World) -> None:
        world.rescope_seal(SEAL, total_limit=1)
        world.issue()
        stopped = last_change(world)
        assert (stopped.action, stopped.reason) == ("stop", StopReasonCode.TOTAL_LIMIT.value)
        assert (stopped.proposal, stopped.proposed_by) == (None, "system")
        with world.services.database.reading() as session:
            entry = session.scalars(
                select(EventRecord).where(EventRecord.kind == "seal.stopped-by-system")
            ).one()
        assert (entry.actor, entry.subject, entry.details["reason_code"]) == (
            "system",
            SEAL,
            "total_limit",
        )
        with pytest.raises(SealNotInUseError):
            world.issue(purpose="再次")
        with pytest.raises(SealLimitReachedError):
            world.change_seal(SealAction.ENABLE)
        world.rescope_seal(SEAL, total_limit=2)
        world.change_seal(SealAction.ENABLE)
        assert world.issue(purpose="再次").sha256

    def test_a_limit_below_what_was_used_stops_at_the_next_use(self, world: World) -> None:
        world.issue()
        world.rescope_seal(SEAL, total_limit=1)
        with pytest.raises(SealLimitReachedError) as refused:
            world.issue(purpose="再次")
        assert refused.value.params["reason"] == "total"
        assert state(world) is SealState.STOPPED

    def test_a_daily_limit_waits_for_the_next_day_in_china(self, world: World) -> None:
        world.rescope_seal(SEAL, daily_limit=1)
        world.issue()
        with pytest.raises(SealLimitReachedError) as refused:
            world.issue(purpose="再次")
        assert refused.value.params["reason"] == "day"
        world.clock.advance(timedelta(hours=13, minutes=59))
        with pytest.raises(SealLimitReachedError):
            world.issue(purpose="再次")
        world.clock.advance(timedelta(minutes=1))
        assert world.issue(purpose="再次").sha256
        assert state(world) is SealState.IN_USE

    def test_a_waiting_proposal_outlives_a_stop_by_the_system(self, world: World) -> None:
        world.rescope_seal(SEAL, total_limit=1)
        with world.services.database.transaction() as session:
            change = propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.CANCEL,
                reason="作废",
                actor=world.staff("seal.zhao"),
                now=NOW,
            )
        world.issue()
        assert state(world) is SealState.STOPPED
        with world.services.database.transaction() as session:
            approver = world.staff("seal.qian")
            world.approve(
                session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW
            )
        assert state(world) is SealState.CANCELLED


class TestHours:
    @pytest.mark.parametrize(
        ("hours", "is_open"),
        [
            ("6 10:00-10:01", True),
            ("6 09:00-10:00", False),
            ("1-5 00:00-24:00", False),
            ("1-5 08:30-17:30； 6-7 09：00-12：00", True),
            ("7 00:00-24:00", False),
        ],
    )
    def test_outside_its_hours_it_is_refused(
        self, world: World, hours: str, *, is_open: bool
    ) -> None:
        # It is ten o'clock on a Saturday in China.
        world.rescope_seal(SEAL, service_hours=hours)
        if is_open:
            assert world.issue().sha256
            return
        with pytest.raises(OutsideScopeError) as refused:
            world.issue()
        assert refused.value.params["reason"] == "hours"


class TestEndOfTheCertificate:
    @pytest.mark.parametrize("days", [30, 90, 0])
    def test_the_system_stops_it_as_many_days_before_as_is_set(
        self, world: World, days: int
    ) -> None:
        world.rescope_seal(SEAL, stop_before_days=days, total_limit=100)
        with world.services.database.reading() as session:
            ends_at = signing_certificates(session.get_one(Seal, SEAL))[0].not_valid_after_utc
        world.clock.advance(ends_at - days * DAY - timedelta(minutes=1) - NOW)
        with world.services.database.transaction() as session:
            assert stop_due_seals(session, now=world.clock.now()).get(SEAL) is None
        world.clock.advance(timedelta(minutes=2))
        with world.services.database.transaction() as session:
            stopped = stop_due_seals(session, now=world.clock.now())
        assert stopped[SEAL] is StopReasonCode.CERTIFICATE_ENDING
        assert last_change(world).proposed_by == "system"
        with pytest.raises((SealCertificateEndingError, SealCertificateExpiredError)):
            world.change_seal(SealAction.ENABLE)

    def test_a_use_in_its_last_days_is_refused_and_stops_it(self, world: World) -> None:
        world.rescope_seal(SEAL, stop_before_days=365)
        world.clock.advance(YEAR + timedelta(minutes=1))
        with pytest.raises(SealCertificateEndingError) as refused:
            world.issue()
        assert refused.value.params["days"] == 365
        assert state(world) is SealState.STOPPED
