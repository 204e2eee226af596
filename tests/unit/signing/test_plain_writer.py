"""The plain writer: everything of the document in the open, and nothing else."""

from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String

from signing.errors import InputNotPdfError
from signing.pdf.file_layout import read_layout
from signing.pdf.plain_writer import PlainFile, is_writable, renumber, write_plain
from tests.support.seals import sample_document


def _open(document: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(document), conversion_mode="explicit")


def _packed() -> bytes:
    """A document with compressed objects and a cross-reference stream."""
    with _open(sample_document()) as pdf:
        out = BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def _write(document: bytes) -> PlainFile:
    with _open(document) as pdf:
        assert is_writable(pdf)
        return write_plain(pdf)


def _objects(document: bytes) -> list[bytes]:
    with _open(document) as pdf:
        found = []
        for item in pdf.objects:
            if item is None:
                continue
            if not isinstance(item, Stream):
                found.append(item.unparse(resolved=True))
            elif item.stream_dict.get("/Type") not in (Name.ObjStm, Name.XRef):
                found.append(item.stream_dict.unparse() + item.read_raw_bytes())
        return found


@pytest.mark.parametrize("document", [sample_document(), _packed()], ids=["plain", "packed"])
def test_every_object_is_in_the_open(document: bytes) -> None:
    written = _write(document)
    assert read_layout(written.content) is not None
    assert set(_objects(document)) <= set(_objects(written.content))
    assert b"/ObjStm" not in written.content
    for item in _objects(document):
        assert item.split(b">>", 1)[0] in written.text


def test_the_same_document_gives_the_same_bytes_and_another_another_identifier() -> None:
    first, second = _write(_packed()).content, _write(_packed()).content
    assert first == second
    with _open(_packed()) as pdf:
        pdf.Root.Lang = String("en-GB")
        other = write_plain(pdf).content
    assert first[-90:] != other[-90:]
    with _open(first) as one, _open(other) as two:
        assert one.trailer.ID[0] == two.trailer.ID[0]
        assert one.trailer.ID[1] != two.trailer.ID[1]
        assert len(bytes(one.trailer.ID[1])) == 16


def test_a_document_without_an_identifier_gets_one() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        written = write_plain(pdf).content
    with _open(written) as pdf:
        assert pdf.trailer.ID[0] == pdf.trailer.ID[1]


def test_what_nothing_refers_to_is_kept() -> None:
    with _open(sample_document()) as pdf:
        pdf.make_indirect(Dictionary(Kept=String("unreferenced")))
        assert b"unreferenced" in write_plain(pdf).text


def test_a_picture_in_the_guise_of_a_container_is_refused() -> None:
    with _open(sample_document()) as pdf:
        pdf.Root.Hidden = pdf.make_indirect(Stream(pdf, b"x", Type=Name.ObjStm))
        with pytest.raises(InputNotPdfError):
            write_plain(pdf)


def _sparse(number: int, generation: int = 0, *, alone: bytes = b"null") -> bytes:
    """A file written by hand: its catalog has the number given, others are 2 and 3."""
    document = b"%PDF-1.7\n"
    table = b"xref\n0 1\n0000000000 65535 f \n"
    catalog = b"<< /Type /Catalog /Pages 2 0 R /Alone 3 0 R >>"
    pages = b"<< /Type /Pages /Kids [] /Count 0 >>"
    for name, again, body in ((2, 0, pages), (3, 0, alone), (number, generation, catalog)):
        table += b"%d 1\n%010d %05d n \n" % (name, len(document), again)
        document += b"%d %d obj\n%b\nendobj\n" % (name, again, body)
    start = len(document)
    trailer = b"trailer << /Size %d /Root %d %d R >>\n" % (number + 1, number, generation)
    return document + table + trailer + b"startxref\n%d\n%%%%EOF\n" % start


@pytest.mark.parametrize(("number", "generation"), [(4, 1), (80, 0)])
def test_odd_numbers_are_made_anew(number: int, generation: int) -> None:
    with _open(_sparse(number, generation)) as pdf:
        assert not is_writable(pdf)
        again = renumber(pdf)
    written = _write(again)
    assert read_layout(written.content) is not None
    with _open(written.content) as pdf:
        assert pdf.Root.Pages.Count == 0
        assert len(pdf.objects) == 2


def test_gaps_are_filled() -> None:
    written = _write(_sparse(9))
    assert read_layout(written.content) is not None
    assert b"\n5 0 obj\nnull\nendobj\n" in written.content
    with _open(written.content) as pdf:
        assert pdf.Root.Pages.Kids == Array()


@pytest.mark.parametrize("alone", [b"4711", b"true", b"0.25", b"(text)", b"/Name", b"[ 1 2 ]"])
def test_values_that_stand_alone_are_kept(alone: bytes) -> None:
    written = _write(_sparse(4, alone=alone))
    assert read_layout(written.content) is not None
    assert b"\n3 0 obj\n%b\nendobj\n" % alone in written.content
