"""Papers written by other programs: sealed at B-LT, archived later, and valid both times."""

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from signing.archiving import renew_archive
from signing.errors import InputTooLargeError, InputUnverifiableError
from signing.levels import Level
from signing.pdf.document_limits import INPUT_OBJECT_LIMIT, PAGE_LIMIT
from signing.pdf.file_layout import read_layout
from signing.report import Verdict
from tests.support.seals import (
    NOW,
    material_gatherer,
    sample_document,
    seal,
    seal_spec,
    timestamp_authority,
    validate,
)
from tests.support.tools import require_tool

Change = Callable[[pikepdf.Pdf], None]
_MODES = pikepdf.ObjectStreamMode


def _saved(change: Change | None = None, **options: object) -> bytes:
    with pikepdf.open(BytesIO(sample_document())) as pdf:
        if change is not None:
            change(pdf)
        out = BytesIO()
        pdf.save(out, **options)  # type: ignore[arg-type]  # options of save
        return out.getvalue()


def _run(folder: Path, program: str, *arguments: str) -> bytes:
    """What a program makes of the sample."""
    (folder / "in.pdf").write_bytes(sample_document())
    command = [require_tool(program), *arguments, folder / "in.pdf", folder / "out.pdf"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # a list, no shell
    return (folder / "out.pdf").read_bytes()


def _pdfium(_: Path) -> bytes:
    pdf = pypdfium2.PdfDocument(sample_document())
    out = BytesIO()
    pdf.save(out)
    pdf.close()
    return out.getvalue()


def _scanned(_: Path) -> bytes:
    out = BytesIO()
    Image.new("RGB", (600, 800), "white").save(out, "PDF", resolution=72)
    return out.getvalue()


def _indirect_form(pdf: pikepdf.Pdf) -> None:
    field = Dictionary(FT=Name.Tx, T=String("Seal"), V=String("x"))  # as our own is called
    fields = pdf.make_indirect(Array([pdf.make_indirect(field)]))
    pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=fields))


def _attached_pdf(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Kept = pdf.make_stream(b"%PDF-1.4\nstartxref\n0\n%%EOF\nstartxref\n9\n%%EOF\n")


def _deep_stream(pdf: pikepdf.Pdf) -> None:
    deep = Dictionary(K=Array([Dictionary(L=Array([Dictionary(M=Array([Dictionary(N=1)]))]))]))
    pdf.Root.Kept = pdf.make_stream(b"x")
    pdf.Root.Kept.Extra = deep


def _odd_identifier(pdf: pikepdf.Pdf) -> None:
    pdf.trailer.ID = Array([String(b"# /Size 9 /Prev 1 " * 90), String(b"x")])


PAPERS: dict[str, Callable[[Path], bytes]] = {
    "linearised": lambda _: _saved(linearize=True),
    "linearised, compressed": lambda _: _saved(linearize=True, object_stream_mode=_MODES.generate),
    "compressed": lambda _: _saved(object_stream_mode=_MODES.generate),
    "qdf": lambda _: _saved(qdf=True),
    "mutool": lambda folder: _run(folder, "mutool", "clean", "-gggg"),
    "cairo": lambda folder: _run(folder, "pdftocairo", "-pdf"),
    "pdfium": _pdfium,
    "scanned": _scanned,
    "indirect form": lambda _: _saved(_indirect_form),
    "attached pdf": lambda _: _saved(
        _attached_pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none
    ),
    "deep stream": lambda _: _saved(_deep_stream),
    "odd identifier": lambda _: _saved(_odd_identifier),
}


@pytest.mark.parametrize("name", PAPERS)
def test_they_are_sealed_and_archived_and_valid_both_times(name: str, tmp_path: Path) -> None:
    paper = PAPERS[name](tmp_path)
    sealed = seal(paper, spec=seal_spec(x_mm=100, y_mm=100), level=Level.B_LT)
    assert read_layout(sealed) is not None
    assert validate(sealed).verdict is Verdict.TOTAL_PASSED
    archived = renew_archive(
        sealed, timestamp_authority=timestamp_authority(), gatherer=material_gatherer(), at=NOW
    )
    report = validate(archived)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.seals[0].level is Level.B_LTA


def test_a_field_of_our_name_is_left_alone() -> None:
    report = validate(seal(_saved(_indirect_form)))
    assert report.seals[0].field_name == "Seal2"


def test_an_attached_pdf_reads_as_before() -> None:
    paper = PAPERS["attached pdf"](Path())
    with pikepdf.open(BytesIO(paper)) as before, pikepdf.open(BytesIO(seal(paper))) as after:
        assert after.Root.Kept.read_bytes() == before.Root.Kept.read_bytes()


def test_pages_that_share_their_annotations_share_no_seal() -> None:
    def share(pdf: pikepdf.Pdf) -> None:
        pdf.pages.append(pdf.pages[0])
        shared = pdf.make_indirect(Array())
        for page in pdf.pages:
            page.obj.Annots = shared

    with pikepdf.open(BytesIO(seal(_saved(share)))) as pdf:
        assert [len(page.obj.get("/Annots", ())) for page in pdf.pages] == [1, 0]


def test_what_the_validator_would_not_take_is_not_sealed() -> None:
    hidden = _saved(lambda pdf: pdf.docinfo.__setitem__("/Title", "startxref"))
    with pytest.raises(InputUnverifiableError):
        seal(hidden)
    with pytest.raises(InputTooLargeError) as refused:
        seal(_saved(_many_pages))
    assert refused.value.params == {"limit": "pages", "maximum": PAGE_LIMIT}
    with pytest.raises(InputTooLargeError) as refused:
        seal(_many_objects(INPUT_OBJECT_LIMIT))
    assert refused.value.params == {"limit": "objects", "maximum": INPUT_OBJECT_LIMIT}


def _many_objects(more: int, other: bytes = b"[]") -> bytes:
    """A page, and as many objects beside it."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ] /Resources << >> >>"
    pages = b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>"
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, *([other] * more)]
    out, table = bytearray(b"%PDF-1.7\n"), [b"0000000000 65535 f \n"]
    for number, body in enumerate(bodies, 1):
        table.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start, size = len(out), len(table)
    out += b"xref\n0 %d\n%b" % (size, b"".join(table))
    out += b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)


def _many_pages(pdf: pikepdf.Pdf) -> None:
    for _ in range(PAGE_LIMIT):
        page = Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 595, 842]), Resources=Dictionary())
        pdf.pages.append(pikepdf.Page(page))


def test_a_paper_of_very_many_objects_is_archived_in_the_memory_that_validating_has() -> None:
    """The library, asked for a new number, reads them all."""
    cell = b"<< /Type /StructElem /S /TD /P 2 0 R /Pg 3 0 R /K [ 1 2 3 4 5 6 7 8 9 ] >>"
    sealed = seal(_many_objects(60_000, cell), level=Level.B_LT)
    archived = renew_archive(
        sealed, timestamp_authority=timestamp_authority(), gatherer=material_gatherer(), at=NOW
    )
    assert validate(archived).verdict is Verdict.TOTAL_PASSED


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT])
def test_a_store_that_serves_no_signature_hinders_no_archiving(level: Level) -> None:
    paper = _saved(lambda pdf: pdf.Root.__setattr__("DSS", Array([1])))
    archived = renew_archive(
        seal(paper, level=level),
        timestamp_authority=timestamp_authority(),
        gatherer=material_gatherer(),
        at=NOW,
    )
    assert validate(archived).verdict is Verdict.TOTAL_PASSED
