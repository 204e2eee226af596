"""Attacks that add to or change a sealed file (pdf-insecurity.org: ISA, SWA, USF, shadow)."""

import re
from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from signing.report import Outcome, SubIndication, Verdict
from tests.support.seals import sample_document, seal, seal_spec, sealed_document, validate

_RANGE = re.compile(rb"/ByteRange \[ 0 (\d+) (\d+) (\d+) *\]")


def _numbers(document: bytes) -> tuple[int, int, int]:
    match = _RANGE.search(document)
    assert match is not None
    return int(match[1]), int(match[2]), int(match[3])


def _with_range(document: bytes, *numbers: int) -> bytes:
    found = _RANGE.search(document)
    assert found is not None
    written = b"/ByteRange [ " + b" ".join(b"%d" % number for number in numbers) + b" ]"
    return document[: found.start()] + written.ljust(len(found[0])) + document[found.end() :]


def _catalog(document: bytes) -> tuple[int, bytes]:
    root = re.search(rb"/Root (\d+) 0 R", document)
    assert root is not None
    body = re.search(rb"\n%b 0 obj\n(.*?)\nendobj" % root[1], document, re.DOTALL)
    assert body is not None
    return int(root[1]), body[1]


def _updated(document: bytes, objects: dict[int, bytes], *, table: str = "full") -> bytes:
    """Append an incremental update that replaces the given objects."""
    start = int(document[document.rindex(b"startxref") + 9 :].split()[0])
    (size,) = re.findall(rb"/Size (\d+) /ID", document)
    root, _ = _catalog(document)
    out, rows = bytearray(document), b""
    for number, body in objects.items():
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    at = len(out)
    if table == "none":  # incremental saving without a cross-reference: readers rebuild it
        return bytes(out)
    out += b"xref\n" + rows
    out += b"trailer << /Root %d 0 R /Size %b /Prev %d >>\n" % (root, size, start)
    if table == "no-end":
        return bytes(out)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % at


def _content_replaced(table: str = "full") -> Callable[[bytes], bytes]:
    def attack(document: bytes) -> bytes:
        with pikepdf.open(BytesIO(document)) as pdf:
            number = pdf.pages[0].obj.Contents.objgen[0]
        body = b"<< /Length 9 >>\nstream\nq 1 0 0 Q \nendstream"
        return _updated(document, {number: body}, table=table)

    return attack


def _comment_appended(document: bytes) -> bytes:
    return document + b"% harmless\n"


def _empty_update(document: bytes) -> bytes:
    return _updated(document, {})


def _catalog_replaced(document: bytes) -> bytes:
    number, body = _catalog(document)
    return _updated(document, {number: body.replace(b"/Lang (zh-CN)", b"/Lang (en)")})


def _permission_removed(document: bytes) -> bytes:
    number, body = _catalog(document)
    return _updated(document, {number: re.sub(rb"/Perms << .*? >>", b"", body)})


def _annotation_added(document: bytes) -> bytes:
    """Evil annotation (EAA): a note that hides what lies below."""
    with pikepdf.open(BytesIO(document)) as pdf:
        page = pdf.pages[0].obj
        number, body = page.objgen[0], page.unparse(resolved=True)
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [ 0 0 600 800 ] /Contents (x) /F 4 >>"
    return _updated(document, {number: body.replace(b"/Annots [ ", b"/Annots [ " + note + b" ")})


def _saved_again(document: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(document)) as pdf:
        pdf.save(out)
    return out.getvalue()


def _saved_with_other_text(document: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(document)) as pdf:
        pdf.pages[0].obj.Contents = pdf.make_stream(b"q Q")
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def _range_with_a_second_gap(document: bytes) -> bytes:
    start, end, rest = _numbers(document)
    return _with_range(document, 0, start, end + 8, rest - 8)


def _range_short_of_the_end(document: bytes) -> bytes:
    start, end, rest = _numbers(document)
    return _with_range(document, 0, start, end, rest - 1)


def _range_beyond_the_end(document: bytes) -> bytes:
    start, end, rest = _numbers(document)
    return _with_range(document, 0, start, end, rest + 1)


def _range_from_one(document: bytes) -> bytes:
    start, end, rest = _numbers(document)
    return _with_range(document, 1, start - 1, end, rest)


def _range_overlapping(document: bytes) -> bytes:
    start, end, rest = _numbers(document)
    return _with_range(document, 0, end, start, rest)


def _range_negative(document: bytes) -> bytes:
    _, end, rest = _numbers(document)
    return _with_range(document, 0, -1, end, rest)


def _range_of_nothing(document: bytes) -> bytes:
    return _with_range(document, 0, 0, 0, 0)


