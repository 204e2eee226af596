"""Every check refuses the defect it is there for; documents are spoilt one way at a time."""

import io
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from templates.checking import check_rendered
from templates.errors import RenderingRejectedError
from templates.face import Face
from templates.samples import SAMPLES, SampleName
from tests.packs.papers import CODES, pack_of, rendered, renderer, sample

CODE = "no-criminal-record"
TABLE = "social-insurance"


def spoilt(spoil: Callable[[Pdf], object], **save: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(rendered(CODE).pdf)) as pdf:
        spoil(pdf)
        pdf.save(out, fix_metadata_version=False, **save)
    return out.getvalue()


def refusal(document: bytes, face: Face | None = None, code: str = CODE) -> tuple[str, str]:
    with pytest.raises(RenderingRejectedError) as caught:
        check_rendered(document, face or sample(code), pack_of(code))
    return str(caught.value.params["check"]), str(caught.value.params["detail"])


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SAMPLES)
def test_what_we_render_passes(code: str, name: SampleName) -> None:
    document = rendered(code, name)
    check_rendered(document.pdf, sample(code, name), pack_of(code))


def test_saving_alone_spoils_nothing() -> None:
    check_rendered(spoilt(lambda _: None), sample(CODE), pack_of(CODE))


def packet(old: str, new: str) -> Callable[[Pdf], object]:
    def change(pdf: Pdf) -> None:
        text = pdf.Root.Metadata.read_bytes().decode()
        assert old in text
        pdf.Root.Metadata.write(text.replace(old, new).encode())

    return change


def without_font_program(pdf: Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, Dictionary) and "/FontFile3" in item:
            del item["/FontFile3"]
            return


def standard_font(pdf: Pdf) -> None:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.pages[0].Resources.Font["/F99"] = pdf.make_indirect(font)


def without_text_map(pdf: Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, Dictionary) and "/ToUnicode" in item:
            del item["/ToUnicode"]
            return


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def catalog(key: str, value: pikepdf.Object) -> Callable[[Pdf], object]:
    return lambda pdf: pdf.Root.__setitem__(key, value)


def link(pdf: Pdf) -> None:
    action = Dictionary(S=Name.URI, URI=String("https://evil.example/"))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)
    pdf.pages[0].obj["/Annots"] = Array([note])


def hidden_action(pdf: Pdf) -> None:
    pdf.Root["/PieceInfo"] = Dictionary(X=Dictionary(Next=Array([Dictionary(S=Name.Launch)])))


def external_stream(pdf: Pdf) -> None:
    pdf.Root["/X"] = pdf.make_indirect(pikepdf.Stream(pdf, b"", F=String("elsewhere.txt")))


def second_attachment(pdf: Pdf) -> None:
    pdf.attachments["other.json"] = pikepdf.AttachedFileSpec(pdf, b"{}", filename="other.json")


def loose_file(pdf: Pdf) -> None:
    pdf.Root["/PieceInfo"] = pdf.make_indirect(pikepdf.Stream(pdf, b"MZ", Type=Name.EmbeddedFile))


