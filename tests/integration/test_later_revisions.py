"""What may follow a foreign seal: what is lawful, in every lawful spelling; the rest is told."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from io import BytesIO

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.fields import MDPPerm

from signing.report import ValidationReport, Verdict
from signing.validation import validate_document
from tests.support.foreign_pki import foreign_pki
from tests.support.foreign_seals import Wishes, blank_document, sign
from tests.support.later_writing import Spelling, appended, as_stream, material, next_number
from tests.support.seal_certificates import Wish, issue

_COMMENT = b"%a program's own mark\n"
_LAWFUL = {
    "as most do": Spelling(),
    "a comment before startxref": Spelling(before_startxref=_COMMENT),
    "a comment before the objects": Spelling(before_objects=_COMMENT),
    "comments between objects": Spelling(between=_COMMENT),
    "a comment before the table": Spelling(before_section=_COMMENT),
    "a comment after trailer": Spelling(after_trailer=b" " + _COMMENT),
    "white space after trailer": Spelling(after_trailer=b" \t\r\n\n"),
    "nothing after trailer": Spelling(after_trailer=b""),
    "carriage returns": Spelling(line=b"\r", entry=b" \r", padding=b"\r"),
    "both": Spelling(line=b"\r\n", entry=b"\r\n", padding=b"\r\n"),
    "no line end after the mark": Spelling(padding=b""),
    "spaces after the mark": Spelling(padding=b"  \n"),
    "padding": Spelling(padding=b"\n" + b"\n" * 300),
    "padding with zeros": Spelling(padding=b"\n" + b"\0" * 300),
    "empty lines between objects": Spelling(between=b"\r\n \t\f\0\n"),
    "no free entry": Spelling(first_rows=b""),
    "a number that stays free": Spelling(free=True),
    "an empty subsection": Spelling(first_rows=b"0 0{line}"),
    "entries repeated": Spelling(repeated=3),
    "a cross-reference stream": Spelling(stream=True),
    "an object stream": Spelling(stream=True, packed=True),
    "a comment before a stream": Spelling(
        stream=True, before_section=_COMMENT, before_startxref=_COMMENT
    ),
}


@cache
def _signed(permission: MDPPerm | None = None) -> bytes:
    return sign(blank_document(), Wishes(permission=permission))


@cache
def _signed_in_streams() -> bytes:
    return sign(blank_document(streams=True))


def _judge(document: bytes) -> ValidationReport:
    now = datetime.fromtimestamp(time.time() + 60, UTC)
    return validate_document(document, trust=foreign_pki().trust, at=now)


def _code(report: ValidationReport) -> str:
    return report.check("whole-file").code.rpartition(".")[2]


@pytest.mark.parametrize("permission", [None, MDPPerm.NO_CHANGES])
@pytest.mark.parametrize("name", _LAWFUL)
def test_every_lawful_spelling_is_read(name: str, permission: MDPPerm | None) -> None:
    spelling = _LAWFUL[name]
    document = _signed(permission)
    if spelling.stream:
        document = document if permission is None else _signed_in_streams()
    report = _judge(appended(document, material(document), spelling))
    assert (_code(report), report.verdict) == ("archival", Verdict.TOTAL_PASSED)


def test_what_is_lawful_but_seldom_is_told() -> None:
    document = _signed()
    written = appended(document, material(document), Spelling(between=_COMMENT, repeated=3))
    evidence = _judge(written).check("whole-file").evidence
    assert evidence["oddities"] == "comment, entry-repeated"


_UNLAWFUL = {
    "short entries": Spelling(entry=b"\n"),
    "the mark on one line": Spelling(before_startxref=b"startxref 1 %%EOF\n"),
    "a comment that ends an object": Spelling(between=b"%endobj\n"),
    "a comment with another trailer": Spelling(before_section=b"%trailer << /Root 9 0 R >>\n"),
    "a comment with another mark": Spelling(before_objects=b"%%EOF\n"),
    "words between objects": Spelling(between=b"x\n"),
    "bytes after the mark": Spelling(padding=b"\n%x\n"),
    "an entry twice": Spelling(
        first_rows=b"0 1{line}0000000000 65535 f{entry}1 1{line}0000000015 00000 n{entry}" * 2
    ),
}


@pytest.mark.parametrize("name", _UNLAWFUL)
def test_what_can_be_read_in_two_ways_is_no_archiving(name: str) -> None:
    document = _signed()
    report = _judge(appended(document, material(document), _UNLAWFUL[name]))
    assert report.verdict is Verdict.INDETERMINATE


Change = Callable[[bytes, dict[int, bytes]], dict[int, bytes]]


def _first(document: bytes) -> int:
    return next_number(document)


def _edited(old: bytes, new: bytes) -> Change:
    def change(_: bytes, bodies: dict[int, bytes]) -> dict[int, bytes]:
        assert any(old in body for body in bodies.values())
        return {number: body.replace(old, new) for number, body in bodies.items()}

    return change


def _with(number: int, body: bytes) -> Change:
    """One more object, counted from the first that is free."""
    return lambda document, bodies: bodies | {_first(document) + number: body}


def _in_place(content: bytes, entries: bytes = b"") -> Change:
    """Another stream in place of the certificate."""
    return lambda document, bodies: bodies | {_first(document): as_stream(content, entries)}


def _certificate_of_a_stranger(document: bytes, bodies: dict[int, bytes]) -> dict[int, bytes]:
    other = issue(Wish(name="别人", ca=True)).certificate.public_bytes(Encoding.DER)
    return bodies | {_first(document): as_stream(other)}


def _content_listed(document: bytes, bodies: dict[int, bytes]) -> dict[int, bytes]:
    """A stream of the signed revision is listed as a certificate."""
    with pikepdf.open(BytesIO(document)) as pdf:
        content = b"%d" % pdf.pages[0].obj.Contents.objgen[0]
    mark = b"/Certs [ "
    return {n: body.replace(mark, mark + content + b" 0 R ") for n, body in bodies.items()}


_ODD: dict[str, tuple[Change, str]] = {
    "an object that nothing refers to": (_with(5, b"(anything)"), "unreferenced-object"),
    "a stream that nothing refers to": (
        _with(5, as_stream(b"0 0 9 9 re f")),
        "unreferenced-object",
    ),
    "a key twice": (_edited(b"/Type /DSS", b"/Type /DSS /#54ype /X"), "key-repeated"),
    "no certificate": (_in_place(b"1 g 0 0 9 9 re f"), "not-material"),
    "a certificate and more": (
        _in_place(foreign_pki().root.encoded.dump() + b"\n1 g 0 0 9 9 re f"),
        "not-material",
    ),
    "a certificate that is a form too": (
        _in_place(foreign_pki().root.encoded.dump(), b"/Subtype /Form /BBox [ 0 0 9 9 ] "),
        "not-material",
    ),
    "a certificate for a CRL": (_edited(b"/Certs", b"/CRLs"), "not-material"),
    "in two lists": (_edited(b"/Certs [", b"/CRLs [ %d 0 R ] /Certs ["), "stream-shared"),
    "twice in a list": (_edited(b"/Certs [", b"/Certs [ %d 0 R"), "store-entry"),
    "a certificate that serves nobody": (_certificate_of_a_stranger, "material-unused"),
    "a stream of the page": (_content_listed, "stream-shared"),
}


@pytest.mark.parametrize("name", _ODD)
@pytest.mark.parametrize("permission", [None, MDPPerm.NO_CHANGES])
def test_more_than_an_archive_adds_is_told(name: str, permission: MDPPerm | None) -> None:
    change, oddity = _ODD[name]
    document = _signed(permission)
    bodies = change(document, material(document))
    first = b"%d 0 R" % _first(document)
    bodies = {number: body.replace(b"%d 0 R", first) for number, body in bodies.items()}
    report = _judge(appended(document, bodies))
    assert (_code(report), report.verdict) == ("unusual", Verdict.INDETERMINATE)
    assert oddity in str(report.check("whole-file").evidence["oddities"])


def test_a_stream_that_is_longer_than_it_says() -> None:
    document = _signed()
    bodies = material(document)
    length = len(foreign_pki().root.encoded.dump())
    bodies = {
        number: body.replace(b"/Length %d" % length, b"/Length %d" % (length - 9))
        for number, body in bodies.items()
    }
    assert _judge(appended(document, bodies)).verdict is Verdict.INDETERMINATE


# What PDFium draws of a field with an empty rectangle, and whatever else only looks harmless.
_SEEN = {
    "appearance without box": b"/AP << /N %d 0 R >>",
    "appearance by state": b"/AS /On /AP << /N << /On %d 0 R >> >>",
    "pressed appearance": b"/AP << /D %d 0 R >>",
    "characteristics": b"/MK << /BG [ 1 0 0 ] >>",
    "kids": b"/Kids [ << /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] /AP << /N %d 0 R >> >> ]",
    "border": b"/BS << /W 900 >>",
    "action": b"/AA << >>",
}
_RECTANGLES = (b"0 0 0 0", b"-99 -99 -99 -99", b"9999 9999 9999 9999", b"50 50 50 50")


def _with_field(document: bytes, entries: bytes, rectangle: bytes, *, listed: bool) -> bytes:
    """A signature field that nobody signed, on page and form, beside a security store."""
    bodies, first = material(document), next_number(document)
    field, look = first + 5, first + 6
    with pikepdf.open(BytesIO(document)) as pdf:
        place = pdf.make_indirect(pikepdf.Dictionary())
        number = b"%d 0 R" % place.objgen[0]
        page = pdf.pages[0].obj
        page.Annots = pikepdf.Array([*page.get("/Annots", ()), place])
        pdf.Root.AcroForm.Fields.append(place)
        pdf.Root.DSS = pikepdf.Dictionary(Here=True)
        form = pdf.Root.AcroForm
        owner = form if form.is_indirect else pdf.Root
        fields = form.Fields if form.Fields.is_indirect else owner
        texts = {part.objgen[0]: part.unparse(resolved=True) for part in (page, fields, pdf.Root)}
    here = b"%d 0 R" % (first + 1)
    bodies |= {n: text.replace(b"<< /Here true >>", here) for n, text in texts.items()}
    bodies = {n: text.replace(number, b"%d 0 R" % field) for n, text in bodies.items()}
    head = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (x) /F 4 /Rect [ %b ] " % rectangle
    bodies[field] = head + entries.replace(b"%d", b"%d" % look) + b" >>"
    bodies[look] = as_stream(b"1 0 0 rg 0 0 300 200 re f", b"/Subtype /Form ")
    if listed:
        mark = b"/Certs [ "
        listing = mark + b"%d 0 R " % look
        bodies = {n: body.replace(mark, listing) for n, body in bodies.items()}
    return appended(document, bodies)


@pytest.mark.parametrize("permission", [None, MDPPerm.NO_CHANGES, MDPPerm.ANNOTATE])
@pytest.mark.parametrize("name", _SEEN)
def test_no_rectangle_makes_a_field_unseen(name: str, permission: MDPPerm | None) -> None:
    for rectangle in _RECTANGLES:
        for listed in (False, True):
            written = _with_field(_signed(permission), _SEEN[name], rectangle, listed=listed)
            report = _judge(written)
            assert report.verdict is not Verdict.TOTAL_PASSED, (rectangle, listed)
            assert _code(report) in ("signed-visibly", "changed", "forbidden", "form-filled")


def test_a_field_that_shows_nothing_but_is_not_signed() -> None:
    report = _judge(_with_field(_signed(), b"", b"0 0 0 0", listed=False))
    assert report.verdict is Verdict.INDETERMINATE


def test_who_signed_later_is_named() -> None:
    report = _judge(sign(_signed(), Wishes(field="Second", kind="rsa")))
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.check("whole-file").evidence["fields"] == "Second"


def test_many_signatures_are_judged() -> None:
    document = blank_document()
    for count in range(25):
        document = sign(document, Wishes(field=f"S{count}"))
    found = _judge(document).checks
    codes = [check.code for check in found if check.name == "whole-file"]
    assert codes == ["validation.whole-file.signed-again"] * 24 + ["validation.whole-file.passed"]


def test_what_is_too_large_to_compare_is_no_accusation() -> None:
    signed = _signed(MDPPerm.NO_CHANGES)
    report = _judge(appended(signed, material(signed), Spelling(size=40_000)))
    assert (_code(report), report.verdict) == ("not-compared", Verdict.INDETERMINATE)