def _range_missing(document: bytes) -> bytes:
    return document.replace(b"/ByteRange", b"/ByteRangf")


def _contents_missing(document: bytes) -> bytes:
    return document.replace(b"/Contents <3", b"/Contentt <3")


def _contents_emptied(document: bytes) -> bytes:
    start, end, _ = _numbers(document)
    return document[: start + 1] + b"0" * (end - start - 2) + document[end - 1 :]


def _contents_twice(document: bytes) -> bytes:
    """A second /Contents inside the signature dictionary, in place of the reason."""
    return re.sub(rb"/Reason <[0-9a-f]+>", lambda m: b"/Contents <00>".ljust(len(m[0])), document)


def _padding_used(document: bytes) -> bytes:
    _, end, _ = _numbers(document)
    return document[: end - 9] + b"deadbeef" + document[end - 1 :]


def _digits_in_the_other_case(document: bytes) -> bytes:
    start, end, _ = _numbers(document)
    hole = document[start:end]
    at = start + re.search(rb"[a-f]", hole).start()  # type: ignore[union-attr]  # DER has them
    return document[:at] + document[at : at + 1].upper() + document[at + 1 :]


def _gap_wrapped(document: bytes) -> bytes:
    """Signature wrapping (SWA): the signed tail moved away, other content in the gap."""
    start, end, rest = _numbers(document)
    evil = b"9 0 obj << /Evil true >> endobj\n"
    moved = document[:end] + evil + document[end:]
    return _with_range(moved, 0, start, end + len(evil), rest)


def _prefixed(document: bytes) -> bytes:
    return b"\n" + document


def _polyglot(document: bytes) -> bytes:
    return b"<html><!--" + document + b"-->"


def _signature_stripped(document: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(document)) as pdf:
        del pdf.Root.AcroForm
        del pdf.Root.Perms
        del pdf.pages[0].obj.Annots
        pdf.save(out)
    return out.getvalue()


def _field_emptied(document: bytes) -> bytes:
    return re.sub(rb"/V \d+ 0 R", lambda m: b" " * len(m[0]), document)


def _contents_of_another_file(document: bytes) -> bytes:
    other = seal(sample_document(2), spec=seal_spec(reason="其他"))
    start, end, _ = _numbers(document)
    other_start, other_end, _ = _numbers(other)
    assert end - start == other_end - other_start
    return document[:start] + other[other_start:other_end] + document[end:]


def _second_field(document: bytes) -> bytes:
    """Sneaky signature (SSA): another field shows the same signature elsewhere."""
    out = BytesIO()
    with pikepdf.open(BytesIO(document)) as pdf:
        field = Dictionary(FT=Name.Sig, T=pikepdf.String("Second"), V=Dictionary(Type=Name.Sig))
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(field))
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


_ATTACKS = [
    _annotation_added,
    _catalog_replaced,
    _comment_appended,
    _content_replaced(),
    _content_replaced("none"),
    _content_replaced("no-end"),
    _contents_emptied,
    _contents_missing,
    _contents_of_another_file,
    _contents_twice,
    _digits_in_the_other_case,
    _empty_update,
    _field_emptied,
    _gap_wrapped,
    _padding_used,
    _permission_removed,
    _polyglot,
    _prefixed,
    _range_beyond_the_end,
    _range_from_one,
    _range_missing,
    _range_negative,
    _range_of_nothing,
    _range_overlapping,
    _range_short_of_the_end,
    _range_with_a_second_gap,
    _saved_again,
    _saved_with_other_text,
    _second_field,
    _signature_stripped,
]


@pytest.mark.parametrize("attack", _ATTACKS, ids=lambda attack: attack.__qualname__)
def test_no_change_is_accepted(attack: Callable[[bytes], bytes]) -> None:
    document = sealed_document()
    changed = attack(document)
    assert changed != document
    report = validate(changed)
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert report.verdict is Verdict.TOTAL_FAILED or report.sub_indication is not None


@pytest.mark.parametrize(
    "attack",
    [_content_replaced(), _catalog_replaced, _annotation_added, _comment_appended],
    ids=["content", "catalog", "annotation", "comment"],
)
def test_an_update_of_a_certified_file_is_a_failure(attack: Callable[[bytes], bytes]) -> None:
    report = validate(attack(sealed_document()))
    assert (report.verdict, report.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.FORMAT_FAILURE,
    )
    assert report.check("digest").outcome is Outcome.PASSED  # the sealed part is as it was


def test_the_untouched_file_is_accepted() -> None:
    assert validate(sealed_document()).verdict is Verdict.TOTAL_PASSED
