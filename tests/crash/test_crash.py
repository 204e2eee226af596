"""A process killed between any two steps leaves a record that recovery finishes or voids."""

import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.issuance.journal import LEASE
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.recovery import RecoveryResult
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.district import APPROVAL_BUREAU
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.idempotency.rules import InProgressError
from certsvc.foundation.settings import Settings
from certsvc.foundation.storage.objects import parse_digest
from certsvc.sealing.register.errors import SealLimitReachedError
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.records import Seal, SealAuthorisation, SealUse
from certsvc.sealing.register.rules import SealState
from certsvc.sealing.register.versions import certificate_sha256
from certsvc.sealing.uses.uses import ListedUse, UseSearch, find_uses
from tests.crash import victim
from tests.support.forks import forked
from tests.support.world import FONTS, World

ROOT = Path(__file__).resolve().parents[2]
VOIDED = {
    # point of death: (step in the journal, events of the seal use)
    "2": (2, []),
    "3": (2, []),
    "4": (2, []),
    "uncommitted": (2, []),
    "5": (6, ["intended", "abandoned"]),
    "6": (6, ["intended", "abandoned"]),
    "before-key": (6, ["intended", "abandoned"]),
    "7": (6, ["intended", "abandoned"]),
    "8": (8, ["intended", "abandoned"]),
}


def kill_at(world: World, point: str) -> World:
    """Run the victim on a world until it dies, and open the world again."""
    world.services.close()
    variables = settings_as_variables(world.services.settings)
    told = (world.home, FONTS, point)
    with forked(victim.main, *told, folder=world.home.parent, variables=variables) as process:
        assert process.wait() == -signal.SIGKILL, process.said()
    return world.restarted()


def settings_as_variables(settings: Settings) -> dict[str, str]:
    """Where the victim finds database and files; the rest it has from its home folder."""
    return {
        "CERTSVC_DATABASE_URL": settings.database_url,
        "CERTSVC_OBJECTS_URL": settings.objects_url,
        "CERTSVC_OBJECTS_ACCESS_KEY": settings.objects_access_key,
        "CERTSVC_OBJECTS_SECRET_KEY": settings.objects_secret_key.get_secret_value(),
    }


def position_of(world: World, event_id: int) -> int | None:
    """The place of an event in the order of commits."""
    with world.services.database.reading() as session:
        return session.get_one(EventRecord, event_id).position


def retry(world: World) -> object:
    return world.issue(idempotency_key="crash")


def test_death_before_allocation_leaves_nothing(world: World) -> None:
    world = kill_at(world, "1")
    with world.services.database.transaction() as session:
        assert session.scalars(select(CertificateRecord)).all() == []
        assert session.scalars(select(Issuance)).all() == []
    world.services.close()


@pytest.mark.parametrize("point", VOIDED)
def test_death_before_the_file_is_stored_is_voided(world: World, point: str) -> None:
    step, events = VOIDED[point]
    world = kill_at(world, point)
    with world.services.database.transaction() as session:
        left = session.scalars(select(Issuance)).one()
        assert (left.state, left.step) == ("running", step)
        intended = session.scalars(select(SealUse.event)).all()
        assert intended == events[:1], "the intent is on record before the key is touched"

    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=0)
    with pytest.raises(InProgressError):
        retry(world)
    world.clock.advance(LEASE)
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=1)

    with world.services.database.transaction() as session:
        voided = session.scalars(select(Issuance)).one()
        assert (voided.state, voided.failure_code) == ("voided", "issuance.interrupted")
        assert session.scalars(select(CertificateRecord)).one().status == "voided"
        assert session.scalars(select(Extraction)).one().object_sha256 is None
        assert session.scalars(select(SealUse.event).order_by(SealUse.id)).all() == events
        written = select(EventRecord).where(EventRecord.kind == "certificate.voided")
        voided_at = session.scalars(written).one().id
    assert world.check_log() == position_of(world, voided_at)
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=0)
    retry(world)
    with world.services.database.transaction() as session:
        assert len(session.scalars(select(CertificateRecord.identifier).distinct()).all()) == 2
    world.services.close()


