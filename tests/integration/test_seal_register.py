"""Two people for every change, the route for every seal, in service and database alike."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.issuance.rules import Step
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.approvals.rules import (
    OwnProposalError,
    ProposalPendingError,
    ProposalUnknownError,
)
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.people.rights.rules import PermissionDeniedError
from certsvc.sealing.changes.proposals import apply_for_seal, propose_change
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.errors import (
    AuthorisationSpentError,
    SealChangedMeanwhileError,
    SealNotInUseError,
)
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.records import Seal, SealAuthorisation, SealChange, SealUse
from certsvc.sealing.register.rules import SealAction, SealState
from certsvc.sealing.register.service import (
    SealPurpose,
    SealUseRequest,
    authorise_use,
    redeem_authorisation,
)
from certsvc.verification.transparency.records import LogEntry
from certsvc.verification.transparency.service import LogBrokenError
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
LATER = NOW + timedelta(hours=1)


def stop_seal(world: World, seal_id: str = SEAL) -> None:
    change_seal(world, SealAction.STOP, seal_id)


def change_seal(world: World, action: SealAction, seal_id: str = SEAL) -> None:
    proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
    with world.services.database.transaction() as session:
        change = propose_change(
            session, seal_id=seal_id, action=action, reason="例行", actor=proposer, now=NOW
        )
        world.approve(
            session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW
        )


class TestTwoPeople:
    def test_a_proposal_alone_changes_nothing(self, world: World) -> None:
        proposer = world.staff("seal.zhao")
        with world.services.database.transaction() as session:
            propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.STOP,
                reason="例行",
                actor=proposer,
                now=NOW,
            )
            assert state_at(session, SEAL, LATER) is SealState.IN_USE

    def test_the_proposer_may_not_approve(self, world: World) -> None:
        both = world.staff("seal.zhao")
        both = type(both)(
            id=both.id,
            name=both.name,
            unit_code=both.unit_code,
            person_id=both.person_id,
            roles=both.roles | world.staff("seal.qian").roles,
        )
        with world.services.database.transaction() as session:
            change = propose_change(
                session, seal_id=SEAL, action=SealAction.STOP, reason="例行", actor=both, now=NOW
            )
            with pytest.raises(OwnProposalError):
                world.approve(
                    session, change_id=change.id, reason="已核对，同意办理", actor=both, now=NOW
                )

    def test_roles_are_asked(self, world: World) -> None:
        clerk = world.staff("clerk.wang")
        with world.services.database.transaction() as session:
            with pytest.raises(PermissionDeniedError):
                propose_change(
                    session,
                    seal_id=SEAL,
                    action=SealAction.STOP,
                    reason="越权",
                    actor=clerk,
                    now=NOW,
                )
            with pytest.raises(PermissionDeniedError):
                world.approve(session, change_id=1, reason="已核对，同意办理", actor=clerk, now=NOW)

    def test_a_change_is_approved_once_and_one_waits_at_a_time(self, world: World) -> None:
        stop_seal(world)
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            last = session.scalars(
                select(SealChange).where(SealChange.seal_id == SEAL).order_by(SealChange.number)
            ).all()[-1]
            with pytest.raises(ProposalUnknownError):
                world.approve(
                    session, change_id=last.id, reason="已核对，同意办理", actor=approver, now=NOW
                )
            arguments = {"seal_id": SEAL, "reason": "例行", "actor": proposer, "now": NOW}
            propose_change(session, action=SealAction.ENABLE, **arguments)
            with pytest.raises(ProposalPendingError):
                propose_change(session, action=SealAction.CANCEL, **arguments)

    def test_a_change_the_state_does_not_permit_is_refused(self, world: World) -> None:
        with pytest.raises(TransitionRefusedError):
            change_seal(world, SealAction.FILE)

    def test_the_state_of_any_past_instant_is_known(self, world: World) -> None:
        world.clock.advance(timedelta(hours=1))
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            change = propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.STOP,
                reason="例行",
                actor=proposer,
                now=LATER,
            )
            world.approve(
                session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=LATER
            )
            assert state_at(session, SEAL, NOW - timedelta(days=1)) is None
            assert state_at(session, SEAL, NOW) is SealState.IN_USE
            assert state_at(session, SEAL, LATER) is SealState.STOPPED


@pytest.mark.duty("SZ-09-1")
class TestRouteFixesSeal:
    def test_sql_cannot_combine_a_record_with_the_other_seal(self, world: World) -> None:
        world.issue()
        with world.services.database.transaction() as session:
            record = session.scalars(select(CertificateRecord)).one()
        for route in Route:
            with (
                pytest.raises(IntegrityError),
                world.services.database.transaction() as session,
            ):
                session.add(
                    SealAuthorisation(
                        id="f" * 32,
                        seal_id="department-verification-seal",
                        record_id=record.id,
                        route=route.value,
                        document_sha256="0" * 64,
                        created_at=NOW,
                        expires_at=LATER,
                    )
                )

    def test_a_seal_has_no_third_route(self, world: World) -> None:
        with pytest.raises(IntegrityError), world.services.database.transaction() as session:
            session.execute(update(Seal).values(route="any"))


class TestAuthorisation:
    def authorise(self, session: Session, world: World) -> SealAuthorisation:
        record = session.scalars(select(CertificateRecord)).one()
        copy = session.scalars(select(Extraction)).one()
        use = SealUseRequest(
            record_id=record.id,
            copy_number=copy.copy_number,
            purpose=SealPurpose(
                route=Route(record.route),
                type_code=record.type_code,
                unit_code=copy.extracting_unit_code,
            ),
            seal_id=SEAL,
            not_after=NOW + timedelta(hours=1),
            document_sha256="a" * 64,
        )
        return authorise_use(session, use, now=world.clock.now())

    def test_it_is_redeemed_once(self, world: World) -> None:
        world.issue()
        with world.services.database.transaction() as session:
            authorisation = self.authorise(session, world)
            arguments = {"authorisation_id": authorisation.id, "document_sha256": "a" * 64}
            assert redeem_authorisation(session, now=NOW, **arguments).id == SEAL
            with pytest.raises(AuthorisationSpentError):
                redeem_authorisation(session, now=NOW, **arguments)

    @pytest.mark.parametrize(
        ("digest", "delay"), [("b" * 64, timedelta(0)), ("a" * 64, timedelta(minutes=2))]
    )
    def test_it_is_for_one_document_and_a_short_time(
        self, world: World, digest: str, delay: timedelta
    ) -> None:
        world.issue()
        with world.services.database.transaction() as session:
            authorisation = self.authorise(session, world)
            with pytest.raises(AuthorisationSpentError):
                redeem_authorisation(
                    session,
                    authorisation_id=authorisation.id,
                    document_sha256=digest,
                    now=NOW + delay,
                )

    def test_a_seal_stopped_meanwhile_is_not_used(self, world: World) -> None:
        world.issue()
        with world.services.database.transaction() as session:
            authorisation = self.authorise(session, world)
        stop_seal(world)
        with (
            pytest.raises(SealNotInUseError),
            world.services.database.transaction() as session,
        ):
            redeem_authorisation(
                session, authorisation_id=authorisation.id, document_sha256="a" * 64, now=NOW
            )

    def test_a_paper_bears_the_seal_that_it_names(self, world: World) -> None:
        def swap(done: Step) -> None:
            if done is Step.CHECK:
                with world.services.database.transaction() as session:
                    replace_seal(world, session)

        with pytest.raises(SealChangedMeanwhileError) as refused:
            world.services.issuer.issue(
                world.request(), actor=world.staff("clerk.wang"), on_step=swap
            )
        assert refused.value.params == {"seal": "云岭区证照数据共享查询核验专用章（二）"}
        with world.services.database.transaction() as session:
            assert session.scalars(select(SealAuthorisation)).all() == []
        assert world.issue().sha256, "the next paper names the new one"


def replace_seal(world: World, session: Session) -> None:
    """Stop the route's seal and put another into use, whose key is the same."""
    proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
    old = session.get_one(Seal, SEAL)
    application = SealApplication(
        id="data-sharing-seal-2",
        name=f"{old.name}（二）",
        owner_unit_code=old.owner_unit_code,
        route=Route.DATA_SHARING,
        rim_text=old.rim_text,
        bottom_text=old.bottom_text,
        diameter_mm=old.diameter_mm,
        key_uri=old.key_uri,
        certificate_chain_pem=old.certificate_chain_pem,
        reason="更换",
    )
    change = apply_for_seal(
        session,
        application=application,
        offers=world.services.offered_keys,
        actor=proposer,
        now=NOW,
    )
    world.approve(session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW)
    for seal_id, action in (
        (application.id, SealAction.MAKE),
        (application.id, SealAction.FILE),
        (application.id, SealAction.ENABLE),
        (SEAL, SealAction.STOP),
    ):
        change = propose_change(
            session, seal_id=seal_id, action=action, reason="更换", actor=proposer, now=NOW
        )
        world.approve(
            session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW
        )


