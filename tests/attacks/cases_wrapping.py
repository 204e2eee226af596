"""Signature wrapping (SWA), byte ranges with gaps, polyglots, cross-references that lie."""

import io
import re
import zipfile

import pikepdf

from tests.attacks.anatomy import (
    Anatomy,
    byte_range,
    startxref,
    stream,
    updated,
    with_byte_range,
)
from tests.attacks.catalogue import attack, enter
from tests.attacks.resealing import resealed
from tests.support.seals import sample_document, sealed_document

_SWA = "signature wrapping"
_RANGE = "byte range"
_POLYGLOT = "polyglot"
_REFERENCES = "cross-references"
_EVIL = b"9 0 obj << /Evil true >> endobj\n"


@attack(_SWA, step="file-structure.damaged")
def tail_moved_behind_other_objects() -> bytes:
    """The signed tail is moved away and the byte range follows it; the gap holds new objects."""
    document = sealed_document()
    _, start, end, rest = byte_range(document)
    moved = document[:end] + _EVIL + document[end:]
    return with_byte_range(moved, 0, start, end + len(_EVIL), rest)


@attack(_SWA, step="container.gap")
def tail_copied_to_the_end() -> bytes:
    """New objects and a new table in the gap; the signed tail stands once more at the end."""
    document = sealed_document()
    _, start, end, rest = byte_range(document)
    wrapped = document + _EVIL + b"startxref\n%d\n%%%%EOF\n" % startxref(document) + document[end:]
    return with_byte_range(wrapped, 0, start, len(wrapped) - rest, rest)


@attack(_SWA, step="digest.changed")
def contents_wrapped_in_an_outer_string() -> bytes:
    """The container is moved into another entry, and /Contents points at a copy of it."""
    old = Anatomy.of(sealed_document())
    body = old.objects[old.signature]
    copy = re.search(rb"/Contents <[0-9a-f]+>", body)
    assert copy is not None
    old.objects[old.signature] = body.replace(copy[0], copy[0] + b" /Contentz (x)", 1)
    return old.write()


@attack(_SWA, step="digest.changed")
def signed_part_behind_a_new_front() -> bytes:
    """A new first object is put before the signed ones; the range still starts at 0."""
    old = Anatomy.of(sealed_document())
    old.head += b"% in front\n"
    return old.write()


for _name, _change, _step in (
    ("has a second gap", lambda s, e, r: (0, s, e + 8, r - 8), "container.gap"),
    ("ends short of the end", lambda s, e, r: (0, s, e, r - 1), "whole-file"),
    ("ends beyond the end", lambda s, e, r: (0, s, e, r + 1), "container.malformed"),
    ("starts at one", lambda s, e, r: (1, s - 1, e, r), "container.malformed"),
    ("overlaps itself", lambda s, e, r: (0, e, s, r), "container.malformed"),
    ("leaves out a byte before", lambda s, e, r: (0, s - 1, e, r), "whole-file.white-space"),
    ("takes in a byte of the hole", lambda s, e, r: (0, s + 1, e, r), "container.gap"),
    ("leaves out a byte after", lambda s, e, r: (0, s, e + 1, r - 1), "container.gap"),
    ("has a negative start", lambda _s, e, r: (0, -1, e, r), "container.malformed"),
    ("is reversed", lambda s, e, r: (e, r, 0, s), "container.malformed"),
    ("covers the first part only", lambda s, e, _r: (0, s, e, 0), "whole-file"),
):
    enter(
        _RANGE,
        _name,
        how=f"/ByteRange {_name}.",
        step=_step,
        make=lambda change=_change: with_byte_range(
            sealed_document(), *change(*byte_range(sealed_document())[1:])
        ),
    )


@attack(_RANGE, step="container.malformed")
def five_numbers() -> bytes:
    """Honest numbers and a fifth, which readers take as they like."""
    document = sealed_document()
    _, start, end, rest = byte_range(document)
    return with_byte_range(document, 0, start, end, rest, 0)


@attack(_RANGE, step="container.malformed")
def three_parts() -> bytes:
    """Three covered parts: between the second and the third lies what is not signed."""
    document = sealed_document()
    _, start, end, rest = byte_range(document)
    return with_byte_range(document, 0, start, end, rest - 20, end + rest - 10, 10)


