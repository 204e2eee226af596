"""What is appended to a sealed file: incremental saving, shadow, evil annotation, sneaky seal."""

import re

from tests.attacks.anatomy import Anatomy, startxref, stream, updated, with_byte_range
from tests.attacks.anatomy import byte_range as range_of
from tests.attacks.catalogue import attack
from tests.attacks.resealing import resealed
from tests.support.seals import sealed_document

_ISA = "incremental saving"
_SHADOW = "shadow"
_EAA = "evil annotation"
_SSA = "sneaky signature"
_OTHER_TEXT = stream(b"q 1 0 0 rg 0 0 600 800 re f Q")


def _sealed() -> tuple[bytes, Anatomy]:
    return sealed_document(), Anatomy.of(sealed_document())


def _content_object() -> bytes:
    _, old = _sealed()
    return b"%d 0 obj\n%b\nendobj\n" % (old.content, _OTHER_TEXT)


@attack(_ISA, step="whole-file")
def content_replaced() -> bytes:
    """A proper update draws another page."""
    document, old = _sealed()
    return updated(document, {old.content: _OTHER_TEXT})


@attack(_ISA, step="whole-file")
def content_replaced_without_a_table() -> bytes:
    """The new object alone is appended: readers that repair files find it."""
    return sealed_document() + _content_object()


@attack(_ISA, step="whole-file")
def content_replaced_with_a_trailer_only() -> bytes:
    """The new object and a trailer without a cross-reference table are appended."""
    document, old = _sealed()
    return document + _content_object() + b"trailer " + old.trailer + b"\n%%EOF\n"


@attack(_ISA, step="whole-file")
def content_replaced_with_the_old_startxref() -> bytes:
    """The new object is appended, and a startxref that points to the sealed table."""
    document, old = _sealed()
    end = b"startxref\n%d\n%%%%EOF\n" % startxref(document)
    return document + _content_object() + b"trailer " + old.trailer + b"\n" + end


@attack(_ISA, step="whole-file")
def content_replaced_and_the_signature_copied() -> bytes:
    """The update carries the signature dictionary along, as if it were part of it."""
    document, old = _sealed()
    return updated(document, {old.content: _OTHER_TEXT, old.signature: old.objects[old.signature]})


@attack(_ISA, step="digest.changed")
def signature_copied_with_a_range_over_everything() -> bytes:
    """The copied signature's byte range reaches to the new end of the file."""
    document, old = _sealed()
    copied = old.objects[old.signature]
    _, start, end, _ = range_of(document)
    out = updated(document, {old.content: _OTHER_TEXT, old.signature: copied})
    rest = len(out) - end
    last = out.rindex(b"/ByteRange")
    return out[:last] + with_byte_range(out[last:], 0, start, end, rest)


@attack(_ISA, step="whole-file")
def comment_appended() -> bytes:
    """Nothing but a comment is appended."""
    return sealed_document() + b"% harmless\n"


@attack(_ISA, step="whole-file")
def empty_update() -> bytes:
    """An update that changes nothing is appended."""
    return updated(sealed_document(), {})


@attack(_ISA, step="whole-file")
def catalog_replaced() -> bytes:
    """The catalog says another language."""
    document, old = _sealed()
    old.replace(old.catalog, b"/Lang (zh-CN)", b"/Lang (en)")
    return updated(document, {old.catalog: old.objects[old.catalog]})


@attack(_ISA, step="whole-file")
def permission_removed() -> bytes:
    """The catalog no longer says that changes are forbidden."""
    document, old = _sealed()
    body = re.sub(rb"/Perms << .*? >>", b"", old.objects[old.catalog])
    return updated(document, {old.catalog: body})


@attack(_ISA, step="whole-file")
def permission_widened() -> bytes:
    """The signature dictionary is written again, now permitting form filling."""
    document, old = _sealed()
    old.replace(old.signature, b"/P 1 /V", b"/P 2 /V")
    return updated(document, {old.signature: old.objects[old.signature]})


@attack(_ISA, step="whole-file")
def page_added() -> bytes:
    """A second page is appended."""
    document, old = _sealed()
    pages = old.number_of(b"/Type /Pages")
    number = max(old.objects) + 1
    page = b"<< /Type /Page /Parent %d 0 R /MediaBox [ 0 0 595 842 ] /Resources << >> >>" % pages
    body = (
        old.objects[pages].replace(b"/Count 1", b"/Count 2").replace(b" ]", b" %d 0 R ]" % number)
    )
    return updated(document, {number: page, pages: body})


@attack(_ISA, step="whole-file")
def object_freed() -> bytes:
    """An update frees the page's content, so that nothing is drawn."""
    document, old = _sealed()
    out = updated(document, {})
    at = startxref(out)
    row = b"%d 1\n0000000000 65535 f \n" % old.content
    return out[:at] + out[at:].replace(b"xref\n", b"xref\n" + row, 1)


@attack(_SHADOW, step="whole-file")
def hide() -> bytes:
    """An overlay prepared before sealing is taken away by dropping its reference."""
    document, old = _sealed()
    body = old.objects[old.page]
    return updated(document, {old.page: re.sub(rb"/Annots \[.*?\]", b"/Annots [ ]", body)})


