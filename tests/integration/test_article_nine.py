"""市中区规则第九条: every wrong combination of route, seal, type and unit, through every door."""

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.district import (
    APPROVAL_BUREAU,
    HIRING_MATTER,
    SCHOOL,
    TALENT_MATTER,
)
from certsvc.demonstration.reply import reply_of_the_day
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.records import EventRecord
from certsvc.sealing.register.errors import SealChangedMeanwhileError
from certsvc.sealing.register.history import get_version_in_force
from certsvc.sealing.register.records import Seal, SealAuthorisation, SealUse
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.scope_rules import OutsideScopeError
from certsvc.sealing.register.service import SealPurpose, SealUseRequest, authorise_use
from tests.support.command import run_command
from tests.support.visitors import Visitor
from tests.support.world import NOW, World

pytestmark = pytest.mark.duty("SZ-09-1", "SZ-09-3")

SEALS = {
    Route.DATA_SHARING: "data-sharing-seal",
    Route.DEPARTMENT_VERIFICATION: "department-verification-seal",
}
TYPES = ("no-criminal-record", "social-insurance")
UNITS = (APPROVAL_BUREAU, SCHOOL)
COMBINATIONS = list(product(Route, SEALS.values(), TYPES, UNITS))
PERMITTED_TYPE, PERMITTED_UNIT = "no-criminal-record", APPROVAL_BUREAU


def is_right(route: Route, seal_id: str, type_code: str, unit_code: str) -> bool:
    scoped = (type_code, unit_code) == (PERMITTED_TYPE, PERMITTED_UNIT)
    return seal_id == SEALS[route] and scoped


@pytest.fixture
def scoped(world: World) -> World:
    """A district whose seals are both for one type and one unit."""
    for seal_id in SEALS.values():
        world.rescope_seal(
            seal_id,
            type_codes=frozenset({PERMITTED_TYPE}),
            unit_codes=frozenset({PERMITTED_UNIT}),
        )
    return world


def add_copy(session: Session, route: Route, type_code: str, unit_code: str) -> Extraction:
    """Enter a record and a copy of it as the pipeline would, by any route, type and unit."""
    record = CertificateRecord(
        identifier=f"{route}.{type_code}.{unit_code}",
        type_code=type_code,
        route=route.value,
        status="allocated",
        holder_kind="111",
        holder_code="x",
        holder_name="某",
        fields={},
        evidence={},
        pack_version="1",
        pack_digest="0" * 64,
        issued_at=NOW,
        valid_until=NOW.date(),
    )
    session.add(record)
    session.flush()
    copy = Extraction(
        copy_number=f"{record.id:020d}",
        record_id=record.id,
        extracting_unit_code=unit_code,
        matter_code=TALENT_MATTER,
        purpose="试",
        extracted_at=NOW,
        valid_until=NOW.date(),
        operator="staff:clerk.wang",
        verify_code_sha256=f"{record.id:064d}",
    )
    session.add(copy)
    session.flush()
    return copy


class TestService:
    @pytest.mark.parametrize(("route", "seal_id", "type_code", "unit_code"), COMBINATIONS)
    def test_only_the_right_combination_is_authorised(
        self, scoped: World, route: Route, seal_id: str, type_code: str, unit_code: str
    ) -> None:
        with scoped.services.database.transaction() as session:
            copy = add_copy(session, route, type_code, unit_code)
            request = SealUseRequest(
                record_id=copy.record_id,
                copy_number=copy.copy_number,
                purpose=SealPurpose(route=route, type_code=type_code, unit_code=unit_code),
                seal_id=seal_id,
                document_sha256="a" * 64,
                not_after=NOW + timedelta(minutes=1),
            )
            if is_right(route, seal_id, type_code, unit_code):
                assert authorise_use(session, request, now=NOW).seal_id == seal_id
            else:
                with pytest.raises((SealChangedMeanwhileError, OutsideScopeError)):
                    authorise_use(session, request, now=NOW)
            made = session.scalars(select(SealAuthorisation)).all()
            assert len(made) == int(is_right(route, seal_id, type_code, unit_code))

    def test_a_request_that_misstates_its_record_is_refused_by_the_database(
        self, world: World
    ) -> None:
        # The lie is inside the scope; the record and the copy say otherwise.
        world.rescope_seal(SEALS[Route.DATA_SHARING], type_codes=frozenset({PERMITTED_TYPE}))
        for truth, lie in (
            (
                (Route.DATA_SHARING, "social-insurance", APPROVAL_BUREAU),
                SealPurpose(
                    route=Route.DATA_SHARING, type_code=PERMITTED_TYPE, unit_code=APPROVAL_BUREAU
                ),
            ),
            (
                (Route.DEPARTMENT_VERIFICATION, PERMITTED_TYPE, APPROVAL_BUREAU),
                SealPurpose(
                    route=Route.DATA_SHARING, type_code=PERMITTED_TYPE, unit_code=APPROVAL_BUREAU
                ),
            ),
            (
                (Route.DATA_SHARING, PERMITTED_TYPE, SCHOOL),
                SealPurpose(
                    route=Route.DATA_SHARING, type_code=PERMITTED_TYPE, unit_code=APPROVAL_BUREAU
                ),
            ),
        ):
            with (
                pytest.raises(IntegrityError),
                world.services.database.transaction() as session,
            ):
                self.authorise_lie(session, add_copy(session, *truth), lie)

    def authorise_lie(self, session: Session, copy: Extraction, lie: SealPurpose) -> None:
        request = SealUseRequest(
            record_id=copy.record_id,
            copy_number=copy.copy_number,
            purpose=lie,
            seal_id=SEALS[lie.route],
            document_sha256="a" * 64,
            not_after=NOW + timedelta(minutes=1),
        )
        authorise_use(session, request, now=NOW)