def other_twin(pdf: Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Type") == Name.EmbeddedFile:
            item.write(b'{"fields":{}}')


def other_relationship(pdf: Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, Dictionary) and item.get("/Type") == Name.Filespec:
            item["/AFRelationship"] = Name.Source


DEFECTS: dict[str, tuple[Callable[[Pdf], object], tuple[str, str]]] = {
    "pdfa-part": (packet("<pdfaid:part>3", "<pdfaid:part>2"), ("claims", "part")),
    "pdfa-level": (packet("conformance>A<", "conformance>B<"), ("claims", "conformance")),
    "pdfua-part": (packet("<pdfuaid:part>1</pdfuaid:part>", ""), ("claims", "part")),
    "untagged": (lambda pdf: pdf.Root.__delitem__("/MarkInfo"), ("claims", "tags")),
    "language": (lambda pdf: pdf.Root.__delitem__("/Lang"), ("claims", "language")),
    "element": (packet("青禾市公安局云岭分局</gbt", "青禾市公安局</gbt"), ("metadata", "differs")),
    "doctype": (packet("<x:xmpmeta", "<!DOCTYPE a []><x:xmpmeta"), ("metadata", "doctype")),
    "no-xml": (packet("</x:xmpmeta>", "</x:other>"), ("metadata", "unreadable")),
    "font-program": (without_font_program, ("fonts", "not-embedded")),
    "standard-font": (standard_font, ("fonts", "not-subset")),
    "text-map": (without_text_map, ("fonts", "no-text-map")),
    "open-action": (catalog("/OpenAction", script()), ("active-content", "OpenAction")),
    "names-script": (catalog("/X", Dictionary(Names=Array([script()]))), ("active-content", "JS")),
    "form": (catalog("/AcroForm", Dictionary(Fields=Array())), ("active-content", "AcroForm")),
    "link": (link, ("active-content", "Annots")),
    "hidden-launch": (hidden_action, ("active-content", "Launch")),
    "layers": (
        catalog("/OCProperties", Dictionary(OCGs=Array())),
        ("active-content", "OCProperties"),
    ),
    "external-stream": (external_stream, ("active-content", "external-stream")),
    "second-attachment": (second_attachment, ("attachment", "count")),
    "loose-file": (loose_file, ("attachment", "count")),
    "other-twin": (other_twin, ("attachment", "differs")),
    "relationship": (other_relationship, ("attachment", "relationship")),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_spoilt_object_is_refused(defect: str) -> None:
    spoil, expected = DEFECTS[defect]
    assert refusal(spoilt(spoil)) == expected


def test_encryption_is_refused() -> None:
    locked = spoilt(lambda _: None, encryption=pikepdf.Encryption(owner="o", user=""))
    assert refusal(locked)[0] in {"revision", "readable"}


def test_a_second_revision_is_refused() -> None:
    document = rendered(CODE).pdf
    start = document.rindex(b"startxref")
    assert refusal(document + document[start:]) == ("revision", "several")


@pytest.mark.parametrize(
    "document",
    [b"", b"%PDF-1.7\n%%EOF", b"PK\x03\x04", b"\n" + b"%PDF-1.7", b"%PDF-1.7\nstartxref 0\n%%EOF"],
)
def test_what_is_no_pdf_is_refused(document: bytes) -> None:
    assert refusal(document)[0] in {"revision", "readable"}


def test_bytes_after_the_end_are_refused() -> None:
    assert refusal(rendered(CODE).pdf + b"more") == ("revision", "outside")


def test_a_cut_file_is_refused() -> None:
    document = rendered(CODE).pdf
    assert refusal(document[: len(document) // 2] + b"\nstartxref\n0\n%%EOF")[0] != "text"


def test_the_code_of_another_copy_is_refused() -> None:
    face = replace(sample(CODE), verify_url=sample(CODE).verify_url[:-1] + "X")
    assert refusal(rendered(CODE).pdf, face) == ("qr", "differs")


def test_a_page_without_a_code_is_refused() -> None:
    def blank(pdf: Pdf) -> None:
        content = pdf.pages[-1].Contents.read_bytes()
        assert b"\nf\n" in content
        # Every fill becomes a path that paints nothing; text stays.
        pdf.pages[-1].Contents.write(content.replace(b"\nf\n", b"\nn\n"))

    assert refusal(spoilt(blank)) == ("qr", "none")


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "另作他用"},
        {"extracting_unit": "青禾市云岭区司法局"},
        {"matter": "律师执业"},
        {"copy_number": "TQ-990101-20261121-000009"},
        {"notice": "演示环境签发，不具法律效力"},
    ],
)
def test_a_line_that_is_not_on_the_page_is_refused(changes: dict[str, str]) -> None:
    face = replace(sample(CODE), **changes)
    assert refusal(rendered(CODE).pdf, face) == ("text", next(iter(changes)))


def test_a_field_that_is_not_on_the_page_is_refused() -> None:
    face = replace(sample(CODE), fields={**sample(CODE).fields, "birth_on": "1990-03-08"})
    assert refusal(rendered(CODE).pdf, face) == ("text", "fields.birth_on")


def test_a_value_must_be_printed_as_often_as_it_occurs() -> None:
    # Printed once for the period and never for the birth date.
    face = replace(sample(CODE), fields={**sample(CODE).fields, "birth_on": "2008-03-07"})
    assert refusal(rendered(CODE).pdf, face) == ("text", "fields.period_from_on")


@pytest.mark.parametrize("rows", [(1, 0, 2), (0, 1, 2, 2)])
def test_rows_must_be_whole_and_in_order(rows: tuple[int, ...]) -> None:
    printed = sample(TABLE).fields["contributions"]
    assert isinstance(printed, list)
    # The last rows of the sample, changed in order or repeated.
    order = [*printed[:5], *(printed[5 + row] for row in rows)]
    face = replace(sample(TABLE), fields={**sample(TABLE).fields, "contributions": order})
    check, detail = refusal(rendered(TABLE).pdf, face, TABLE)
    assert check == "text"
    assert detail.startswith("contributions[")


def test_a_changed_cell_is_refused() -> None:
    printed = sample(TABLE).fields["contributions"]
    assert isinstance(printed, list)
    swapped = [{**printed[0], "base_yuan": printed[7]["base_yuan"]}, *printed[1:]]
    face = replace(sample(TABLE), fields={**sample(TABLE).fields, "contributions": swapped})
    assert refusal(rendered(TABLE).pdf, face, TABLE) == ("text", "contributions[0]")


def test_the_paper_of_another_pack_is_refused() -> None:
    document = renderer().render(pack_of(TABLE), sample(TABLE)).pdf
    face = replace(sample(TABLE), fields={})
    with pytest.raises(RenderingRejectedError, match="title"):
        check_rendered(document, face, pack_of(CODE))
