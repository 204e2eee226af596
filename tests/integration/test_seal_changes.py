"""Entering a seal and ending a proposal: whose right it is, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.demonstration.district import BIG_DATA_BUREAU, POLICE
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import (
    PROPOSAL_LIFETIME,
    ForeignProposalError,
    OwnProposalError,
    ProposalExpiredError,
    ProposalPendingError,
    ProposalUnknownError,
    ReasonMissingError,
)
from certsvc.people.accounts.service import staff_actor
from certsvc.people.rights.rules import Actor, ForeignUnitError, PermissionDeniedError
from certsvc.people.units.service import UnitUnknownError
from certsvc.sealing.changes.proposals import apply_for_seal, propose_change
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.errors import (
    SealApplicationInvalidError,
    SealCertificateUnusableError,
    SealRegisteredError,
)
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.rules import SealAction, SealState
from signing.errors import UploadedImageError
from tests.support.deciding import reject_change, withdraw_change
from tests.support.seal_pictures import SVG
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
MOMENT = timedelta(seconds=1)


def proposal_of(change: SealChange) -> Proposal:
    assert change.proposal is not None
    return change.proposal


def propose(world: World, session: Session, action: SealAction = SealAction.CANCEL) -> SealChange:
    return propose_change(
        session,
        seal_id=SEAL,
        action=action,
        reason="例行",
        actor=staff_actor(session, "seal.zhao"),
        now=world.clock.now(),
    )


def application(session: Session, **changes: object) -> SealApplication:
    made = SealApplication(
        id="third-seal",
        name="云岭区第三专用章",
        owner_unit_code=BIG_DATA_BUREAU,
        route=Route.DATA_SHARING,
        rim_text="云岭区第三专用章",
        bottom_text="",
        diameter_mm=42.0,
        key_uri=session.get_one(Seal, SEAL).key_uri,
        certificate_chain_pem=session.get_one(Seal, SEAL).certificate_chain_pem,
        reason="扩大试点",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test may be wrong


class TestApplication:
    @pytest.mark.both_engines
    def test_a_seal_comes_with_a_proposal_and_has_no_state_until_approved(
        self, world: World
    ) -> None:
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            change = apply_for_seal(
                session,
                application=application(session),
                offers=world.services.offered_keys,
                actor=proposer,
                now=NOW,
            )
            assert (change.number, change.action, change.reason) == (1, "apply", "扩大试点")
            assert state_at(session, "third-seal", NOW) is None
            both = replace(proposer, roles=proposer.roles | approver.roles)
            with pytest.raises(OwnProposalError):
                world.approve(session, change_id=change.id, actor=both, now=NOW)
            world.approve(session, change_id=change.id, actor=approver, now=NOW)
            assert state_at(session, "third-seal", NOW) is SealState.APPLIED

    def test_an_uploaded_image_is_kept_as_it_came(self, world: World) -> None:
        content, proposer = SVG.encode(), world.staff("seal.zhao")
        with world.services.database.transaction() as session:
            wished = application(session, uploaded_image=content, has_star=False, rim_number="37")
            apply_for_seal(
                session,
                application=wished,
                offers=world.services.offered_keys,
                actor=proposer,
                now=NOW,
            )
        with world.services.database.reading() as session:
            kept = session.get_one(Seal, "third-seal")
            assert (kept.uploaded_image, kept.has_star, kept.rim_number) == (content, False, "37")

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"id": ""}, SealApplicationInvalidError),
            ({"id": "../seal"}, SealApplicationInvalidError),
            ({"id": "s" * 41}, SealApplicationInvalidError),
            ({"name": "　"}, SealApplicationInvalidError),
            ({"rim_text": "长" * 61}, SealApplicationInvalidError),
            ({"key_uri": ""}, SealApplicationInvalidError),
            ({"diameter_mm": 0.0}, SealApplicationInvalidError),
            ({"diameter_mm": float("nan")}, SealApplicationInvalidError),
            ({"diameter_mm": 60.5}, SealApplicationInvalidError),
            ({"diameter_mm": 19.5}, SealApplicationInvalidError),
            ({"second_line": "长" * 31}, SealApplicationInvalidError),
            ({"rim_number": "1" * 21}, SealApplicationInvalidError),
            ({"uploaded_image": b"GIF89a"}, UploadedImageError),
            ({"uploaded_image": SVG.encode(), "diameter_mm": 101.0}, UploadedImageError),
            ({"certificate_chain_pem": ""}, SealCertificateUnusableError),
            ({"certificate_chain_pem": "-----BEGIN"}, SealCertificateUnusableError),
            ({"reason": " "}, ReasonMissingError),
            ({"owner_unit_code": POLICE}, ForeignUnitError),
            ({"id": SEAL}, SealRegisteredError),
            ({"name": "云岭区证照数据共享查询核验专用章"}, SealRegisteredError),
        ],
    )
    def test_what_is_refused(
        self, world: World, changes: dict[str, object], expected: type[Exception]
    ) -> None:
        proposer = world.staff("seal.zhao")
        with world.services.database.transaction() as session:
            made = application(session, **changes)
            with pytest.raises(expected):
                apply_for_seal(
                    session,
                    application=made,
                    offers=world.services.offered_keys,
                    actor=proposer,
                    now=NOW,
                )
            assert session.get(Seal, "third-seal") is None

    def test_the_chain_hangs_together_and_is_valid(self, world: World) -> None:
        proposer = world.staff("seal.zhao")
        with world.services.database.transaction() as session:
            right = application(session)
            leaf, issuer = right.certificate_chain_pem.split("-----END CERTIFICATE-----\n")[:2]
            wrong_way = f"{issuer}-----END CERTIFICATE-----\n{leaf}-----END CERTIFICATE-----\n"
            turned = replace(right, certificate_chain_pem=wrong_way)
            for made, now in (
                (turned, NOW),
                (right, NOW + timedelta(days=365 * 30)),
                (right, NOW - timedelta(days=30)),
            ):
                with pytest.raises(SealCertificateUnusableError):
                    apply_for_seal(
                        session,
                        application=made,
                        offers=world.services.offered_keys,
                        actor=proposer,
                        now=now,
                    )

    def test_who_may_apply(self, world: World) -> None:
        approver, proposer = world.staff("seal.qian"), world.staff("seal.zhao")
        with world.services.database.transaction() as session:
            made = application(session)
            with pytest.raises(PermissionDeniedError):
                apply_for_seal(
                    session,
                    application=made,
                    offers=world.services.offered_keys,
                    actor=approver,
                    now=NOW,
                )
            nobody = replace(proposer, unit_code="9" * 18)
            with pytest.raises(UnitUnknownError):
                apply_for_seal(
                    session,
                    application=replace(made, owner_unit_code="9" * 18),
                    offers=world.services.offered_keys,
                    actor=nobody,
                    now=NOW,
                )

    @pytest.mark.both_engines
    def test_a_rejected_application_can_be_corrected_and_made_again(self, world: World) -> None:
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            made = application(session)
            first = apply_for_seal(
                session,
                application=made,
                offers=world.services.offered_keys,
                actor=proposer,
                now=NOW,
            )
            better = replace(made, bottom_text="更正")
            with pytest.raises(ProposalPendingError):
                apply_for_seal(
                    session,
                    application=better,
                    offers=world.services.offered_keys,
                    actor=proposer,
                    now=NOW,
                )
            assert session.get_one(Seal, "third-seal").bottom_text == made.bottom_text
            reject_change(
                session, change_id=first.id, reason="已核对，同意办理", actor=approver, now=NOW
            )
            for other in (
                replace(better, route=Route.DEPARTMENT_VERIFICATION),
                replace(better, name="云岭区第四专用章"),
                replace(better, id="fourth-seal"),
            ):
                with pytest.raises(SealRegisteredError):
                    apply_for_seal(
                        session,
                        application=other,
                        offers=world.services.offered_keys,
                        actor=proposer,
                        now=NOW,
                    )
            second = apply_for_seal(
                session,
                application=better,
                offers=world.services.offered_keys,
                actor=proposer,
                now=NOW,
            )
            world.approve(session, change_id=second.id, actor=approver, now=NOW)
        with world.services.database.transaction() as session:
            assert second.number == 2
            assert session.get_one(Seal, "third-seal").bottom_text == "更正"
            with pytest.raises(SealRegisteredError):
                apply_for_seal(
                    session,
                    application=better,
                    offers=world.services.offered_keys,
                    actor=proposer,
                    now=NOW,
                )


class TestWhoseSeal:
    def foreign(self, world: World, login: str) -> Actor:
        return replace(world.staff(login), unit_code=POLICE)

    def test_a_change_is_proposed_and_decided_by_the_owner_alone(self, world: World) -> None:
        proposer, approver = self.foreign(world, "seal.zhao"), self.foreign(world, "seal.qian")
        with world.services.database.transaction() as session:
            with pytest.raises(ForeignUnitError):
                propose_change(
                    session,
                    seal_id=SEAL,
                    action=SealAction.STOP,
                    reason="例行",
                    actor=proposer,
                    now=NOW,
                )
            change = propose(world, session)
            for decide, actor in (
                (partial(world.approve, reason="同意"), approver),
                (partial(reject_change, reason="不同意"), approver),
                (withdraw_change, proposer),
            ):
                with pytest.raises(ForeignUnitError):
                    decide(session, change_id=change.id, actor=actor, now=NOW)
            assert (change.approved_at, proposal_of(change).outcome) == (None, None)

    @pytest.mark.parametrize("approves", [True, False])
    @pytest.mark.parametrize("reason", ["", " 　\n", "长" * 501, "有\x00字"])
    def test_who_decides_says_why(self, world: World, reason: str, *, approves: bool) -> None:
        decide: Callable[..., object] = world.approve if approves else reject_change
        approver = world.staff("seal.qian")
        with world.services.database.transaction() as session:
            change = propose(world, session)
            with pytest.raises(ReasonMissingError):
                decide(session, change_id=change.id, reason=reason, actor=approver, now=NOW)
            session.refresh(change)
            assert (change.approved_at, proposal_of(change).outcome) == (None, None)
            decide(session, change_id=change.id, reason=" 材料\n齐全 ", actor=approver, now=NOW)
            session.refresh(change)
            assert proposal_of(change).decision_reason == "材料 齐全"

    @pytest.mark.parametrize("reason", ["", " 　\n", "长" * 501])
    def test_a_reason_is_given(self, world: World, reason: str) -> None:
        with (
            world.services.database.transaction() as session,
            pytest.raises(ReasonMissingError),
        ):
            propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.STOP,
                reason=reason,
                actor=world.staff("seal.zhao"),
                now=NOW,
            )


class TestEndOfAProposal:
    def test_a_mistaken_proposal_is_withdrawn_by_its_proposer(self, world: World) -> None:
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            change = propose(world, session)
            with pytest.raises(ProposalPendingError):
                propose(world, session, SealAction.STOP)
            with pytest.raises(PermissionDeniedError):
                withdraw_change(session, change_id=change.id, actor=approver, now=NOW)
            with pytest.raises(ForeignProposalError):
                withdraw_change(
                    session,
                    change_id=change.id,
                    actor=replace(proposer, id="staff:seal.sun"),
                    now=NOW,
                )
            withdraw_change(session, change_id=change.id, actor=proposer, now=NOW)
            with pytest.raises(ProposalUnknownError):
                world.approve(session, change_id=change.id, actor=approver, now=NOW)
            stop = propose(world, session, SealAction.STOP)
            world.approve(session, change_id=stop.id, actor=approver, now=NOW)
            assert state_at(session, SEAL, NOW) is SealState.STOPPED
        with world.services.database.transaction() as session:
            ended = proposal_of(session.get_one(SealChange, change.id))
        assert (ended.outcome, ended.decided_by, ended.decided_at) == (
            "withdrawn",
            "staff:seal.zhao",
            NOW,
        )

    def test_an_approver_may_reject(self, world: World) -> None:
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            change = propose(world, session)
            with pytest.raises(PermissionDeniedError):
                reject_change(
                    session, change_id=change.id, reason="已核对，同意办理", actor=proposer, now=NOW
                )
            both = replace(proposer, roles=proposer.roles | approver.roles)
            with pytest.raises(OwnProposalError):
                reject_change(
                    session, change_id=change.id, reason="已核对，同意办理", actor=both, now=NOW
                )
            reject_change(
                session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW
            )
            for decide, actor in (
                (partial(world.approve, reason="同意"), approver),
                (partial(reject_change, reason="不同意"), approver),
                (withdraw_change, proposer),
            ):
                with pytest.raises(ProposalUnknownError):
                    decide(session, change_id=change.id, actor=actor, now=NOW)
            ended = proposal_of(change)
            assert (ended.outcome, ended.decided_by) == ("rejected", approver.id)
            assert state_at(session, SEAL, NOW) is SealState.IN_USE
            propose(world, session, SealAction.STOP)

    @pytest.mark.both_engines
    def test_a_proposal_ends_after_a_week(self, world: World) -> None:
        approver = world.staff("seal.qian")
        with world.services.database.transaction() as session:
            old = propose(world, session)
            world.clock.advance(PROPOSAL_LIFETIME)
            with pytest.raises(ProposalPendingError):
                propose(world, session, SealAction.STOP)
            world.clock.advance(MOMENT)
            with pytest.raises(ProposalExpiredError) as refused:
                world.approve(
                    session,
                    change_id=old.id,
                    reason="已核对，同意办理",
                    actor=approver,
                    now=world.clock.now(),
                )
            assert refused.value.params == {"days": 7}
            new = propose(world, session, SealAction.STOP)
            world.clock.advance(PROPOSAL_LIFETIME)
            world.approve(
                session,
                change_id=new.id,
                reason="已核对，同意办理",
                actor=approver,
                now=world.clock.now(),
            )
            assert state_at(session, SEAL, world.clock.now()) is SealState.STOPPED