@pytest.mark.both_engines
class TestSql:
    def row(self, session: Session, copy: Extraction, seal_id: str, **changes: object) -> object:
        record = session.get_one(CertificateRecord, copy.record_id)
        values: dict[str, object] = {
            "id": "f" * 32,
            "seal_id": seal_id,
            "version_id": get_version_in_force(session, seal_id).change_id,
            "number": 1,
            "used_on": NOW.astimezone(CHINA_TIME).date(),
            "number_of_day": 1,
            "record_id": record.id,
            "route": record.route,
            "type_code": record.type_code,
            "copy_number": copy.copy_number,
            "unit_code": copy.extracting_unit_code,
            "document_sha256": "0" * 64,
            "created_at": NOW,
            "expires_at": NOW + timedelta(minutes=1),
        }
        return SealAuthorisation(**(values | changes))

    @pytest.mark.parametrize(("route", "seal_id", "type_code", "unit_code"), COMBINATIONS)
    def test_only_the_right_combination_can_be_inserted(
        self, scoped: World, route: Route, seal_id: str, type_code: str, unit_code: str
    ) -> None:
        database = scoped.services.database
        with database.transaction() as session:
            copy = add_copy(session, route, type_code, unit_code)
        # However the row tells its route, type and unit: the truth, or what the seal is for.
        rights = (
            {},
            {"route": next(r.value for r, each in SEALS.items() if each == seal_id)},
            {"type_code": PERMITTED_TYPE, "unit_code": PERMITTED_UNIT},
        )
        for changes in rights:
            if is_right(route, seal_id, type_code, unit_code):
                continue
            with pytest.raises(IntegrityError), database.transaction() as session:
                session.add(self.row(session, copy, seal_id, **changes))
        if is_right(route, seal_id, type_code, unit_code):
            with database.transaction() as session:
                session.add(self.row(session, copy, seal_id))

    @pytest.mark.parametrize(
        "changes",
        [
            {"used_on": (NOW + timedelta(days=1)).date()},
            {"number": 0},
            {"number": 4},
            {"number_of_day": 3},
            {"version_id": 1},
        ],
    )
    def test_numbers_days_and_versions_are_checked(
        self, world: World, changes: dict[str, object]
    ) -> None:
        seal_id = SEALS[Route.DATA_SHARING]
        world.rescope_seal(seal_id, total_limit=3, daily_limit=2)
        database = world.services.database
        with database.transaction() as session:
            copy = add_copy(session, Route.DATA_SHARING, *(PERMITTED_TYPE, PERMITTED_UNIT))
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.add(self.row(session, copy, seal_id, **changes))
        with database.transaction() as session:
            session.add(self.row(session, copy, seal_id))

    def test_a_stopped_seal_is_not_authorised(self, world: World) -> None:
        seal_id, database = SEALS[Route.DATA_SHARING], world.services.database
        with database.transaction() as session:
            copy = add_copy(session, Route.DATA_SHARING, PERMITTED_TYPE, PERMITTED_UNIT)
        world.change_seal(SealAction.STOP, seal_id)
        with (
            pytest.raises(IntegrityError, match="outside the scope"),
            database.transaction() as session,
        ):
            session.add(self.row(session, copy, seal_id))


