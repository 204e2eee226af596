"""A process killed between any two steps leaves a record that recovery finishes or voids."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from certsvc.certificates.records import CertificateRecord
from certsvc.extraction.records import Extraction
from certsvc.issuance.journal import LEASE
from certsvc.issuance.records import Issuance
from certsvc.issuance.recovery import RecoveryResult
from certsvc.issuance.rules import InProgressError
from certsvc.seals.records import SealAuthorisation, SealUse
from certsvc.storage.objects import parse_digest
from certsvc.transparency.records import LogEntry
from certsvc.transparency.service import check_log
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
    victim = subprocess.run(  # noqa: S603  our own script
        [sys.executable, ROOT / "tests" / "crash" / "victim.py", world.home, FONTS, point],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert victim.returncode == -signal.SIGKILL, victim.stderr.decode()
    return world.restarted()


def retry(world: World) -> object:
    return world.issue(idempotency_key="crash")


def test_death_before_allocation_leaves_nothing(sqlite_world: World) -> None:
    world = kill_at(sqlite_world, "1")
    with world.services.database.transaction() as session:
        assert session.scalars(select(CertificateRecord)).all() == []
        assert session.scalars(select(Issuance)).all() == []
    world.services.close()


@pytest.mark.parametrize("point", VOIDED)
def test_death_before_the_file_is_stored_is_voided(sqlite_world: World, point: str) -> None:
    step, events = VOIDED[point]
    world = kill_at(sqlite_world, point)
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
        written = select(LogEntry).where(LogEntry.kind == "certificate.voided")
        assert check_log(session) == session.scalars(written).one().sequence
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=0)
    retry(world)
    with world.services.database.transaction() as session:
        assert len(session.scalars(select(CertificateRecord.identifier).distinct()).all()) == 2
    world.services.close()


def test_a_spent_authorisation_cannot_be_used_by_whoever_comes_after(sqlite_world: World) -> None:
    world = kill_at(sqlite_world, "before-key")
    with world.services.database.transaction() as session:
        assert session.scalars(select(SealAuthorisation)).one().redeemed_at is not None
    world.services.close()


def test_death_after_the_file_is_stored_is_finished(sqlite_world: World) -> None:
    world = kill_at(sqlite_world, "after-put")
    world.clock.advance(LEASE)
    assert world.services.recovery.recover() == RecoveryResult(finished=1, voided=0)
    check_published_once(world)
    world.services.close()


def test_the_same_request_finishes_what_was_stored(sqlite_world: World) -> None:
    world = kill_at(sqlite_world, "after-put")
    world.clock.advance(LEASE)
    retry(world)
    check_published_once(world)
    world.services.close()


def test_death_after_publication_changes_nothing(sqlite_world: World) -> None:
    world = kill_at(sqlite_world, "9")
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


def test_a_stored_file_that_was_damaged_is_not_published(sqlite_world: World) -> None:
    world = kill_at(sqlite_world, "after-put")
    (stored,) = [path for path in (world.home / "objects").rglob("*") if path.is_file()]
    stored.chmod(0o600)
    stored.write_bytes(stored.read_bytes() + b" ")
    world.clock.advance(LEASE)
    assert world.services.recovery.recover() == RecoveryResult(finished=0, voided=1)
    world.services.close()