@attack(_RANGE, step="container.gap")
def hole_around_more_than_the_contents() -> bytes:
    """The hole takes in the entry after /Contents: the name could be changed."""
    document = sealed_document()
    _, start, end, rest = byte_range(document)
    return resealed(with_byte_range(document, 0, start, end + 6, rest - 6))


@attack(_RANGE, step="container.gap")
def hole_somewhere_else() -> bytes:
    """A byte range over a hexadecimal string that is not the signature's own."""
    document = sealed_document()
    at = document.index(b"/TU <feff") + 4
    end = document.index(b">", at) + 1
    return with_byte_range(document, 0, at, end, len(document) - end)


@attack(_POLYGLOT, step="file-structure.bytes-before")
def line_before_the_header() -> bytes:
    """One line stands before %PDF-; most readers search for it."""
    return b"\n" + sealed_document()


@attack(_POLYGLOT, step="file-structure.bytes-before")
def web_page() -> bytes:
    """The file is a web page too."""
    return b"<html><!--" + sealed_document() + b"--><script>alert(1)</script>"


@attack(_POLYGLOT, step="file-structure.bytes-before")
def photograph() -> bytes:
    """The file is a JPEG whose comment is the sealed file."""
    document = sealed_document()
    return b"\xff\xd8\xff\xfe" + (len(document) + 2).to_bytes(4)[2:] + document + b"\xff\xd9"


@attack(_POLYGLOT, step="file-structure.bytes-before")
def shell_script() -> bytes:
    """The file is a script too."""
    return b"#!/bin/sh\nexit 0\n" + sealed_document()


@attack(_POLYGLOT, step="file-structure.zip")
def archive_before() -> bytes:
    """The sealed file lies unpacked inside a ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("certificate.pdf", sealed_document())
    return out.getvalue()


@attack(_POLYGLOT, step="whole-file")
def archive_behind() -> bytes:
    """A ZIP archive is appended: programs that read archives see another document."""
    out = io.BytesIO(sealed_document())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("other.txt", "x")
    return out.getvalue()


@attack(_POLYGLOT, step="whole-file")
def page_behind() -> bytes:
    """A web page is appended."""
    return sealed_document() + b"<html><body>x</body></html>\n"


@attack(_POLYGLOT, step="file-structure.damaged")
def second_file_behind() -> bytes:
    """A whole other document is appended: readers start from its end."""
    return sealed_document() + sample_document()


@attack(_POLYGLOT, step="seal-present.none")
def second_file_in_front() -> bytes:
    """Another document stands in front of the sealed one, and its table is used."""
    other = sample_document()
    end = b"startxref\n%d\n%%%%EOF\n" % startxref(other)
    return other + sealed_document() + end


@attack(_POLYGLOT, step="seal-present.none")
def sealed_file_inside_another() -> bytes:
    """The sealed file is an attachment of a document that is not sealed."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["sealed.pdf"] = pikepdf.AttachedFileSpec(pdf, sealed_document())
        pdf.save(out, static_id=True)
    return out.getvalue()


@attack(_POLYGLOT, step="whole-file")
def white_space_behind() -> bytes:
    """Line ends after %%EOF: harmless, but not what was sealed."""
    return sealed_document() + b"\n\n"


@attack(_POLYGLOT, step="digest.changed")
def other_version_in_the_header() -> bytes:
    """The header announces another version of PDF."""
    return sealed_document().replace(b"%PDF-1.7", b"%PDF-1.3", 1)


@attack(_REFERENCES, step="file-structure.irregular")
def offset_of_one_object_changed() -> bytes:
    """The table says that the page's content lies where another object is."""
    document = sealed_document()
    old = Anatomy.of(document)
    at = document.index(b"\n%d 0 obj" % old.content) + 1
    return document.replace(b"%010d 00000 n" % at, b"%010d 00000 n" % 15)


@attack(_REFERENCES, step="file-structure.damaged")
def loop_of_sections() -> bytes:
    """An update whose previous section is itself."""
    out = updated(sealed_document(), {})
    at = out.rindex(b"xref\n0 0\ntrailer")
    return re.sub(rb"/Prev \d+", b"/Prev %d" % at, out)