@pytest.mark.both_engines
class TestPipeline:
    @pytest.mark.parametrize("by_reply", [False, True])
    def test_what_the_scope_does_not_permit_is_refused_and_recorded(
        self, world: World, *, by_reply: bool
    ) -> None:
        route = Route.DEPARTMENT_VERIFICATION if by_reply else Route.DATA_SHARING
        world.rescope_seal(SEALS[route], type_codes=frozenset({"social-insurance"}))
        services = world.services
        with services.database.transaction() as session:
            reply = reply_of_the_day(session, services.packs, now=NOW) if by_reply else None
        with pytest.raises(OutsideScopeError) as refused:
            world.issue(reply_id=reply)
        assert refused.value.params["reason"] == "type"
        with services.database.reading() as session:
            entry = session.scalars(
                select(EventRecord).where(EventRecord.kind == "certificate.refused")
            ).one()
            assert (entry.actor, entry.details["refusal"]) == (
                "staff:clerk.wang",
                "seals.outside-scope",
            )
            assert session.scalars(select(SealUse)).all() == []

    @pytest.mark.parametrize("by_reply", [False, True])
    def test_the_route_alone_chooses_the_seal(self, world: World, *, by_reply: bool) -> None:
        services = world.services
        with services.database.transaction() as session:
            reply = reply_of_the_day(session, services.packs, now=NOW) if by_reply else None
        world.issue(reply_id=reply)
        with services.database.reading() as session:
            used = session.scalars(select(SealUse.seal_id).distinct()).one()
        route = Route.DEPARTMENT_VERIFICATION if by_reply else Route.DATA_SHARING
        assert used == SEALS[route]


class TestHttp:
    @pytest.mark.parametrize("entry", ["seal", "seal_id", "route"])
    def test_a_request_cannot_name_seal_or_route(self, visitor: Visitor, entry: str) -> None:
        answer = visitor.client.post(
            "/api/v1/certificates",
            json=visitor.request(**{entry: SEALS[Route.DEPARTMENT_VERIFICATION]}),
            headers=visitor.clerk() | {"Idempotency-Key": "k"},
        )
        assert answer.status_code == 422
        assert nothing_sealed(visitor.world)

    @pytest.mark.parametrize("type_code", TYPES)
    @pytest.mark.parametrize("by_reply", [False, True])
    @pytest.mark.parametrize(
        ("login", "matter"), [("clerk.wang", TALENT_MATTER), ("clerk.chen", HIRING_MATTER)]
    )
    def test_every_request_outside_the_scope_is_refused(
        self, visitor: Visitor, type_code: str, login: str, matter: str, *, by_reply: bool
    ) -> None:
        # Neither seal may be used for anything that can be asked for.
        world = visitor.world
        for seal_id in SEALS.values():
            world.rescope_seal(seal_id, unit_codes=frozenset({world.staff("handler.li").unit_code}))
        services = world.services
        with services.database.transaction() as session:
            reply = reply_of_the_day(session, services.packs, now=NOW)
        changes = {"type": type_code, "matter": matter} | ({"reply": reply} if by_reply else {})
        answer = visitor.client.post(
            "/api/v1/certificates",
            json=visitor.request(**changes),
            headers=visitor.bearer(login) | {"Idempotency-Key": "k"},
        )
        assert answer.status_code in {403, 404, 409}, answer.text
        assert nothing_sealed(world)


class TestCommand:
    @pytest.mark.parametrize("option", ["--seal", "--route"])
    def test_the_command_cannot_name_seal_or_route(self, home: Path, option: str) -> None:
        answer = run_command(home, "issue", option, SEALS[Route.DATA_SHARING])
        assert answer.code == 2
        assert "cli.usage" in answer.err

    def test_whoever_owns_the_machine_cannot_leave_the_scope_either(
        self, world: World, tmp_path: Path
    ) -> None:
        world.rescope_seal(SEALS[Route.DATA_SHARING], unit_codes=frozenset({SCHOOL}))
        arguments = {
            "--type": PERMITTED_TYPE,
            "--holder": world.resident.identity_number,
            "--unit": APPROVAL_BUREAU,
            "--matter": TALENT_MATTER,
            "--purpose": "申领人才住房补贴",
            "--out": str(tmp_path / "out.pdf"),
        }
        flat = [each for pair in arguments.items() for each in pair]
        answer = run_command(world.home, "issue", *flat)
        assert answer.code == 1
        assert "seals.outside-scope" in answer.err
        assert not (tmp_path / "out.pdf").exists()
        assert nothing_sealed(world)


def nothing_sealed(world: World) -> bool:
    with world.services.database.reading() as session:
        return session.scalars(select(SealUse.event)).all() == []


def test_the_seals_of_the_table_are_registered(world: World) -> None:
    with world.services.database.reading() as session:
        routes = {Route(seal.route): seal.id for seal in session.scalars(select(Seal))}
    assert routes == SEALS
    assert issubclass(OutsideScopeError, CertsvcError)