@attack(_SHADOW, step="whole-file")
def replace() -> bytes:
    """A font is exchanged, so that the same codes draw other characters."""
    document, old = _sealed()
    number = old.number_of(b"+NotoSerifCJKsc-Bold-Identity-H")
    body = b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"
    return updated(document, {number: body})


@attack(_SHADOW, step="whole-file")
def replace_a_field_overlay() -> bytes:
    """A form field's appearance is put over the text: the value is as before, the look is not."""
    document, old = _sealed()
    number = max(old.objects) + 1
    look = stream(b"1 g 0 0 600 800 re f", b"/Type /XObject /Subtype /Form /BBox [ 0 0 600 800 ] ")
    widget = old.objects[old.widget].replace(b"/Rect [ ", b"/Rect [ 0 0 600 800 ] /Was [ ")
    widget = re.sub(rb"/AP << /N \d+ 0 R >>", b"/AP << /N %d 0 R >>" % number, widget)
    return updated(document, {number: look, old.widget: widget})


@attack(_SHADOW, step="whole-file")
def hide_and_replace() -> bytes:
    """A second catalog with pages of its own lay hidden; the update makes it the root."""
    old = Anatomy.of(sealed_document())
    hidden_page = old.add(b"<< /Type /Page /MediaBox [ 0 0 9 9 ] /Resources << >> >>")
    pages = old.add(b"<< /Type /Pages /Count 1 /Kids [ %d 0 R ] >>" % hidden_page)
    old.put(hidden_page, b"/Parent", b"%d 0 R" % pages)
    catalog = old.objects[old.catalog]
    hidden = old.add(re.sub(rb"/Pages \d+ 0 R", b"/Pages %d 0 R" % pages, catalog))
    prepared = resealed(old.write())
    out = updated(prepared, {})
    last = out.rindex(b"/Root ")
    return out[:last] + re.sub(rb"/Root \d+", b"/Root %d" % hidden, out[last:], count=1)


def _annotated(note: bytes) -> bytes:
    document, old = _sealed()
    old.replace(old.page, b"/Annots [ ", b"/Annots [ " + note + b" ")
    return updated(document, {old.page: old.objects[old.page]})


@attack(_EAA, step="whole-file")
def free_text() -> bytes:
    """A note hides the text below and says something else."""
    return _annotated(
        b"<< /Type /Annot /Subtype /FreeText /Rect [ 0 0 600 800 ] /Contents (x) /F 4 >>"
    )


@attack(_EAA, step="whole-file")
def picture() -> bytes:
    """A rubber picture lies over the seal's text."""
    return _annotated(b"<< /Type /Annot /Subtype /#53tamp /Rect [ 0 0 600 800 ] /F 4 >>")


@attack(_EAA, step="whole-file")
def redaction() -> bytes:
    """A redaction covers the text with a replacement."""
    return _annotated(
        b"<< /Type /Annot /Subtype /Redact /Rect [ 0 0 600 800 ] /OverlayText (x) /F 4 >>"
    )


@attack(_EAA, step="whole-file")
def seal_moved() -> bytes:
    """The field is written again with another rectangle: the seal appears elsewhere."""
    document, old = _sealed()
    widget = old.objects[old.widget].replace(b"/Rect [ ", b"/Rect [ 0 0 50 50 ] /Was [ ")
    return updated(document, {old.widget: widget})


@attack(_SSA, step="whole-file")
def second_field_with_the_same_value() -> bytes:
    """Another field shows the same signature on a spot of the attacker's choice."""
    document, old = _sealed()
    number = max(old.objects) + 1
    field = old.objects[old.widget].replace(b"/T (Seal)", b"/T (Second)")
    old.replace(old.catalog, b"/Fields [ ", b"/Fields [ %d 0 R " % number)
    return updated(document, {number: field, old.catalog: old.objects[old.catalog]})


@attack(_SSA, step="container.sub-filter")
def second_signature_that_is_empty() -> bytes:
    """A further signature field with a picture over the page and no signature in it."""
    document, old = _sealed()
    number = max(old.objects) + 1
    field = b"<< /FT /Sig /T (Second) /Type /Annot /Subtype /Widget /Rect [ 0 0 600 800 ] "
    field += b"/V << /Type /Sig /Filter /Adobe.PPKLite >> >>"
    old.replace(old.catalog, b"/Fields [ ", b"/Fields [ %d 0 R " % number)
    return updated(document, {number: field, old.catalog: old.objects[old.catalog]})


@attack(_SSA, step="whole-file")
def own_signature_over_a_changed_page() -> bytes:
    """The attacker changes the page, and adds a signature of his own over everything."""
    document, old = _sealed()
    number = max(old.objects) + 1
    value = old.objects[old.signature].replace(b"/Type /Sig /F", b"/Type /Sig  /F")
    field = re.sub(rb"/V \d+ 0 R", b"/V %d 0 R" % number, old.objects[old.widget])
    field = field.replace(b"/T (Seal)", b"/T (Second)")
    old.replace(old.catalog, b"/Fields [ ", b"/Fields [ %d 0 R " % (number + 1))
    out = updated(
        document,
        {
            number: value,
            number + 1: field,
            old.catalog: old.objects[old.catalog],
            old.content: _OTHER_TEXT,
        },
    )
    cut = len(document)
    mark = out.rindex(b"/Contents <3082") + 10
    end = out.index(b">", mark) + 1
    tail = with_byte_range(out[cut:], 0, mark, end, len(out) - end)
    return out[:cut] + tail
