"""A paper whose attached data says something else than its pages is not passed, by either door."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from certsvc.demonstration.district import TALENT_MATTER
from certsvc.foundation.settings import DEMONSTRATION_NOTICE
from certsvc.foundation.storage.objects import parse_digest
from certsvc.sealing.register.records import Seal
from certsvc.sealing.uses.signer import SealSigner
from certsvc.verification.authenticity.offline import check_file_offline
from certsvc.verification.authenticity.rules import AuthenticityAnswer
from certsvc.verification.authenticity.twin import TWIN_NAME, check_twin
from signing.pdf.attachments import read_attachment
from signing.report import Outcome, SubIndication, Verdict
from templates.face import Face
from templates.rendering import RenderedDocument
from templates.samples import SAMPLES, SampleName, sample_face
from tests.support.world import NOW, World

Change = Callable[[dict[str, Any]], None]


def twin_of_face(face: Face, code: str, title: str) -> dict[str, Any]:
    """What a twin of ours says of a face."""
    fields: Any = face.fields
    return {
        "schema_version": "1.0",
        "identifier": face.identifier,
        "type": {"code": code, "name": title, "pack_version": "1"},
        "holder": {
            "name": fields["name"],
            "code": fields.get("id_number") or fields["credit_code"],
        },
        "fields": fields,
        "extraction": {
            "copy_number": face.copy_number,
            "producing_unit": {"name": face.producing_unit},
            "extracting_unit": {"name": face.extracting_unit},
            "matter": {"name": face.matter},
            "purpose": face.purpose,
            "extracted_at": face.extracted_at.isoformat(),
            "valid_until": face.valid_until.isoformat(),
        },
    }


def issued_twin(world: World) -> dict[str, Any]:
    issued = world.issue()
    content = world.services.store.get(parse_digest(issued.sha256))
    twin: dict[str, Any] = json.loads(read_attachment(content, TWIN_NAME) or b"")
    return twin


def face_of(twin: dict[str, Any], attached: dict[str, Any]) -> Face:
    """The face that one twin describes, with another one attached."""
    note = twin["extraction"]
    return Face(
        fields=twin["fields"],
        identifier=twin["identifier"],
        copy_number=note["copy_number"],
        producing_unit=note["producing_unit"]["name"],
        extracting_unit=note["extracting_unit"]["name"],
        matter=note["matter"]["name"],
        purpose=note["purpose"],
        extracted_at=datetime.fromisoformat(note["extracted_at"]),
        valid_until=date.fromisoformat(note["valid_until"]),
        verify_url="http://127.0.0.1:8000/v/7K3M9QX2W4B8N5T6R1Y0ZADCFG",
        verify_code="7K3M9QX2W4B8N5T6R1Y0ZADCFG",
        notice=DEMONSTRATION_NOTICE,
        twin=json.dumps(attached, ensure_ascii=False).encode(),
        metadata={},
    )


def sealed_by_an_insider(
    world: World, document: RenderedDocument, seal: Seal | None = None
) -> bytes:
    """A file under a real seal of the installation, past all that issuing would have checked."""
    services = world.services
    signer = SealSigner(
        credentials=services.seal_credentials,
        level=services.settings.level,
        timestamp_authority=services.timestamp_authority,
        gatherer=services.material_gatherer,
    )
    with services.database.reading() as session:
        seal = seal or session.get_one(Seal, "data-sharing-seal")
    return signer.seal(document, seal, reason="证明", at=world.clock.now())


def forged(world: World, *, page: Change | None = None, data: Change | None = None) -> bytes:
    twin = issued_twin(world)
    shown, attached = (json.loads(json.dumps(twin)) for _ in range(2))
    if page:
        page(shown)
    if data:
        data(attached)
    pack = world.services.packs.get("no-criminal-record")
    rendered = world.services.renderer.render(pack, face_of(shown, attached))
    return sealed_by_an_insider(world, rendered)


def other_name(twin: dict[str, Any]) -> None:
    twin["fields"]["name"] = twin["holder"]["name"] = "青大禾"


def other_holder_alone(twin: dict[str, Any]) -> None:
    twin["holder"]["code"] = "0023"


def other_day(twin: dict[str, Any]) -> None:
    twin["extraction"]["valid_until"] = "2036-12-31"


def more_purpose(twin: dict[str, Any]) -> None:
    twin["extraction"]["purpose"] += "，并可抵押"


@pytest.mark.parametrize(
    ("page", "data", "code"),
    [
        (None, other_name, "check.twin.value"),
        (other_name, None, "check.twin.value"),
        (None, other_day, "check.twin.value"),
        (None, other_holder_alone, "check.twin.value"),
        (more_purpose, None, "check.twin.text"),
    ],
)
def test_data_and_pages_that_differ_are_not_passed(
    world: World, page: Change | None, data: Change | None, code: str
) -> None:
    document = forged(world, page=page, data=data)
    report = world.services.authenticity.check_file(document)
    step = next(check for check in report.checks if check.name == "twin")
    assert (step.outcome, step.code) == (Outcome.FAILED, code)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert report.answer is AuthenticityAnswer.UNDECIDED
    assert world.resident.identity_number not in str(step)


def whitened(pdf: pikepdf.Pdf) -> None:
    """White paint over a line, which leaves the text as it was."""
    page = pdf.pages[0]
    paint = pdf.make_stream(b"q 1 1 1 rg 150 560 200 40 re f Q")
    page.Contents = pikepdf.Array([*_streams(page), paint])


def covered(pdf: pikepdf.Pdf) -> None:
    """A note that lies on the page."""
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=[150, 560, 350, 600]
    )
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])


def signed_over(pdf: pikepdf.Pdf) -> None:
    """A field as a seal has, of no size, that draws white over a line."""
    paint = pdf.make_stream(b"1 1 1 rg 150 560 200 40 re f")
    paint.Type, paint.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    field = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Sig,
        T="seal",
        F=4,
        Rect=[0, 0, 0, 0],
        AP=pikepdf.Dictionary(N=paint),
    )
    placed = pdf.make_indirect(field)
    pdf.pages[0].obj.Annots = pikepdf.Array([placed])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[placed], SigFlags=3)


def _streams(page: pikepdf.Page) -> list[pikepdf.Object]:
    contents = page.Contents
    return list(contents) if isinstance(contents, pikepdf.Array) else [contents]


@pytest.mark.parametrize(
    ("change", "part"),
    [(whitened, "picture"), (covered, "annotation"), (signed_over, "annotation")],
)
def test_what_hides_a_line_is_seen(
    world: World, change: Callable[[pikepdf.Pdf], None], part: str
) -> None:
    twin = issued_twin(world)
    services = world.services
    rendered = services.renderer.render(
        services.packs.get("no-criminal-record"), face_of(twin, twin)
    )
    out = BytesIO()
    with pikepdf.open(BytesIO(rendered.pdf)) as pdf:
        change(pdf)
        pdf.save(out)
    step = check_twin(out.getvalue(), services.paper_parts)
    assert (step.outcome, step.code) == (Outcome.FAILED, f"check.twin.{part}")
    assert check_twin(rendered.pdf, services.paper_parts).code == "check.twin.pages-same"


def test_what_was_issued_is_compared_page_by_page(world: World) -> None:
    for changes in ({}, {"type_code": "social-insurance", "matter_code": TALENT_MATTER}):
        issued = world.issue(**changes)
        content = world.services.store.get(parse_digest(issued.sha256))
        report = world.services.authenticity.check_file(content)
        step = next(check for check in report.checks if check.name == "twin")
        assert (step.outcome, step.code) == (Outcome.PASSED, "check.twin.pages-same")


@pytest.mark.parametrize("name", SAMPLES)
def test_no_good_paper_is_refused(world: World, name: SampleName) -> None:
    services = world.services
    for pack in services.packs:
        plain = sample_face(pack, name)
        twin = twin_of_face(plain, pack.code, pack.title.zh) | {
            "type": {"code": pack.code, "name": pack.title.zh, "pack_version": pack.version}
        }
        face = replace(plain, twin=json.dumps(twin).encode())
        parts = replace(services.paper_parts(), notices=(plain.notice or DEMONSTRATION_NOTICE,))
        document = services.renderer.render(pack, face).pdf
        step = check_twin(document, lambda parts=parts: parts)
        assert (pack.code, step.code) == (pack.code, "check.twin.pages-same")
        assert check_twin(document, None).code == "check.twin.values-found"


def test_without_packs_values_are_looked_for_and_the_sentence_says_so(world: World) -> None:
    trust = world.services.trust
    missing = forged(world, data=other_name)
    report = check_file_offline(missing, trust=trust, now=NOW)
    assert "check.twin.value" in {check.code for check in report.checks}
    more = forged(world, page=more_purpose)
    report = check_file_offline(more, trust=trust, now=NOW)
    assert "check.twin.values-found" in {check.code for check in report.checks}
    compared = check_file_offline(more, trust=trust, now=NOW, parts=world.services.paper_parts)
    assert "check.twin.text" in {check.code for check in compared.checks}


@pytest.mark.parametrize(
    ("twin", "code"),
    [
        (b"{}", "check.twin.foreign"),
        (b'{"schema_version": "1.0"}', "check.twin.malformed"),
        (b'{"schema_version": "1.0", "fields": []}', "check.twin.malformed"),
        (b"[" * 100_000, "check.twin.malformed"),
        (b"\xff", "check.twin.malformed"),
        (b"null", "check.twin.foreign"),
        (b" " * (2 << 20), "check.twin.malformed"),
    ],
    ids=["empty", "hollow", "list", "deep", "binary", "null", "large"],
)
def test_any_attached_bytes_get_an_answer(world: World, twin: bytes, code: str) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments[TWIN_NAME] = pikepdf.AttachedFileSpec(pdf, twin)
    out = BytesIO()
    pdf.save(out)
    assert check_twin(out.getvalue(), world.services.paper_parts).code == code
    bare = BytesIO()
    pdf.attachments.clear()
    pdf.save(bare)
    assert check_twin(bare.getvalue(), None).code == "check.twin.absent"


def test_a_paper_of_very_many_pages_is_not_compared(world: World) -> None:
    twin = json.dumps(issued_twin(world)).encode()
    pdf = pikepdf.new()
    for _ in range(61):
        pdf.add_blank_page()
    pdf.attachments[TWIN_NAME] = pikepdf.AttachedFileSpec(pdf, twin)
    out = BytesIO()
    pdf.save(out)
    step = check_twin(out.getvalue(), None)
    assert (step.outcome, step.code) == (Outcome.NOT_CHECKED, "check.twin.too-long")