class TestNothingWrittenIsChanged:
    @pytest.mark.parametrize("table", [SealUse, LogEntry])
    def test_the_database_refuses_changes_and_deletions(
        self, world: World, table: type[SealUse] | type[LogEntry]
    ) -> None:
        world.issue()
        world.check_log()
        with world.services.database.transaction() as session:
            assert session.scalars(select(table)).first() is not None
        statements = [
            delete(table),
            update(SealUse).values(operator="nobody")
            if table is SealUse
            else update(LogEntry).values(actor="nobody"),
        ]
        for statement in statements:
            with (
                pytest.raises(DatabaseError, match="append-only"),
                world.services.database.transaction() as session,
            ):
                session.execute(statement)

    def test_the_log_proves_that_it_is_whole(self, world: World) -> None:
        world.issue()
        world.issue(purpose="再次申领")
        length = world.check_log()
        with world.services.database.transaction() as session:
            issued = select(LogEntry.sequence).where(LogEntry.kind == "certificate.issued")
            numbers = session.scalars(issued).all()
        assert length == numbers[-1]
        assert len(numbers) == 2

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE log_entries SET actor = 'nobody' WHERE sequence = 1",
            "DELETE FROM log_entries WHERE sequence = 1",
            "DELETE FROM log_entries WHERE sequence = (SELECT max(sequence) FROM log_entries)",
        ],
    )
    def test_damage_behind_the_triggers_is_noticed(self, world: World, damage: str) -> None:
        world.issue()
        world.issue(purpose="再次申领")
        world.check_log()
        world.remove_triggers("log_entries")
        with world.services.database.transaction() as session:
            session.execute(text(damage))
        with pytest.raises(LogBrokenError):
            world.check_log()

    def test_the_log_holds_no_personal_data(self, world: World) -> None:
        world.issue()
        world.check_log()
        resident = world.resident
        with world.services.database.transaction() as session:
            rows = session.execute(text("SELECT * FROM log_entries")).all()
        assert resident.name not in str(rows)
        assert resident.identity_number not in str(rows)