def test_a_spent_authorisation_cannot_be_used_by_whoever_comes_after(world: World) -> None:
    world = kill_at(world, "before-key")
    with world.services.database.transaction() as session:
        assert session.scalars(select(SealAuthorisation)).one().redeemed_at is not None
    world.services.close()


@pytest.mark.duty("SZ-16-1")
@pytest.mark.parametrize("point", ["5", "6", "before-key", "7", "8"])
def test_the_log_of_uses_is_complete_whenever_the_process_dies(world: World, point: str) -> None:
    world = kill_at(world, point)
    (use,) = uses_of(world)
    assert (use.outcome, use.number, use.sealed_sha256) == ("open", 1, None)
    assert (use.operator, use.unit_code) == ("staff:clerk.wang", APPROVAL_BUREAU)
    with world.services.database.reading() as session:
        left = session.scalars(select(Issuance)).one()
        seal = session.get_one(Seal, use.seal_id)
    assert (use.copy_number, use.document_sha256) == (left.copy_number, left.rendered_sha256)
    assert use.authorisation_id == left.authorisation_id
    assert use.certificate_sha256 == certificate_sha256(seal)
    world.clock.advance(LEASE)
    world.services.recovery.recover()
    assert uses_of(world) == [replace(use, outcome="abandoned", ended_at=world.clock.now())]
    world.services.close()


def test_a_counted_use_that_died_stops_the_seal_when_it_is_voided(world: World) -> None:
    world.rescope_seal("data-sharing-seal", total_limit=1)
    world = kill_at(world, "before-key")
    with pytest.raises(SealLimitReachedError):
        world.issue()
    world.clock.advance(LEASE)
    world.services.recovery.recover()
    with world.services.database.reading() as session:
        assert state_at(session, "data-sharing-seal", world.clock.now()) is SealState.STOPPED
    world.services.close()


def uses_of(world: World) -> list[ListedUse]:
    actor = world.staff("seal.qian")
    with world.services.database.reading() as session:
        return find_uses(session, UseSearch(), actor=actor)


def test_death_after_the_file_is_stored_is_finished(world: World) -> None:
    world = kill_at(world, "after-put")
    world.clock.advance(LEASE)
    assert world.services.recovery.recover() == RecoveryResult(finished=1, voided=0)
    check_published_once(world)
    world.services.close()


def test_the_same_request_finishes_what_was_stored(world: World) -> None:
    world = kill_at(world, "after-put")
    world.clock.advance(LEASE)
    retry(world)
    check_published_once(world)
    world.services.close()


@pytest.mark.parametrize(
    ("point", "result"),
    [
        ("8", RecoveryResult(finished=0, voided=1)),
        ("after-put", RecoveryResult(finished=1, voided=0)),
    ],
)
def test_the_same_holds_on_postgresql_and_an_s3_server(
    s3_world: World, point: str, result: RecoveryResult
) -> None:
    world = kill_at(s3_world, point)
    world.clock.advance(LEASE)
    assert world.services.recovery.recover() == result
    retry(world)
    if result.finished:
        check_published_once(world)
    world.services.close()


def test_death_after_publication_changes_nothing(world: World) -> None:
    world = kill_at(world, "9")
    world.clock.advance(LEASE + timedelta(days=1))
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=0)
    retry(world)
    check_published_once(world)
    world.services.close()


def check_published_once(world: World) -> None:
    with world.services.database.transaction() as session:
        assert session.scalars(select(Issuance.state)).all() == ["published"]
        digest = session.scalars(select(Extraction.object_sha256)).one()
        events = session.scalars(select(SealUse.event).order_by(SealUse.id)).all()
    assert events == ["intended", "sealed"]
    sealed = world.services.store.get(parse_digest(str(digest)))
    assert world.services.authenticity.check_file(sealed).answer == "authentic"


def test_a_stored_file_that_was_damaged_is_not_published(world: World) -> None:
    world = kill_at(world, "after-put")
    (stored,) = [path for path in (world.home / "objects").rglob("*") if path.is_file()]
    stored.chmod(0o600)
    stored.write_bytes(stored.read_bytes() + b" ")
    world.clock.advance(LEASE)
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=1)
    world.services.close()
