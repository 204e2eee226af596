"""The main job, from a resident's record to a sealed and published copy, on both engines."""

import json
from datetime import date
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import rfc8785
import zxingcpp
from sqlalchemy import select

from certsvc.catalogue.routes import Route
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import Step
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.district import APPROVAL_BUREAU, POLICE, SCHOOL
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.codes.certificate_identifier import CertificateIdentifier
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.storage.objects import parse_digest
from certsvc.people.units.records import Unit
from certsvc.sealing.register.records import SealAuthorisation, SealUse
from signing.levels import Level
from tests.support.world import NOW, World


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def attached_twin(pdf: bytes) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        return bytes(document.attachments["certificate.json"].get_file().read_bytes())


def qr_of(pdf: bytes, page_index: int) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[page_index].render(scale=200 / 72).to_pil()
    finally:
        document.close()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.duty("SZ-06-2")
def test_a_record_becomes_a_published_copy(world: World) -> None:
    steps: list[Step] = []
    issued = world.services.issuer.issue(
        world.request(), actor=world.staff("clerk.wang"), on_step=steps.append
    )

    assert steps == list(Step)
    sealed = world.services.store.get(parse_digest(issued.sha256))
    report = world.services.authenticity.check_file(sealed)
    assert report.answer == "authentic"
    assert [found.seal.level for found in report.seals] == [Level.B_LT]
    with world.services.database.transaction() as session:
        record = session.scalars(select(CertificateRecord)).one()
        extraction = session.scalars(select(Extraction)).one()
        issuance = session.scalars(select(Issuance)).one()
        uses = session.scalars(select(SealUse).order_by(SealUse.id)).all()
        entries = session.scalars(
            select(EventRecord).where(EventRecord.kind.startswith("certificate."))
        ).all()
    assert (record.status, record.identifier) == ("issued", issued.identifier)
    assert extraction.object_sha256 == issued.sha256
    assert (issuance.state, issuance.step) == ("published", 9)
    assert [use.event for use in uses] == ["intended", "sealed"]
    assert uses[0].sha256 == issuance.rendered_sha256
    assert uses[1].sha256 == issued.sha256
    assert [entry.kind for entry in entries] == ["certificate.issued"]


@pytest.mark.duty("SZ-09-2")
def test_the_system_writes_the_extraction_note_on_face_and_in_twin(world: World) -> None:
    issued = world.issue()
    sealed = world.services.store.get(parse_digest(issued.sha256))

    face = "".join(text_of(sealed).split())
    for expected in (
        "提取单位青禾市云岭区行政审批服务局",
        "制作单位青禾市公安局云岭分局",
        "提取时间2026年11月21日10:00:00",
        "申领人才住房补贴",
        issued.copy_number,
    ):
        assert expected in face
    content = attached_twin(sealed)
    twin = json.loads(content)
    assert rfc8785.dumps(twin) == content
    assert twin["schema_version"] == "1.0"
    assert twin["extraction"] == {
        "copy_number": issued.copy_number,
        "producing_unit": {"code": POLICE, "name": "青禾市公安局云岭分局"},
        "extracting_unit": {"code": APPROVAL_BUREAU, "name": "青禾市云岭区行政审批服务局"},
        "matter": {"code": "talent-subsidy", "name": "人才补贴申领"},
        "purpose": "申领人才住房补贴",
        "extracted_at": rfc3339(NOW),
        "valid_until": issued.valid_until.isoformat(),
    }


@pytest.mark.duty("SZ-11-1")
def test_the_proof_names_who_verified_when_and_from_what(world: World) -> None:
    issued = world.issue()
    twin = json.loads(attached_twin(world.services.store.get(parse_digest(issued.sha256))))
    evidence = twin["evidence"]
    assert evidence.pop("answer_sha256")
    assert evidence == {
        "route": "data_sharing",
        "source": "police-registry",
        "verified_by": "source:police-registry",
        "verified_by_unit": POLICE,
        "verified_at": rfc3339(NOW),
        "basis": "违法犯罪人员信息库（演示）",
    }


@pytest.mark.duty("SZ-07-1")
def test_a_record_of_the_query_is_kept_with_who_asked_and_for_what(world: World) -> None:
    world.issue()
    with world.services.database.transaction() as session:
        evidence = session.scalars(select(CertificateRecord)).one().evidence
    assert evidence["unit_code"] == POLICE
    assert evidence["matter_code"] == "talent-subsidy"
    assert evidence["source"] == "police-registry"
    assert evidence["verified_at"] == rfc3339(NOW)
    assert evidence["asked_by"] == "staff:clerk.wang"
    assert len(evidence["answer_sha256"]) == 64


def test_the_identifier_is_of_the_standard_and_in_the_metadata(world: World) -> None:
    issued = world.issue()
    parsed = CertificateIdentifier.parse(issued.identifier)
    assert (parsed.authority_code, parsed.version) == (POLICE, 1)
    sealed = world.services.store.get(parse_digest(issued.sha256))
    with pikepdf.open(BytesIO(sealed)) as pdf:
        packet = pdf.Root.Metadata.read_bytes().decode()
    for name, value in (
        ("certificateIdentifier", issued.identifier),
        ("certificateCopyCreationTime", "20261121100000"),
        ("certificateCopyCause", "申领人才住房补贴"),
        ("certificateHolderTypeCode", "111"),
    ):
        assert name in packet
        assert value in packet


def test_the_qr_code_of_the_picture_opens_the_right_record(world: World) -> None:
    issued = world.issue()
    sealed = world.services.store.get(parse_digest(issued.sha256))
    (address,) = qr_of(sealed, 0)
    base, code = address.rsplit("/", 1)
    assert base == "http://127.0.0.1:8000/v"
    report = world.services.authenticity.check_code(code)
    assert report.copy is not None
    assert report.copy.copy_number == issued.copy_number
    with world.services.database.transaction() as session:
        extraction = session.scalars(select(Extraction)).one()
    assert code not in (extraction.copy_number, extraction.verify_code_sha256)


@pytest.mark.duty("SZ-09-1")
@pytest.mark.parametrize(
    ("route", "seal_name"),
    [
        (Route.DATA_SHARING, "云岭区证照数据共享查询核验专用章"),
        (Route.DEPARTMENT_VERIFICATION, "云岭区电子证明核实信息专用章"),
    ],
)
def test_the_route_decides_the_seal(world: World, route: Route, seal_name: str) -> None:
    reply = None
    if route is Route.DEPARTMENT_VERIFICATION:
        reply = world.record_reply()
    issued = world.issue(reply_id=reply)

    assert issued.route is route
    sealed = world.services.store.get(parse_digest(issued.sha256))
    (found,) = world.services.authenticity.check_file(sealed).seals
    assert found.seal.signer_name == f"{seal_name}（演示）"
    with world.services.database.transaction() as session:
        authorisation = session.scalars(select(SealAuthorisation)).one()
    assert authorisation.route == route


@pytest.mark.duty("SZ-03-1")
def test_a_public_service_unit_asks_with_the_same_right(world: World) -> None:
    issued = world.services.issuer.issue(
        world.request(unit_code=SCHOOL, matter_code="school-hiring", purpose="教职工聘用"),
        actor=world.staff("clerk.chen"),
    )
    with world.services.database.transaction() as session:
        unit = session.get_one(Unit, SCHOOL)
        extraction = session.get_one(Extraction, issued.copy_number)
    assert unit.kind == "public_service"
    assert extraction.extracting_unit_code == SCHOOL


def test_the_copy_has_its_own_expiry(world: World) -> None:
    assert world.issue().valid_until == date(2026, 12, 21)
