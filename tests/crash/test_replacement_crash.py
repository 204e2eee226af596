"""A process killed while it issues a new version leaves the old one in force, or the new one."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certsvc.certificates.issuance.journal import LEASE
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.recovery import RecoveryResult
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.records.changes import ChangeRequest, change_record
from certsvc.certificates.records.history import state_now
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import ReasonCode, RecordAction
from tests.crash.test_crash import kill_at
from tests.support.world import World

SOON = timedelta(minutes=1)


def states(world: World) -> list[str | None]:
    """How the versions stand, the oldest first; None for one that was never in force."""
    now = world.clock.now()
    with world.services.database.reading() as session:
        records = session.scalars(select(CertificateRecord).order_by(CertificateRecord.id)).all()
    return [state.value if (state := state_now(record, now)) else None for record in records]


def repeat(world: World) -> None:
    """The same request again, with the same key."""
    with world.services.database.reading() as session:
        identifier = session.scalar(
            select(CertificateRecord.identifier).order_by(CertificateRecord.id).limit(1)
        )
    request = ReplaceRequest(
        identifier=str(identifier), kind=ReasonCode.REISSUED, reason="换发", idempotency_key="crash"
    )
    world.services.replacer.replace(request, actor=world.staff("handler.li"))


@pytest.mark.parametrize("point", ["2", "6", "before-key", "8"])
def test_death_before_the_file_is_stored_leaves_the_old_version(world: World, point: str) -> None:
    world.issue()
    world = kill_at(world, f"replace:{point}")
    assert states(world) == ["issued", None]
    world.clock.advance(LEASE + SOON)
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=1)
    assert states(world) == ["issued", None]
    repeat(world)
    assert states(world) == ["superseded", None, "issued"]
    world.services.close()


@pytest.mark.parametrize("by_repetition", [False, True])
def test_death_after_the_file_is_stored_is_finished_whole(
    world: World, *, by_repetition: bool
) -> None:
    world.issue()
    world = kill_at(world, "replace:after-put")
    assert states(world) == ["issued", None]
    world.clock.advance(LEASE + SOON)
    if by_repetition:
        repeat(world)
    else:
        assert world.services.recovery.recover() == RecoveryResult(finished=1, voided=0)
    assert states(world) == ["superseded", "issued"]
    world.services.close()


def test_death_after_step_nine_has_done_both(world: World) -> None:
    world.issue()
    world = kill_at(world, "replace:9")
    assert states(world) == ["superseded", "issued"]
    world.services.close()


def test_recovery_does_not_replace_what_was_revoked_meanwhile(world: World) -> None:
    issued = world.issue()
    world = kill_at(world, "replace:after-put")
    world.clock.advance(SOON)
    change = ChangeRequest(
        identifier=issued.identifier,
        action=RecordAction.REVOKE,
        reason_code=ReasonCode.UNLAWFUL,
        reason="违规",
    )
    handler = world.staff("handler.li")
    with world.services.database.transaction() as session:
        change_record(session, change, actor=handler, now=world.clock.now())
    world.clock.advance(LEASE)
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=1)
    assert states(world) == ["revoked", None]
    with world.services.database.reading() as session:
        failures = session.scalars(select(Issuance.failure_code).order_by(Issuance.id)).all()
    assert failures == [None, "states.transition-refused"]
    world.services.close()