@attack(_REFERENCES, step="file-structure.damaged")
def loop_of_two_sections() -> bytes:
    """Two updates that name each other as the previous one."""
    first = updated(sealed_document(), {})
    at = startxref(first)
    second = first + first[at:].replace(b"startxref\n%d" % at, b"startxref\n%d" % len(first))
    out, previous = bytearray(second), b"/Prev %d" % startxref(sealed_document())
    where = second.rindex(previous)
    out[where : where + len(previous)] = b"/Prev %d" % at
    return bytes(out).replace(previous, b"/Prev %d" % len(first), 1)


def _hybrid() -> bytes:
    """The table calls the page's content free; a stream for newer readers says where it is."""
    old = Anatomy.of(sealed_document())
    hidden = old.add(stream(b"q 1 0 0 rg 0 0 600 800 re f Q"))
    entries = b"/Type /XRef /Size %d /W [ 1 4 1 ] /Index [ %d 1 ] " % (hidden + 2, old.content)
    number = old.add(stream(b"\x01ABCD\x00", entries))
    old.trailer = old.trailer.replace(b"/Root ", b"/XRefStm 9999999 /Root ", 1)
    out = old.write()
    where = out.index(b"\n%d 0 obj" % hidden) + 1
    at = out.index(b"\n%d 0 obj" % number) + 1
    listed = out.index(b"\n%d 0 obj" % old.content) + 1
    out = out.replace(b"ABCD", where.to_bytes(4)).replace(b"9999999", b"%07d" % at)
    return out.replace(b"%010d 00000 n" % listed, b"0000000000 00000 f")


@attack(_REFERENCES, step="digest.changed")
def hybrid() -> bytes:
    """A cross-reference stream besides the table: older and newer readers show other pages."""
    return _hybrid()


@attack(_REFERENCES, step="one-revision.hybrid")
def hybrid_that_is_sealed() -> bytes:
    """The same, and honestly sealed by somebody who let it through."""
    return resealed(_hybrid())


@attack(_REFERENCES, step="file-structure.damaged")
def startxref_beyond_the_end() -> bytes:
    """The end points beyond the file, so that readers rebuild the table."""
    document = sealed_document()
    return document.replace(
        b"startxref\n%d" % startxref(document), b"startxref\n%d" % (10 * len(document))
    )


@attack(_REFERENCES, step="digest.changed")
def object_hidden_between_two() -> bytes:
    """Between two objects lies another of the same number, which the table does not name."""
    document = sealed_document()
    old = Anatomy.of(document)
    number = old.number_of(b"/Type /Catalog")
    old.objects[number] += b"\nendobj\n%d 0 obj\n<< /Type /Catalog >>" % number
    return old.write()


@attack(_REFERENCES, step="file-structure.irregular")
def generation_changed() -> bytes:
    """An object is said to be of another generation."""
    document = sealed_document()
    old = Anatomy.of(document)
    at = document.index(b"\n%d 0 obj" % old.content) + 1
    return document.replace(b"%010d 00000 n" % at, b"%010d 00001 n" % at)


@attack(_REFERENCES, step="container.gap")
def saved_again() -> bytes:
    """A program opened the file and saved it: nothing looks different."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_document())) as pdf:
        pdf.save(out)
    return out.getvalue()


@attack(_REFERENCES, step="container.gap")
def saved_with_other_text() -> bytes:
    """The same, with another page."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_document())) as pdf:
        pdf.pages[0].obj.Contents = pdf.make_stream(b"q Q")
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


@attack(_REFERENCES, step="file-structure.damaged")
def cut_in_half() -> bytes:
    """The second half is lost."""
    document = sealed_document()
    return document[: len(document) // 2]


@attack(_REFERENCES, step="seal-present.none")
def seal_stripped() -> bytes:
    """Seal, form and permission are taken out and the file is saved."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_document())) as pdf:
        del pdf.Root.AcroForm
        del pdf.Root.Perms
        del pdf.pages[0].obj.Annots
        pdf.save(out)
    return out.getvalue()


@attack(_REFERENCES, step="container.malformed")
def encrypted_afterwards() -> bytes:
    """The file is encrypted with an empty password, so that readers still open it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_document())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="", owner="x", R=6))
    return out.getvalue()
