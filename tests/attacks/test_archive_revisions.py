"""Attacks that pass for an archive revision: a document timestamp, and a change with it."""

import hashlib
import re
from collections.abc import Callable, Mapping
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from keys.uri import open_key
from signing.cms.cms_writer import CmsWriter
from signing.levels import Level
from signing.long_term.archive_timestamps import restate_material
from signing.pdf.file_layout import read_layout
from signing.pdf.plain_writer import Body
from signing.pdf.revision_writer import append_revision
from signing.pdf.signature_hole import SealStatement, SignatureHole, signature_body
from signing.placement.seal_layout import lay_out
from signing.report import Outcome, Verdict
from tests.support.archive_revisions import archive_revision, assert_refused
from tests.support.seals import (
    NOW,
    demonstration_pki,
    sample_document,
    seal,
    seal_spec,
    sealed_document,
    timestamp_authority,
    validate,
)

_Attack = Callable[[bytes], bytes]


def _number(document: bytes, pick: Callable[[pikepdf.Pdf], pikepdf.Object]) -> int:
    with pikepdf.open(BytesIO(document)) as pdf:
        return pick(pdf).objgen[0]


def _replacing(pick: Callable[[pikepdf.Pdf], pikepdf.Object], body: Body) -> _Attack:
    """Write an object anew."""

    def attack(document: bytes) -> bytes:
        return archive_revision(document, lambda pdf: {pick(pdf).objgen[0]: body})

    return attack


def _catalog(**entries: pikepdf.Object) -> _Attack:
    """Change an entry of the catalog."""

    def attack(document: bytes) -> bytes:
        def change(pdf: pikepdf.Pdf) -> None:
            for key, value in entries.items():
                pdf.Root[f"/{key}"] = value

        return archive_revision(document, change)

    return attack


def _content_replaced(document: bytes) -> bytes:
    number = _number(document, lambda pdf: pdf.pages[0].obj.Contents)
    return archive_revision(document, lambda _: {number: (b"<< /Length 3 >>", b"q Q")})


