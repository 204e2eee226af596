"""What is kept of seals and their changes: the log, and what the database lets nobody rewrite."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from certsvc.demonstration.district import POLICE
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.events.records import EventRecord
from certsvc.people.accounts.records import StaffMember
from certsvc.sealing.changes.proposals import apply_for_seal
from certsvc.sealing.register.records import Seal, SealChange
from tests.integration.test_seal_changes import SEAL, application, propose
from tests.support.deciding import reject_change, withdraw_change
from tests.support.world import NOW, World

EFFECT = {"approved_at": NOW, "state_after": "stopped", "took_effect": 99}
STOP = {"action": "stop", "stop_reason_code": "total_limit"} | EFFECT
"""A stop by the system, which needs no people."""


@pytest.mark.duty("SZ-16-1")
class TestWhatIsKept:
    def test_every_step_is_in_the_log(self, world: World) -> None:
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            before = session.scalar(select(func.max(EventRecord.id)))
            made = application(session, reason="张三要求")
            change = apply_for_seal(
                session,
                application=made,
                offers=world.services.offered_keys,
                actor=proposer,
                now=NOW,
            )
            world.approve(
                session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW
            )
            withdraw_change(session, change_id=propose(world, session).id, actor=proposer, now=NOW)
            rejected = propose(world, session).id
            reject_change(session, change_id=rejected, reason="不合适", actor=approver, now=NOW)
            entries = session.scalars(
                select(EventRecord).where(EventRecord.id > before).order_by(EventRecord.id)
            ).all()
        assert [(each.kind, each.actor, each.subject) for each in entries] == [
            ("seal.change-proposed", "staff:seal.zhao", "third-seal"),
            ("seal.key-tried", "staff:seal.qian", "third-seal"),
            ("seal.change-approved", "staff:seal.qian", "third-seal"),
            ("seal.change-proposed", "staff:seal.zhao", SEAL),
            ("seal.change-withdrawn", "staff:seal.zhao", SEAL),
            ("seal.change-proposed", "staff:seal.zhao", SEAL),
            ("seal.change-rejected", "staff:seal.qian", SEAL),
        ]
        applied, approved = entries[0].details, entries[2].details
        digests = {"certificate_sha256", "version_sha256"}
        assert applied.keys() == {"number", "action", "route"} | digests
        assert {len(applied[name]) for name in digests} == {64}
        version = applied["version_sha256"]
        assert len(approved.pop("shown_sha256")) == 64
        assert approved == {
            "number": 1,
            "action": "apply",
            "state": "applied",
            "version_sha256": version,
        }
        assert "张三" not in str([each.details for each in entries])

    def test_the_demonstration_s_seals_were_put_into_use_by_two_people(self, world: World) -> None:
        with world.services.database.transaction() as session:
            entries = session.execute(
                select(EventRecord.kind, EventRecord.actor)
                .where(EventRecord.subject == SEAL, EventRecord.kind.like("seal.change-%"))
                .order_by(EventRecord.id)
            ).all()
        assert [tuple(entry) for entry in entries] == 4 * [
            ("seal.change-proposed", "staff:seal.zhao"),
            ("seal.change-approved", "staff:seal.qian"),
        ]

    @pytest.mark.parametrize(
        "statement",
        [
            delete(Seal).where(Seal.id == SEAL),
            update(Seal).values(id="other"),
            update(Seal).where(Seal.id == SEAL).values(name="别的章"),
            update(Seal).values(route="department_verification"),
            update(Seal).values(owner_unit_code=POLICE),
            delete(SealChange),
            delete(StaffMember),
            delete(Proposal),
            update(Proposal).values(reason="改写"),
            update(Proposal).values(decided_by="staff:nobody"),
            update(Proposal).values(decided_by=None, decided_at=None, outcome=None),
            update(SealChange).values(proposal_id=1),
            update(SealChange).values(approved_at=None, state_after=None, took_effect=None),
        ],
        ids=str,
    )
    def test_the_database_holds_seals_and_decisions(self, world: World, statement: object) -> None:
        with (
            pytest.raises(IntegrityError, match="append-only"),
            world.services.database.transaction() as session,
        ):
            session.execute(statement)  # type: ignore[call-overload]

    @pytest.mark.parametrize("column", ["action = 'stop'", "proposal_id = 1", "seal_id = 'x'"])
    def test_a_waiting_proposal_is_not_rewritten(self, world: World, column: str) -> None:
        with world.services.database.transaction() as session:
            change = propose(world, session)
        with (
            pytest.raises(IntegrityError, match="append-only"),
            world.services.database.transaction() as session,
        ):
            session.execute(text(f"UPDATE seal_changes SET {column} WHERE id = {change.id}"))  # noqa: S608  our own names

    @pytest.mark.parametrize("table", ["seals", "seal_changes", "proposals", "staff"])
    def test_sqlite_replaces_no_row(self, sqlite_world: World, table: str) -> None:
        with (
            pytest.raises(IntegrityError, match="append-only"),
            sqlite_world.services.database.transaction() as session,
        ):
            session.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))  # noqa: S608  our own names

    @pytest.mark.parametrize("table", ["seals", "seal_changes", "proposals", "staff"])
    def test_postgresql_empties_no_table(self, postgres_world: World, table: str) -> None:
        with (
            pytest.raises(IntegrityError, match="append-only"),
            postgres_world.services.database.transaction() as session,
        ):
            session.execute(text(f"TRUNCATE {table} CASCADE"))

    def test_no_decision_is_dated_before_the_last_one(self, world: World) -> None:
        row = STOP | {"approved_at": NOW - timedelta(seconds=1)}
        with (
            pytest.raises(IntegrityError, match="append-only"),
            world.services.database.transaction() as session,
        ):
            session.add(SealChange(seal_id=SEAL, number=99, **row))

    def test_the_database_lets_nothing_take_effect_that_was_not_approved(
        self, world: World
    ) -> None:
        with world.services.database.transaction() as session:
            waiting = propose(world, session)
        proposal_id = waiting.proposal_id
        effect = EFFECT | {"state_after": "cancelled"}
        made = {"seal_id": SEAL, "number": 99, "action": "cancel"} | effect
        for statement, words in (
            (update(SealChange).where(SealChange.id == waiting.id).values(effect), "not approved"),
            (insert(SealChange).values(made | {"proposal_id": proposal_id}), "not approved"),
            (insert(SealChange).values(made | {"proposal_id": 1}), r"append-only|not approved"),
            (insert(SealChange).values(made), "by_people_or_system"),
        ):
            with (
                pytest.raises(IntegrityError, match=words),
                world.services.database.transaction() as session,
            ):
                session.execute(statement)

    @pytest.mark.parametrize(
        ("values", "constraint"),
        [
            ({"action": "burn"}, "action"),
            ({"state_after": "burnt"}, "state_after"),
            ({"state_after": "in_use"}, "state_of_action"),
            ({"took_effect": None}, "(effect_whole|by_people_or_system)"),
            ({"approved_at": None}, "effect_whole"),
            ({"stop_reason_code": None}, "by_people_or_system"),
        ],
    )
    def test_the_database_refuses_half_a_change(
        self, world: World, values: dict[str, object], constraint: str
    ) -> None:
        with (
            pytest.raises(IntegrityError, match=f"ck_seal_changes_{constraint}"),
            world.services.database.transaction() as session,
        ):
            session.add(SealChange(seal_id=SEAL, number=99, **STOP | values))
