"""Evidence comes with the facts and stays with the record; what is odd is kept and told."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.records.records import CertificateRecord
from certsvc.evidence.sources.call_log import SourceCallLog
from certsvc.evidence.sources.errors import HolderNotFoundError, SourceUnknownError
from certsvc.evidence.sources.health import SourceHealth, list_health
from certsvc.evidence.sources.health_rules import KEPT, WINDOW, Call, CallPurpose, Outcome
from certsvc.evidence.sources.records import SourceCall
from certsvc.evidence.sources.rules import DataWarning
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.db.engine import Database
from certsvc.people.rights.rules import Actor, PermissionDeniedError, Role
from tests.support.world import NOW, World

CLERK = Actor(id="staff:clerk", name="", roles=frozenset({Role.CLERK}))
HOLDER = Actor(id="holder:1", name="", roles=frozenset({Role.HOLDER}))
ODD = HolderCode(value="990101199003070024")  # 3 would be right
POLICE = "police-registry"


def own_source(world: World) -> Path:
    """Connect the world to its own copy of the example database."""
    database, toml = world.home / "example-departments.db", world.home / "sources.toml"
    lines = [
        f'url = "sqlite:///{database}"' if line.startswith("url") else line
        for line in toml.read_text().splitlines()
    ]
    toml.write_text("\n".join(lines))
    return database


def issue_odd(world: World, **changes: object) -> IssuedCopy:
    """Issue for somebody whose lawful number has a wrong check character."""
    with sqlite3.connect(own_source(world)) as connection:
        connection.execute(
            "UPDATE police_persons SET sfzh = ? WHERE sfzh = ?",
            (ODD.value, world.resident.identity_number),
        )
    connection.close()
    return world.issue(holder=ODD, **changes)


def evidence_of(world: World) -> dict[str, object]:
    with world.services.database.reading() as session:
        return session.scalars(select(CertificateRecord)).one().evidence


@pytest.mark.both_engines
@pytest.mark.duty("SZ-07-1")
def test_evidence_says_which_source_which_question_when_who_and_for_what(world: World) -> None:
    world.issue()
    evidence = evidence_of(world)
    assert evidence["source"] == POLICE
    assert evidence["query"] == f"{POLICE}/no-criminal-record"
    assert evidence["asked_by"] == "staff:clerk.wang"
    assert evidence["matter_code"] == "talent-subsidy"
    assert evidence["verified_at"] == "2026-11-21T10:00:00+08:00"
    assert len(str(evidence["query_sha256"])) == len(str(evidence["answer_sha256"])) == 64
    assert evidence["warnings"] == []
    assert world.resident.identity_number not in str(evidence)


def test_another_question_has_another_digest(world: World) -> None:
    world.issue()
    before = evidence_of(world)["query_sha256"]
    toml = world.home / "sources.toml"
    toml.write_text(toml.read_text().replace("FROM police_persons", "FROM  police_persons"))
    again = world.restarted()
    again.issue(purpose="另一用途")
    with again.services.database.reading() as session:
        records = session.scalars(select(CertificateRecord).order_by(CertificateRecord.id)).all()
    assert [record.evidence["query_sha256"] == before for record in records] == [True, False]
    again.services.close()


def test_a_wrong_check_character_is_issued_kept_and_told_again(world: World) -> None:
    if world.services.database.engine.dialect.name == "postgresql":
        own_source(world)
    issued = issue_odd(world, idempotency_key="k-1")
    told = (DataWarning(field="holder", kind="check-character"),)
    assert issued.warnings == told
    assert evidence_of(world)["warnings"] == [{"field": "holder", "kind": "check-character"}]
    again = world.issue(holder=ODD, idempotency_key="k-1")
    assert again.copy_number == issued.copy_number
    assert again.warnings == told


def test_a_number_that_is_not_found_and_looks_mistyped_is_told_so(world: World) -> None:
    with pytest.raises(HolderNotFoundError) as caught:
        world.issue(holder=ODD)
    assert caught.value.params == {"reason": "check-character"}


def health_of(world: World, code: str = POLICE) -> SourceHealth:
    services = world.services
    services.source_calls.flush()
    with services.database.reading() as session:
        found = list_health(session, services.sources, actor=CLERK, now=world.clock.now())
    return next(each for each in found if each.code == code)


class TestHealth:
    def test_a_source_that_was_never_asked_says_so(self, world: World) -> None:
        health = health_of(world)
        assert (health.is_well, health.latency, health.calls) == (None, None, ())
        assert health.unit_name == "青禾市公安局云岭分局"
        assert [each.code for each in health.types] == ["no-criminal-record"]

    @pytest.mark.both_engines
    def test_calls_of_every_kind_are_counted_and_hold_nobody(self, world: World) -> None:
        world.issue()
        with pytest.raises(HolderNotFoundError):
            world.issue(holder=ODD)
        health = health_of(world)
        assert [call.outcome for call in health.calls] == [Outcome.ANSWERED, Outcome.NONE]
        assert (health.is_well, health.failures) == (True, 0)
        assert health.last_success_at == NOW
        assert health.latency is not None
        columns = set(SourceCall.__table__.columns.keys())
        assert columns == {"id", "source", "purpose", "outcome", "duration_ms", "at"}

    @pytest.mark.both_engines
    def test_another_process_sees_them(self, world: World) -> None:
        world.issue()
        world.services.source_calls.flush()
        other = world.restarted()
        assert len(health_of(other).calls) == 1
        other.services.close()

    def test_closing_stores_what_waits(self, world: World) -> None:
        world.issue()
        world.services.close()
        other = world.restarted()
        assert len(health_of(other).calls) == 1
        other.services.close()

    def test_a_failure_stays_until_an_answer(self, world: World) -> None:
        log = world.services.source_calls
        log.add(call(Outcome.ANSWERED, NOW - timedelta(minutes=2)))
        log.add(call(Outcome.SLOW, NOW - timedelta(minutes=1)))
        health = health_of(world)
        assert (health.is_well, health.last_failure) == (False, Outcome.SLOW)
        log.add(call(Outcome.NONE, NOW))
        assert health_of(world).is_well

    @pytest.mark.both_engines
    def test_the_window_ends_and_old_calls_go(self, world: World) -> None:
        log = world.services.source_calls
        log.add(call(Outcome.DOWN, NOW - KEPT - timedelta(days=1)))
        log.flush()
        log.add(call(Outcome.DOWN, NOW - WINDOW))
        log.add(call(Outcome.ANSWERED, NOW))
        log._since_sweep = 1000
        health = health_of(world)
        assert [each.outcome for each in health.calls] == [Outcome.ANSWERED]
        assert health.last_failure_at == NOW - WINDOW  # no longer counted, still told
        with world.services.database.reading() as session:
            assert len(session.scalars(select(SourceCall)).all()) == 2

    def test_only_those_with_the_right_see_or_ask(self, world: World) -> None:
        services = world.services
        with (
            pytest.raises(PermissionDeniedError),
            services.database.reading() as session,
        ):
            list_health(session, services.sources, actor=HOLDER, now=NOW)
        with pytest.raises(PermissionDeniedError):
            services.sources.check(POLICE, actor=HOLDER)
        with pytest.raises(SourceUnknownError):
            services.sources.check("nowhere", actor=CLERK)


def test_a_check_of_the_example_database_is_answered(world: World) -> None:
    done = world.services.sources.check(POLICE, actor=CLERK)
    assert (done.outcome, done.purpose) == (Outcome.ANSWERED, CallPurpose.CHECK)
    assert health_of(world).last_check == done


def test_measurements_that_cannot_be_stored_wait_and_hurt_nobody(
    migrated_database: Database,
) -> None:
    log = SourceCallLog(migrated_database)
    with migrated_database.transaction() as session:
        session.execute(select(1))
        SourceCall.__table__.drop(session.connection())  # type: ignore[attr-defined]  # a Table
    log.add(call(Outcome.ANSWERED, NOW))
    log.flush()
    with migrated_database.transaction() as session:
        SourceCall.__table__.create(session.connection())  # type: ignore[attr-defined]  # as above
    log.close()
    with migrated_database.reading() as session:
        assert [each.outcome for each in session.scalars(select(SourceCall))] == ["answered"]


def call(outcome: Outcome, at: datetime) -> Call:
    return Call(
        source=POLICE,
        purpose=CallPurpose.QUERY,
        outcome=outcome,
        duration_ms=7,
        at=at.astimezone(UTC),
    )