def _content_replaced_under_its_dictionary(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        content = pdf.pages[0].obj.Contents
        raw = content.read_raw_bytes()
        return {content.objgen[0]: (content.stream_dict.unparse(), raw[:-1] + b"x")}

    return archive_revision(document, change)


def _pages_replaced(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        page = pdf.make_indirect(Dictionary())
        pages = pdf.make_indirect(Dictionary())
        pdf.Root.Pages = pages
        tree = b"<< /Type /Pages /Count 1 /Kids [ %b ] >>" % page.unparse()
        leaf = b"<< /Type /Page /Parent %b /MediaBox [ 0 0 9 9 ] >>" % pages.unparse()
        return {pages.objgen[0]: (tree, None), page.objgen[0]: (leaf, None)}

    return archive_revision(document, change)


def _annotation_on_the_page(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        page = pdf.pages[0].obj
        note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=[0, 0, 600, 800])
        page.Annots.append(note)
        return {page.objgen[0]: (page.unparse(resolved=True), None)}

    return archive_revision(document, change)


def _form_changed(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm.NeedAppearances = True
        pdf.Root.AcroForm.DR = Dictionary(Font=Dictionary())

    return archive_revision(document, change)


def _form_made_indirect(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        form = pdf.make_indirect(pdf.Root.AcroForm)
        pdf.Root.AcroForm = form
        return {form.objgen[0]: (form.unparse(resolved=True), None)}

    return archive_revision(document, change)


def _seal_left_out(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        del pdf.Root.AcroForm.Fields[0]

    return archive_revision(document, change)


def _seal_replaced_by_its_copy(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        old = pdf.Root.AcroForm.Fields[0]
        copy = pdf.make_indirect(Dictionary())
        pdf.Root.AcroForm.Fields[0] = copy
        return {copy.objgen[0]: (old.unparse(resolved=True), None)}

    return archive_revision(document, change)


def _fields_in_another_order(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm.Fields = Array(reversed(list(pdf.Root.AcroForm.Fields)))

    return archive_revision(document, change)


def _field_named_as_the_seal(document: bytes) -> bytes:
    with pikepdf.open(BytesIO(document)) as pdf:
        name = pdf.Root.AcroForm.Fields[0].T.unparse()
    return archive_revision(document, field=b"/T " + name)


def _text_field_added(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        field = pdf.make_indirect(Dictionary())
        pdf.Root.AcroForm.Fields.append(field)
        return {field.objgen[0]: (b"<< /FT /Tx /T (t) /V (x) /Rect [ 0 0 0 0 ] >>", None)}

    return archive_revision(document, change)


def _second_seal_added(document: bytes) -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        field = pdf.make_indirect(Dictionary())
        value = pdf.Root.AcroForm.Fields[0].V
        pdf.Root.AcroForm.Fields.append(field)
        body = b"<< /FT /Sig /T (t) /V %b /Rect [ 0 0 0 0 ] >>" % value.unparse()
        return {field.objgen[0]: (body, None)}

    return archive_revision(document, change)


def _information_replaced(document: bytes) -> bytes:
    """Another title, by another /Info in the trailer."""
    number = 900

    def edit(extended: bytes) -> bytes:
        at = extended.rindex(b"trailer <<")
        named = re.sub(rb"/Info \d+ 0 R", b"", extended[at:])
        return extended[:at] + named.replace(b"<<", b"<< /Info %d 0 R" % number, 1)

    return archive_revision(document, lambda _: {number: (b"<< /Title (x) >>", None)}, edit=edit)


def _size_made_smaller(document: bytes) -> bytes:
    """Readers that go by /Size see none of the objects above it."""
    number = _number(document, lambda pdf: pdf.Root)
    extended = restate_material(document)
    assert validate(extended).check("one-revision").code == "validation.one-revision.archived"
    at = extended.rindex(b"trailer <<")
    return extended[:at] + re.sub(rb"/Size \d+", b"/Size %d" % (number + 1), extended[at:])


_VISIBLE = Dictionary(Type=Name.Action, S=Name.URI, URI=pikepdf.String("http://example.invalid"))
_ATTACKS: dict[str, _Attack] = {
    "page content replaced": _content_replaced,
    "page content replaced under its dictionary": _content_replaced_under_its_dictionary,
    "page tree replaced": _pages_replaced,
    "annotation on the page": _annotation_on_the_page,
    "seal appearance replaced": _replacing(
        lambda pdf: pdf.Root.AcroForm.Fields[0].AP.N, (b"<< /Length 3 >>", b"q Q")
    ),
    "seal field replaced": _replacing(
        lambda pdf: pdf.Root.AcroForm.Fields[0], (b"<< /FT /Sig /T (x) >>", None)
    ),
    "signature replaced": _replacing(
        lambda pdf: pdf.Root.AcroForm.Fields[0].V, (b"<< /Type /Sig >>", None)
    ),
    "metadata replaced": _replacing(
        lambda pdf: pdf.Root.Metadata, (b"<< /Type /Metadata /Length 1 >>", b" ")
    ),
    "structure tree replaced": _replacing(
        lambda pdf: pdf.Root.StructTreeRoot, (b"<< /Type /StructTreeRoot >>", None)
    ),
    "action on opening": _catalog(OpenAction=_VISIBLE),
    "actions of the catalog": _catalog(AA=Dictionary(WC=_VISIBLE)),
    "names": _catalog(Names=Dictionary(EmbeddedFiles=Dictionary(Names=Array()))),
    "optional content": _catalog(OCProperties=Dictionary(OCGs=Array(), D=Dictionary())),
    "language": _catalog(Lang=pikepdf.String("en")),
    "extensions": _catalog(Extensions=Dictionary(X=Dictionary(BaseVersion=Name("/1.7")))),
    "permissions": _catalog(Perms=Dictionary()),
    "associated files": _catalog(AF=Array()),
    "page labels": _catalog(PageLabels=Dictionary(Nums=Array())),
    "version": _catalog(Version=Name("/1.3")),
    "form changed": _form_changed,
    "form made indirect": _form_made_indirect,
    "seal left out": _seal_left_out,
    "seal replaced by its copy": _seal_replaced_by_its_copy,
    "fields in another order": _fields_in_another_order,
    "field named as the seal": _field_named_as_the_seal,
    "text field added": _text_field_added,
    "second seal added": _second_seal_added,
    "information replaced": _information_replaced,
    "size made smaller": _size_made_smaller,
    "visible field": lambda document: archive_revision(document, field=b"/Rect [ 0 0 600 800 ]"),
    "field with an appearance": lambda document: archive_revision(
        document, field=b"/AP << /N 5 0 R >>"
    ),
    "field with kids": lambda document: archive_revision(document, field=b"/Kids [ ]"),
    "field with an action": lambda document: archive_revision(
        document, field=b"/A << /S /URI /URI (http://example.invalid) >>"
    ),
    "field on a page": lambda document: archive_revision(document, field=b"/P 3 0 R"),
    "timestamp as a seal": lambda document: archive_revision(document, value=b"/Type /Sig"),
    "timestamp of another kind": lambda document: archive_revision(
        document, value=b"/SubFilter /ETSI.CAdES.detached"
    ),
}


@pytest.mark.parametrize("level", [Level.B_LT, Level.B_LTA])
@pytest.mark.parametrize("name", _ATTACKS)
def test_a_change_that_passes_for_archiving(name: str, level: Level) -> None:
    document = _ATTACKS[name](sealed_document(level=level))
    assert (read_layout(document) is None) is (name == "size made smaller")
    report = validate(document)
    assert_refused(report)


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_an_honest_revision_made_the_same_way_is_accepted(level: Level) -> None:
    report = validate(archive_revision(sealed_document(level=level)))
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.check("one-revision").code == "validation.one-revision.archived"
    assert report.seals[0].level is (Level.B_T if level is Level.B_T else Level.B_LTA)


def test_words_that_look_like_references_hinder_no_archiving() -> None:
    with pikepdf.open(BytesIO(sample_document())) as pdf:
        pdf.docinfo["/Subject"] = "Share 51% (see 900 0 R, 12 % 5)"
        out = BytesIO()
        pdf.save(out)
    document = seal(out.getvalue(), level=Level.B_LTA)
    assert b"51% \\(see 900 0 R" in document
    assert validate(document).verdict is Verdict.TOTAL_PASSED


# Shadow attacks: what was sealed refers to a number that only the "archive" revision gives.


def _sealed_with(edit: Callable[[bytes], bytes]) -> bytes:
    """A document whose author had a say in its bytes before it was sealed."""
    identity, authority = demonstration_pki().seals["p256"], timestamp_authority()
    key = open_key(identity.key_uri)
    writer = CmsWriter(key.algorithm, identity.chain)
    size = writer.size_limit(token_size_limit=authority.token_size_limit)
    statement = SealStatement(signer_name="示范区", reason="证明", location="", signed_at=NOW)
    laid_out = lay_out(sample_document(), seal_spec(), signature_body(statement, cms_size=size))
    hole = SignatureHole(edit(laid_out), cms_size=size)
    attributes = writer.signed_attributes(hole.digest(writer.digest_name))
    value = key.sign(attributes)
    token = authority.timestamp(hashlib.sha256(value).digest())
    return hole.fill(writer.assemble(attributes, value, token=token))


_FREE = 99


def _swapped(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    """Puts other text of the same length in place of the first match."""

    def edit(document: bytes) -> bytes:
        found = re.search(pattern, document)
        assert found is not None, pattern
        assert len(replacement) <= len(found[0]), found[0]
        return (
            document[: found.start()] + replacement.ljust(len(found[0])) + document[found.end() :]
        )

    return edit


_SHADOWS = {
    "content": (rb"/Contents \d\d 0 R", b"/Contents 99 0 R", (b"<< /Length 3 >>", b"q Q")),
    "form": (rb"/AP << /N \d\d 0 R >>", b"/AP << /N 99 0 R>>", (b"<< /Length 3 >>", b"q Q")),
    "comment": (rb"/StructParents 0 ", b"/AA 99%\n0 R", (b"<< >>", None)),
    "generation": (rb"/StructParents 0 ", b"/AA 99 00 R", (b"<< >>", None)),
    "action": (rb"/StructParents 0 ", b"/AA 99 0 R", (b"<< >>", None)),
    "annotation": (rb"/Tabs /S /", b"/B 99 0 R/", (b"[ ]", None)),
}


@pytest.mark.parametrize("name", _SHADOWS)
def test_a_number_that_was_referred_to_before_it_was_given(name: str) -> None:
    pattern, replacement, body = _SHADOWS[name]
    document = _sealed_with(_swapped(pattern, replacement))
    assert validate(document).check("digest").outcome is Outcome.PASSED
    honest = archive_revision(document)
    assert validate(honest).check("one-revision").code == "validation.one-revision.archived"
    report = validate(archive_revision(document, lambda _: {_FREE: body}))
    assert report.check("whole-file").code == "validation.whole-file.forbidden"
    assert_refused(report)


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_a_revision_that_archives_nothing(level: Level) -> None:
    document = sealed_document(level=level)
    with pikepdf.open(BytesIO(document)) as pdf:
        number = pdf.make_indirect(Dictionary()).objgen[0]
        extended = append_revision(document, pdf, {number: (b"(anything)", None)})
    report = validate(extended)
    assert report.check("one-revision").code == "validation.one-revision.changed-later"
    assert_refused(report)
