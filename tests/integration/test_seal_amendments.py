"""变更 of image, certificate, key and scope: by two persons, kept, and never by the back door."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from certsvc.demonstration.district import APPROVAL_BUREAU, BIG_DATA_BUREAU, PASSWORD
from certsvc.demonstration.pki import make_pki_and_seals
from certsvc.foundation.approvals.rules import OwnProposalError
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.foundation.storage.objects import parse_digest
from certsvc.people.accounts.records import StaffMember
from certsvc.people.accounts.service import register_staff, staff_actor
from certsvc.people.rights.rules import PersonUnknownError, Role
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment, propose_scope
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.errors import (
    ContentMissingError,
    NothingAlteredError,
    SealAlteredMeanwhileError,
    SealCertificateUnusableError,
    VersionTamperedError,
)
from certsvc.sealing.register.history import find_version_at, list_versions, state_at
from certsvc.sealing.register.records import Seal, SealUse
from certsvc.sealing.register.rules import SealAction, SealState
from certsvc.sealing.register.scope_rules import ScopeInvalidError, SealScope
from certsvc.sealing.register.versions import certificate_sha256
from keys.development import DevelopmentIdentity, DevelopmentSealName, create_development_pki
from tests.support.deciding import reject_change
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
HOUR = timedelta(hours=1)


def new_identity(world: World, slug: str) -> DevelopmentIdentity:
    """Another key and certificate for the seal, under the same root."""
    name = DevelopmentSealName(
        slug=slug, common_name="云岭区证照数据共享查询核验专用章", organisation="云岭区大数据局"
    )
    made = create_development_pki(world.home / "pki", names=[name], now=world.clock.now())
    return made.seals[slug]


def renewal(identity: DevelopmentIdentity) -> dict[str, str]:
    chain = identity.chain_path.read_text(encoding="ascii")
    return {"key_uri": identity.key_uri, "certificate_chain_pem": chain}


class TestRenewal:
    @pytest.mark.both_engines
    def test_old_papers_stay_valid_and_new_ones_bear_the_new_certificate(
        self, world: World
    ) -> None:
        old = world.issue()
        world.clock.advance(HOUR)
        world.alter_seal(SEAL, **renewal(new_identity(world, "renewed")))
        new = world.issue(purpose="再次申领")
        for issued in (old, new):
            content = world.services.store.get(parse_digest(issued.sha256))
            assert world.services.authenticity.check_file(content).answer == "authentic"
        with world.services.database.reading() as session:
            used = select(SealUse.certificate_sha256).where(SealUse.event == "sealed")
            fingerprints = session.scalars(used.order_by(SealUse.id)).all()
            now, before = (find_version_at(session, SEAL, at) for at in (world.clock.now(), NOW))
            assert now is not None
            assert before is not None
            assert fingerprints == [certificate_sha256(before), certificate_sha256(now)]
            assert state_at(session, SEAL, world.clock.now()) is SealState.IN_USE

    def test_the_demonstration_can_be_made_again_after_it(self, world: World) -> None:
        world.alter_seal(SEAL, **renewal(new_identity(world, "renewed")))
        with world.services.database.transaction() as session:
            make_pki_and_seals(
                session, world.home, reader=world.services.change_desk.reader, now=NOW
            )
            assert len(list_versions(session, SEAL)) == 2

    def test_a_use_authorised_before_is_not_sealed_after(self, world: World) -> None:
        identity = renewal(new_identity(world, "renewed"))

        def renew(step: object) -> None:
            if getattr(step, "name", "") == "RECORD_INTENT":
                world.alter_seal(SEAL, **identity)

        with pytest.raises(SealAlteredMeanwhileError):
            world.services.issuer.issue(
                world.request(), actor=world.staff("clerk.wang"), on_step=renew
            )
        with world.services.database.reading() as session:
            events = session.scalars(select(SealUse.event).order_by(SealUse.id)).all()
        assert events == ["intended", "abandoned"]
        assert world.issue().sha256


class TestAmendment:
    def test_a_proposal_changes_nothing_until_it_is_approved(self, world: World) -> None:
        proposer, approver = world.staff("seal.zhao"), world.staff("seal.qian")
        with world.services.database.transaction() as session:
            change = propose_amendment(
                session,
                seal_id=SEAL,
                amendment=SealAmendment(bottom_text="新"),
                offers=world.services.offered_keys,
                reason="换字",
                actor=proposer,
                now=NOW,
            )
            assert session.get_one(Seal, SEAL).bottom_text == "演示专用"
        world.clock.advance(HOUR)
        with world.services.database.transaction() as session:
            world.approve(
                session,
                change_id=change.id,
                reason="已核对，同意办理",
                actor=approver,
                now=NOW + HOUR,
            )
        with world.services.database.reading() as session:
            assert session.get_one(Seal, SEAL).bottom_text == "新"
            before, after = (find_version_at(session, SEAL, at) for at in (NOW, NOW + HOUR))
            assert before is not None
            assert after is not None
            assert (before.bottom_text, after.bottom_text) == ("演示专用", "新")

    def test_what_comes_to_nothing_changes_nothing(self, world: World) -> None:
        with world.services.database.transaction() as session:
            change = propose_scope(
                session,
                seal_id=SEAL,
                scope=SealScope(daily_limit=3),
                reason="试",
                actor=staff_actor(session, "seal.zhao"),
                now=NOW,
            )
            approver = staff_actor(session, "seal.qian")
            reject_change(
                session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=NOW
            )
            version = find_version_at(session, SEAL, NOW)
            assert version is not None
            assert version.daily_limit is None

    @pytest.mark.parametrize(
        ("amendment", "expected"),
        [
            (SealAmendment(), NothingAlteredError),
            (SealAmendment(bottom_text="演示专用"), NothingAlteredError),
            (SealAmendment(certificate_chain_pem="-----BEGIN"), SealCertificateUnusableError),
        ],
    )
    def test_what_is_refused(
        self, world: World, amendment: SealAmendment, expected: type[Exception]
    ) -> None:
        with (
            pytest.raises(expected),
            world.services.database.transaction() as session,
        ):
            propose_amendment(
                session,
                seal_id=SEAL,
                amendment=amendment,
                offers=world.services.offered_keys,
                reason="换",
                actor=world.staff("seal.zhao"),
                now=NOW,
            )

    def test_a_certificate_that_ended_while_it_waited_is_not_approved(self, world: World) -> None:
        identity = renewal(new_identity(world, "renewed"))
        world.offer_key(identity["key_uri"], identity["certificate_chain_pem"])
        late = NOW + timedelta(days=365 * 2 - 1)
        with world.services.database.transaction() as session:
            change = propose_amendment(
                session,
                seal_id=SEAL,
                amendment=SealAmendment(**identity),
                offers=world.services.offered_keys,
                reason="换证",
                actor=staff_actor(session, "seal.zhao"),
                now=late,
            )
            with pytest.raises(SealCertificateUnusableError):
                world.approve(
                    session,
                    change_id=change.id,
                    reason="已核对，同意办理",
                    actor=staff_actor(session, "seal.qian"),
                    now=late + timedelta(days=2),
                )

    def test_without_content_and_on_a_cancelled_seal_it_is_refused(self, world: World) -> None:
        arguments = {"seal_id": SEAL, "reason": "换", "actor": world.staff("seal.zhao"), "now": NOW}
        with world.services.database.transaction() as session:
            for action in (SealAction.AMEND, SealAction.RESCOPE, SealAction.APPLY):
                with pytest.raises(ContentMissingError):
                    propose_change(session, action=action, **arguments)  # type: ignore[arg-type]  # one dictionary
        world.change_seal(SealAction.CANCEL)
        with (
            pytest.raises(TransitionRefusedError),
            world.services.database.transaction() as session,
        ):
            propose_amendment(
                session,
                amendment=SealAmendment(bottom_text="新"),
                offers=world.services.offered_keys,
                **arguments,  # type: ignore[arg-type]  # one dictionary
            )

    @pytest.mark.parametrize(
        "scope",
        [
            {"service_hours": "8 09:00-12:00"},
            {"service_hours": "1-5"},
            {"service_hours": "5-1 09:00-12:00"},
            {"service_hours": "1 12:00-09:00"},
            {"service_hours": "1 09:00-24:30"},
            {"daily_limit": 0},
            {"total_limit": -1},
            {"total_limit": 2**31},
            {"stop_before_days": 366},
        ],
    )
    def test_a_malformed_scope_is_refused(self, world: World, scope: dict[str, object]) -> None:
        with pytest.raises(ScopeInvalidError):
            world.rescope_seal(SEAL, **scope)


class TestOnePersonWithTwoAccounts:
    def register_second(self, world: World) -> None:
        """Give the proposer a second account, which may approve."""
        with world.services.database.transaction() as session:
            person = session.get_one(StaffMember, "seal.zhao").person_id
            register_staff(
                session,
                login="zhao.second",
                name="赵印管（演示）",
                person_id=person,
                unit_code=BIG_DATA_BUREAU,
                password=PASSWORD,
                roles=frozenset({Role.SEAL_PROPOSER, Role.SEAL_APPROVER}),
            )

    @pytest.mark.parametrize("approves", [True, False])
    def test_the_second_account_cannot_decide(self, world: World, *, approves: bool) -> None:
        decide = world.approve if approves else reject_change
        self.register_second(world)
        with world.services.database.transaction() as session:
            change = propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.STOP,
                reason="例行",
                actor=staff_actor(session, "seal.zhao"),
                now=NOW,
            )
            with pytest.raises(OwnProposalError):
                decide(
                    session,
                    change_id=change.id,
                    reason="同意",
                    actor=staff_actor(session, "zhao.second"),
                    now=NOW,
                )

    @pytest.mark.both_engines
    def test_the_database_does_not_let_an_account_change_hands(self, world: World) -> None:
        with (
            pytest.raises(IntegrityError, match="append-only"),
            world.services.database.transaction() as session,
        ):
            session.execute(update(StaffMember).values(person_id="somebody-else"))

    def test_who_is_behind_an_account_must_be_known(self, world: World) -> None:
        nobody = replace(world.staff("seal.zhao"), person_id=None)
        with (
            pytest.raises(PersonUnknownError),
            world.services.database.transaction() as session,
        ):
            propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.STOP,
                reason="例行",
                actor=nobody,
                now=NOW,
            )


@pytest.mark.both_engines
class TestBySql:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE seals SET key_uri = 'file:/tmp/own.key'",
            "UPDATE seals SET certificate_chain_pem = 'x'",
            "UPDATE seals SET diameter_mm = 50",
            "UPDATE seals SET bottom_text = ''",
            "UPDATE seal_versions SET key_uri = 'file:/tmp/own.key'",
            "UPDATE seal_versions SET total_limit = 5",
            "DELETE FROM seal_version_types",
            "UPDATE seal_version_types SET type_code = 'social-insurance'",
            "INSERT INTO seal_version_types SELECT change_id, '{type}' FROM seal_versions",
            "INSERT INTO seal_version_units SELECT change_id, '{unit}' FROM seal_versions",
            "DELETE FROM seal_versions",
            "DELETE FROM seal_authorisations",
            "UPDATE seal_authorisations SET number = number + 1",
            "UPDATE seal_authorisations SET redeemed_at = NULL",
            "UPDATE seal_authorisations SET expires_at = '2099-01-01 00:00:00'",
            "UPDATE seal_authorisations SET document_sha256 = 'x'",
        ],
    )
    def test_the_database_refuses(self, world: World, statement: str) -> None:
        world.rescope_seal(SEAL, type_codes=frozenset({"no-criminal-record"}))
        world.issue()
        statement = statement.format(type="social-insurance", unit=APPROVAL_BUREAU)
        with (
            pytest.raises(IntegrityError, match="append-only"),
            world.services.database.transaction() as session,
        ):
            session.execute(text(statement))

    def test_a_version_altered_while_it_waits_is_not_approved(self, world: World) -> None:
        with world.services.database.transaction() as session:
            change = propose_scope(
                session,
                seal_id=SEAL,
                scope=SealScope(unit_codes=frozenset({BIG_DATA_BUREAU})),
                reason="限用",
                actor=staff_actor(session, "seal.zhao"),
                now=NOW,
            )
            session.execute(
                text("INSERT INTO seal_version_units VALUES (:change, :unit)"),
                {"change": change.id, "unit": APPROVAL_BUREAU},
            )
        with (
            pytest.raises(VersionTamperedError),
            world.services.database.transaction() as session,
        ):
            world.approve(
                session,
                change_id=change.id,
                reason="已核对，同意办理",
                actor=staff_actor(session, "seal.qian"),
                now=NOW,
            )
