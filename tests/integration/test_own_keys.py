"""A seal's key signs the papers of its seal: no other seal's, no protocol, no answer."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.people.accounts.service import staff_actor
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment
from certsvc.sealing.changes.proposals import apply_for_seal
from certsvc.sealing.custody.ceremonies import CeremonyOffice
from certsvc.sealing.custody.errors import ProtocolKeyOfSealError
from certsvc.sealing.custody.records import CeremonyRun
from certsvc.sealing.custody.rules import parse_ceremony
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.errors import AnswerKeyOfSealError, KeyOfAnotherSealError
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.status import answer_status
from tests.integration.test_custody import OPERATOR
from tests.integration.test_seal_amendments import new_identity, renewal
from tests.support.seal_certificates import certify
from tests.support.world import NOW, World, make_world

SHARING, VERIFICATION = "data-sharing-seal", "department-verification-seal"
pytestmark = pytest.mark.duty("SZ-09-1")


def key_of(world: World, seal_id: str) -> dict[str, str]:
    """Address of a seal's key, and its certificates."""
    with world.services.database.reading() as session:
        seal = session.get_one(Seal, seal_id)
        return {"key_uri": seal.key_uri, "certificate_chain_pem": seal.certificate_chain_pem}


def application(**content: str) -> SealApplication:
    return SealApplication(
        id="third-seal",
        name="云岭区第三专用章",
        owner_unit_code="",
        route=Route.DATA_SHARING,
        rim_text="云岭区第三专用章",
        bottom_text="",
        diameter_mm=42.0,
        reason="扩大试点",
        **content,
    )


def apply(world: World, session: Session, wanted: SealApplication) -> SealChange:
    proposer = staff_actor(session, "seal.zhao")
    wanted = replace(wanted, owner_unit_code=proposer.unit_code)
    return apply_for_seal(
        session,
        application=wanted,
        offers=world.services.offered_keys,
        actor=proposer,
        now=NOW,
    )


def test_no_seal_takes_over_the_key_of_the_other_route(world: World) -> None:
    with pytest.raises(KeyOfAnotherSealError):
        world.alter_seal(SHARING, **key_of(world, VERIFICATION))
    assert key_of(world, SHARING) != key_of(world, VERIFICATION)


def test_nor_by_another_certificate_and_another_spelling_of_its_place(
    sqlite_world: World,
) -> None:
    uri = key_of(sqlite_world, VERIFICATION)["key_uri"]
    with pytest.raises(KeyOfAnotherSealError):
        sqlite_world.alter_seal(
            SHARING,
            key_uri=uri.replace("/pki/", "/./pki/"),
            certificate_chain_pem=certify(uri, name="另一枚", beside=uri, now=NOW),
        )


def test_nor_does_a_new_seal(world: World) -> None:
    wanted = application(**key_of(world, VERIFICATION))
    database = world.services.database
    with pytest.raises(KeyOfAnotherSealError), database.transaction() as session:
        apply(world, session, wanted)
    with database.transaction() as session:
        assert apply(world, session, replace(wanted, route=Route.DEPARTMENT_VERIFICATION)).id


def test_of_two_that_want_one_new_key_the_second_is_not_approved(sqlite_world: World) -> None:
    world = sqlite_world
    content = renewal(new_identity(world, "new"))
    world.offer_key(content["key_uri"], content["certificate_chain_pem"])
    with world.services.database.transaction() as session:
        first = apply(
            world, session, replace(application(**content), route=Route.DEPARTMENT_VERIFICATION)
        )
        second = propose_amendment(
            session,
            seal_id=SHARING,
            offers=world.services.offered_keys,
            amendment=SealAmendment(**content),  # type: ignore[arg-type]  # both are texts
            reason="换发证书",
            actor=staff_actor(session, "seal.zhao"),
            now=NOW,
        )
        approver = staff_actor(session, "seal.qian")
        world.approve(session, change_id=first.id, reason="同意", actor=approver, now=NOW)
        with pytest.raises(KeyOfAnotherSealError):
            world.approve(session, change_id=second.id, reason="同意", actor=approver, now=NOW)


def test_it_signs_no_protocol_of_a_ceremony(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    ceremony = parse_ceremony(
        f"""
number = "2026-009"
title = "借章签署"
operator = "{OPERATOR.id.removeprefix("machine:")}"
approvers = ["seal.zhao", "seal.qian"]
protocol_key = "{SHARING}"
[[step]]
action = "generate"
key = "made"
at = "file:{tmp_path}/made.key"
algorithm = "ecdsa-p256-sha256"
"""
    )
    office = CeremonyOffice(database=world.services.database, clock=world.clock)
    for login in ceremony.approvers:
        office.approve(ceremony, shown=office.read(ceremony).digest, actor=world.staff(login))
    with pytest.raises(ProtocolKeyOfSealError):
        office.perform(ceremony, actor=OPERATOR)
    with world.services.database.reading() as session:
        assert session.scalars(select(CeremonyRun)).all() == [], "nothing was begun"
    assert not (tmp_path / "made.key").exists()


def test_it_signs_no_answer(sqlite_world: World) -> None:
    settings = sqlite_world.services.settings
    uri = key_of(sqlite_world, SHARING)["key_uri"]
    wrong = make_world(
        sqlite_world.home, settings.database_url, sqlite_world.clock, answer_key_uri=uri
    )
    with wrong.services.database.reading() as session, pytest.raises(AnswerKeyOfSealError):
        answer_status(session, wrong.services.answer_key, seal_id=VERIFICATION, at=NOW, now=NOW)
    wrong.services.close()
    with sqlite_world.services.database.reading() as session:
        own = sqlite_world.services.answer_key
        assert answer_status(session, own, seal_id=VERIFICATION, at=NOW, now=NOW).signature
