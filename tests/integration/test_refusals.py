"""What is refused, with which code, and that nothing is lost or left half-done."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import OperationalError

from certsvc.bootstrap import RIM_FONT
from certsvc.catalogue.matters.service import (
    MatterExcludedError,
    MatterOfOtherUnitError,
    MatterUnknownError,
)
from certsvc.catalogue.types.records import CertificateType
from certsvc.catalogue.types.service import TypeExcludedError, TypeUnknownError
from certsvc.catalogue.uses.service import NotOnUseListError
from certsvc.certificates.issuance.journal import LEASE
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import (
    CodeMalformedError,
    PurposeInvalidError,
    PurposeMissingError,
    Step,
)
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.district import SCHOOL, TEACHER_MATTER
from certsvc.evidence.inquiries.service import ReplyUnknownError
from certsvc.evidence.sources.errors import (
    HolderNotFoundError,
    SeveralRecordsError,
    SourceUnavailableError,
)
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.codes.identity_number import identity_number_check_character
from certsvc.foundation.db.engine import DatabaseUnavailableError
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.idempotency.rules import (
    IdempotencyKeyInvalidError,
    IdempotencyKeyReusedError,
    LeaseLostError,
)
from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.storage.objects import ObjectDigest, StoreUnavailableError, parse_digest
from certsvc.people.rights.rules import ForeignUnitError, PermissionDeniedError
from certsvc.sealing.register.records import Seal, SealUse
from certsvc.sealing.register.service import AuthorisationSpentError, SealNotInUseError
from certsvc.sealing.uses.credentials import SealCredential, SealCredentials
from keys.errors import KeyLockedError
from templates.errors import FieldsInvalidError, GlyphMissingError
from tests.integration.test_seal_register import stop_seal
from tests.support.world import World

NOBODY = HolderCode(value="990101200001010019")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type_code": "marriage"}, TypeUnknownError),
        ({"type_code": "no criminal\0record"}, CodeMalformedError),
        ({"matter_code": "flying"}, MatterUnknownError),
        ({"matter_code": "x" * 61}, CodeMalformedError),
        ({"holder": NOBODY}, HolderNotFoundError),
        ({"purpose": ""}, PurposeMissingError),
        ({"purpose": " \t　"}, PurposeMissingError),
        ({"purpose": "用途\0"}, PurposeInvalidError),
        ({"purpose": "一\n二"}, PurposeInvalidError),
        ({"purpose": "\u202e反"}, PurposeInvalidError),
        ({"purpose": "\ud800"}, PurposeInvalidError),
        ({"purpose": "一\u2028二"}, PurposeInvalidError),
        ({"purpose": "\u3164"}, PurposeInvalidError),
        ({"purpose": "用途" + "\u0338" * 5}, PurposeInvalidError),
        ({"purpose": "……"}, PurposeInvalidError),
        ({"purpose": "\u0645\u0631\u062d\u0628\u0627"}, PurposeInvalidError),
        ({"purpose": "长" * 201}, PurposeInvalidError),
        ({"unit_code": SCHOOL}, ForeignUnitError),
        ({"idempotency_key": ""}, IdempotencyKeyInvalidError),
        ({"idempotency_key": "键"}, IdempotencyKeyInvalidError),
        ({"reply_id": "f" * 32}, ReplyUnknownError),
    ],
)
def test_bad_requests_are_refused_before_anything_is_allocated(
    world: World, changes: dict[str, object], expected: type[CertsvcError]
) -> None:
    with pytest.raises(expected):
        world.issue(**changes)
    with world.services.database.transaction() as session:
        assert session.scalars(select(Issuance)).all() == []


@pytest.mark.duty("SZ-02-1", "SZ-02-2")
def test_an_excluded_matter_gets_no_proof_and_is_told_why(world: World) -> None:
    with pytest.raises(MatterExcludedError) as caught:
        world.issue(matter_code="firearms-licence")
    assert caught.value.params["excluded_reason"] == "直接涉及公共安全"
    with world.services.database.transaction() as session:
        session.get_one(CertificateType, "no-criminal-record").excluded_reason = "须区外机构出具"
    with pytest.raises(TypeExcludedError):
        world.issue()


@pytest.mark.duty("WF-E07-1")
def test_only_what_the_use_list_gives_can_be_pulled(world: World) -> None:
    with pytest.raises(NotOnUseListError):
        world.issue(type_code="social-insurance", matter_code=TEACHER_MATTER)
    with pytest.raises(MatterOfOtherUnitError):
        world.issue(matter_code="school-hiring")


def test_a_field_the_use_list_does_not_give_is_not_taken(world: World) -> None:
    with world.services.database.transaction() as session:
        session.execute(
            text("UPDATE use_list SET fields = :fields WHERE matter_code = 'talent-subsidy'"),
            {"fields": '["name"]'},
        )
    with pytest.raises(FieldsInvalidError):
        world.issue()
    with world.services.database.transaction() as session:
        assert session.scalars(select(CertificateRecord)).all() == []


@pytest.mark.both_engines
def test_a_refusal_is_recorded_with_who_and_why(world: World) -> None:
    holder = world.holder()
    with pytest.raises(PermissionDeniedError):
        world.services.issuer.issue(world.request(), actor=holder)
    stop_seal(world)
    with pytest.raises(SealNotInUseError):
        world.issue()
    with world.services.database.transaction() as session:
        refused = select(EventRecord).where(EventRecord.kind == "certificate.refused")
        entries = session.scalars(refused.order_by(EventRecord.id)).all()
    assert [(entry.actor, entry.details["refusal"]) for entry in entries] == [
        (holder.id, "organisations.permission-denied"),
        ("staff:clerk.wang", "seals.not-in-use"),
    ]


def test_what_was_typed_instead_of_a_code_is_not_kept(world: World) -> None:
    number = world.resident.identity_number
    with pytest.raises(MatterUnknownError):
        world.issue(matter_code=number)
    with world.services.database.transaction() as session:
        (entry,) = session.scalars(
            select(EventRecord).where(EventRecord.kind == "certificate.refused")
        ).all()
    assert (entry.subject, entry.details["type"]) == ("-", "no-criminal-record")


def source_database(world: World) -> Path:
    return world.home / "example-departments.db"


def change_source(world: World, statement: str) -> None:
    """Change the world's own copy of the departments' database, and connect to it."""
    toml = world.home / "sources.toml"
    lines = [
        f'url = "sqlite:///{source_database(world)}"' if line.startswith("url") else line
        for line in toml.read_text().splitlines()
    ]
    toml.write_text("\n".join(lines))
    engine = create_engine(f"sqlite:///{source_database(world)}")
    with engine.begin() as connection:
        connection.execute(text(statement), {"id": world.resident.identity_number})
    engine.dispose()


class TestSources:
    def test_a_fact_that_breaks_the_schema_is_refused_by_name(self, world: World) -> None:
        change_source(world, "UPDATE police_persons SET xb = '未知' WHERE sfzh = :id")
        with pytest.raises(FieldsInvalidError) as caught:
            world.issue()
        assert caught.value.params["field"] == "sex"

    def test_a_source_that_lost_its_table_is_unavailable(self, world: World) -> None:
        change_source(world, "DROP TABLE police_persons")
        with pytest.raises(SourceUnavailableError):
            world.issue()

    def test_a_second_record_is_never_chosen_for_the_clerk(self, world: World) -> None:
        change_source(
            world,
            "CREATE TABLE copy AS SELECT * FROM police_persons",
        )
        change_source(world, "DROP TABLE police_persons")
        change_source(world, "ALTER TABLE copy RENAME TO police_persons")
        change_source(
            world,
            "INSERT INTO police_persons SELECT * FROM police_persons WHERE sfzh = :id",
        )
        with pytest.raises(SeveralRecordsError):
            world.issue()

    def test_a_name_no_font_has_is_named_and_voided(self, world: World) -> None:
        change_source(world, "UPDATE police_persons SET xm = '青😀' WHERE sfzh = :id")
        with pytest.raises(GlyphMissingError) as caught:
            world.issue()
        assert "1F600" in str(caught.value.params["characters"])
        check_voided(world, "template.glyph-missing")

    def test_what_a_person_types_never_becomes_sql(self, world: World) -> None:
        with pytest.raises(CertsvcError):
            world.issue(holder=HolderCode(value="1--OR-1", kind=HolderCodeType.OTHER_PERSON))


def check_voided(world: World, code: str) -> None:
    with world.services.database.transaction() as session:
        issuance = session.scalars(select(Issuance)).one()
        record = session.scalars(select(CertificateRecord)).one()
    assert (issuance.state, issuance.failure_code) == ("voided", code)
    assert record.status == "voided"


class TestTheWorldFails:
    def test_a_locked_key_voids_and_works_again_once_unlocked(self, world: World) -> None:
        passphrase = world.home / "locked.txt"
        with world.services.database.reading() as session:
            right = session.get_one(Seal, "data-sharing-seal").key_uri
        file, _, secret = right.partition("?passphrase-file=")
        passphrase.write_text(Path(unquote(secret)).read_text())
        world.alter_seal("data-sharing-seal", key_uri=f"{file}?passphrase-file={passphrase}")
        passphrase.write_text("wrong")
        with pytest.raises(KeyLockedError):
            world.issue(idempotency_key="k")
        check_voided(world, "key.locked")
        with world.services.database.transaction() as session:
            assert session.scalars(select(SealUse.event).order_by(SealUse.id)).all() == [
                "intended",
                "abandoned",
            ]
        world.alter_seal("data-sharing-seal", key_uri=right)
        assert world.issue(idempotency_key="k").sha256

    def test_a_full_store_voids(self, world: World) -> None:
        class FullStore(FolderObjectStore):
            def put(self, content: bytes) -> ObjectDigest:
                raise StoreUnavailableError(size=len(content))

        world.services.__dict__["store"] = FullStore(world.home)
        with pytest.raises(StoreUnavailableError):
            world.issue()
        check_voided(world, "storage.unavailable")

    @pytest.mark.both_engines
    @pytest.mark.parametrize("step", [Step.ALLOCATE, Step.CHECK, Step.RECORD_INTENT, Step.SEAL])
    def test_a_database_gone_half_way_is_told_and_recovered(self, world: World, step: Step) -> None:
        engine = world.services.database.engine
        gone = []

        def fail(*_: object) -> None:
            if gone:
                raise OperationalError("connection", None, Exception("gone"))

        def listen(done: Step) -> None:
            if done is step:
                gone.append(done)

        event.listen(engine, "begin", fail)
        with pytest.raises(DatabaseUnavailableError):
            world.services.issuer.issue(
                world.request(), actor=world.staff("clerk.wang"), on_step=listen
            )
        gone.clear()
        with world.services.database.transaction() as session:
            issuance = session.scalars(select(Issuance)).one()
            assert issuance.state == "running"
            world.clock.advance(issuance.lease_until_at - world.clock.now())
        assert world.services.recovery.recover().voided == 1
        check_voided(world, "issuance.interrupted")


@pytest.mark.both_engines
class TestSlowWork:
    """A process that is slow, and recovery that steps in meanwhile."""

    def slow_at(self, world: World, step: Step, delay: timedelta, *, recover: bool) -> IssuedCopy:
        def listen(done: Step) -> None:
            if done is step:
                world.clock.advance(delay)
                if recover:
                    world.services.recovery.recover()

        return world.services.issuer.issue(
            world.request(), actor=world.staff("clerk.wang"), on_step=listen
        )

    def test_an_authorisation_does_not_outlive_the_lease(self, world: World) -> None:
        with pytest.raises(AuthorisationSpentError):
            self.slow_at(world, Step.RENDER, LEASE - timedelta(seconds=50), recover=False)
        check_voided(world, "seals.authorisation-spent")

    def test_no_key_is_used_after_recovery_has_voided(self, world: World) -> None:
        opened = []

        class WatchedCredentials(SealCredentials):
            def get(self, seal: Seal) -> SealCredential:
                opened.append(seal.id)
                return super().get(seal)

        rim_font = world.services.fonts_dir / RIM_FONT
        world.services.__dict__["seal_credentials"] = WatchedCredentials(
            rim_font=rim_font, is_offered=lambda _: True
        )
        with pytest.raises(LeaseLostError):
            self.slow_at(world, Step.RECORD_INTENT, LEASE, recover=True)
        assert opened == []
        check_voided(world, "issuance.interrupted")

    def test_a_copy_that_recovery_published_is_given_out(self, world: World) -> None:
        class SlowStore(FolderObjectStore):
            def put(self, content: bytes) -> ObjectDigest:
                digest = super().put(content)
                world.clock.advance(LEASE)
                assert world.services.recovery.recover().finished == 1
                return digest

        world.services.__dict__["store"] = SlowStore(world.home / "objects")
        issued = world.issue()
        with world.services.database.transaction() as session:
            assert session.scalars(select(Issuance.state)).all() == ["published"]
            assert session.scalars(select(SealUse.event).order_by(SealUse.id)).all() == [
                "intended",
                "sealed",
            ]
        assert world.services.store.get(parse_digest(issued.sha256))

    def test_recovery_leaves_work_under_way_alone(self, world: World) -> None:
        issued = self.slow_at(world, Step.SEAL, timedelta(seconds=100), recover=True)
        assert issued.sha256


@pytest.mark.both_engines
class TestIdempotency:
    def test_the_same_request_gives_the_same_copy(self, world: World) -> None:
        first = world.issue(idempotency_key="k")
        assert world.issue(idempotency_key="k") == first
        with world.services.database.transaction() as session:
            assert len(session.scalars(select(Issuance)).all()) == 1

    def test_another_request_with_the_same_key_is_refused(self, world: World) -> None:
        world.issue(idempotency_key="k")
        with pytest.raises(IdempotencyKeyReusedError):
            world.issue(idempotency_key="k", purpose="别的用途")

    def test_without_a_key_each_request_is_its_own(self, world: World) -> None:
        assert world.issue().copy_number != world.issue().copy_number


def test_a_number_that_looks_mistyped_is_told(world: World) -> None:
    number = NOBODY.value
    right = number[:-1] + identity_number_check_character(number[:-1])
    with pytest.raises(HolderNotFoundError) as caught:
        world.issue(holder=HolderCode(value=right))
    assert caught.value.params == {}
    wrong = number[:-1] + ("1" if right[-1] != "1" else "2")
    with pytest.raises(HolderNotFoundError) as caught:
        world.issue(holder=HolderCode(value=wrong))
    assert caught.value.params == {"reason": "check-character"}
