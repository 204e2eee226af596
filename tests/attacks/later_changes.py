"""Later revisions that change an object, or add something to the catalog, a page or the form.

Each works on a :class:`Draft`; nothing of it is known to change a picture, some of it does.
"""

from collections.abc import Callable

from tests.attacks.later_bytes import Draft, array, items_of, number_of, reference, stream
from tests.attacks.later_writing import stamp_body

Change = Callable[[Draft], None]

_RED = b"q 1 0 0 rg 0 0 600 900 re f Q"
_SCRIPT = b"<< /S /JavaScript /JS (this.getField\\(0\\)) >>"
_LINK = b"<< /S /URI /URI (http://example.invalid) >>"


def archive(draft: Draft) -> None:
    """What our archiver adds: a timestamp over everything, in a field of its own."""
    stamp = draft.add(stamp_body(), outside=True)
    name = b"(ArchiveTimestamp%d)" % len(draft.fields)
    field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T %b /F 132 /Rect [ 0 0 0 0 ] /V %b >>"
    number = draft.add(field % (name, reference(stamp)))
    draft.append(draft.root, [b"/AcroForm", b"/Fields"], reference(number))


def _entering(*path: bytes, value: bytes) -> Change:
    """Enter a value into the catalog."""
    return lambda draft: draft.enter(draft.root, list(path), value)


def _on_page(key: bytes, value: bytes) -> Change:
    return lambda draft: draft.enter(draft.page, [key], value)


def _on_seal(key: bytes, value: bytes) -> Change:
    return lambda draft: draft.enter(draft.seal, [key], value)


def _on_stamp(key: bytes, value: bytes) -> Change:
    """The new timestamp, or its field, has one entry more."""

    def change(draft: Draft) -> None:
        archive(draft)
        field = draft.size - 1
        number = (
            field if key in (b"/AP", b"/A", b"/AA", b"/Lock", b"/Parent", b"/MK") else field - 1
        )
        draft.new[number] = draft.new[number][:-3] + b" %b %b >>" % (key, value)

    return change


def _replaced(mark: bytes, body: bytes) -> Change:
    """The first object that has the mark is another."""

    def change(draft: Draft) -> None:
        number = next(number for number, old in sorted(draft.old.items()) if mark in old)
        draft.new[number] = body

    return change


def _page_content(draft: Draft) -> None:
    draft.new[draft.contents] = stream(_RED)


def _further_content(draft: Draft) -> None:
    more = draft.add(stream(_RED))
    contents = array([reference(draft.contents), reference(more)])
    draft.enter(draft.page, [b"/Contents"], contents)


def _page_added(draft: Draft) -> None:
    tree = number_of(draft.read(draft.root)[b"/Pages"])
    assert tree is not None
    page = draft.add(b"<< /Type /Page /Parent %b /MediaBox [ 0 0 9 9 ] >>" % reference(tree))
    draft.append(tree, [b"/Kids"], reference(page))
    draft.put(tree, {b"/Count": b"2"})


def _page_tree_replaced(draft: Draft) -> None:
    tree, leaf = draft.size, draft.size + 1
    draft.new[tree] = b"<< /Type /Pages /Count 1 /Kids [ %b ] >>" % reference(leaf)
    draft.new[leaf] = b"<< /Type /Page /Parent %b /MediaBox [ 0 0 9 9 ] >>" % reference(tree)
    draft.enter(draft.root, [b"/Pages"], reference(tree))


def _inherited_rotation(draft: Draft) -> None:
    tree = number_of(draft.read(draft.root)[b"/Pages"])
    assert tree is not None
    draft.put(tree, {b"/Rotate": b"90"})


def _seal_twice_on_the_page(draft: Draft) -> None:
    draft.append(draft.page, [b"/Annots"], reference(draft.seal))


def _seal_off_the_page(draft: Draft) -> None:
    listed = items_of(draft.value(draft.read(draft.page)[b"/Annots"]))
    kept = [item for item in listed if number_of(item) != draft.seal]
    draft.enter(draft.page, [b"/Annots"], array(kept))


def _seal_out_of_the_form(draft: Draft) -> None:
    kept = [reference(number) for number in draft.fields if number != draft.seal]
    draft.enter(draft.root, [b"/AcroForm", b"/Fields"], array(kept))


def _signature_copied(draft: Draft) -> None:
    value = number_of(draft.read(draft.seal)[b"/V"])
    assert value is not None
    copy = draft.add(draft.body(value), outside=True)
    field = draft.add(b"<< /FT /Sig /T (Copy) /V %b >>" % reference(copy))
    draft.append(draft.root, [b"/AcroForm", b"/Fields"], reference(field))


def _form_made_indirect(draft: Draft) -> None:
    form = draft.value(draft.read(draft.root)[b"/AcroForm"])
    draft.put(draft.root, {b"/AcroForm": reference(draft.add(form))})


def _without_permissions(draft: Draft) -> None:
    draft.new[draft.root] = draft.body(draft.root).replace(b"/Perms", b"/XPerms")
    if b"/XPerms" not in draft.new[draft.root]:
        draft.enter(draft.root, [b"/Perms"], b"<< >>")


def _catalog_key_twice(draft: Draft) -> None:
    form = b"/AcroForm << /Fields [ ] >> "
    draft.new[draft.root] = b"<< " + form + draft.body(draft.root)[2:]


def _catalog_key_escaped(draft: Draft) -> None:
    tree, leaf = draft.size, draft.size + 1
    draft.new[tree] = b"<< /Type /Pages /Count 1 /Kids [ %b ] >>" % reference(leaf)
    draft.new[leaf] = b"<< /Type /Page /Parent %b /MediaBox [ 0 0 9 9 ] >>" % reference(tree)
    head = b"<< /#50ages %b " % reference(tree)
    draft.new[draft.root] = head + draft.body(draft.root)[2:]


def _twin_replaced(draft: Draft) -> None:
    """The machine-readable twin says something else; no page changes."""
    listed = [number for number, body in draft.old.items() if b"/EmbeddedFile" in body]
    if listed:
        draft.new[listed[0]] = stream(b'{"a":1}', {b"/Type": b"/EmbeddedFile"})
    else:
        _twin_added(draft)


def _twin_added(draft: Draft) -> None:
    data = draft.add(stream(b'{"a":1}', {b"/Type": b"/EmbeddedFile"}))
    text = b"<< /Type /Filespec /F (certificate.json) /UF (certificate.json) /EF << /F %b >> >>"
    specification = draft.add(text % reference(data))
    names = b"<< /Names [ (certificate.json) %b ] >>" % reference(specification)
    draft.enter(draft.root, [b"/Names", b"/EmbeddedFiles"], names)


def _certificate_of_nobody(draft: Draft) -> None:
    archive(draft)
    draft.append(
        draft.root, [b"/DSS", b"/Certs"], reference(draft.add(stream(b"0\x03\x02\x01\x01")))
    )


def _content_as_certificate(draft: Draft) -> None:
    archive(draft)
    draft.append(draft.root, [b"/DSS", b"/Certs"], reference(draft.contents))


def _form_as_proof(draft: Draft) -> None:
    """Something that is drawn lies in the store until the next revision leads to it."""
    archive(draft)
    entries = {b"/Type": b"/XObject", b"/Subtype": b"/Form", b"/BBox": b"[ 0 0 600 900 ]"}
    draft.append(draft.root, [b"/DSS", b"/OCSPs"], reference(draft.add(stream(_RED, entries))))


def _store_beside_the_store(draft: Draft) -> None:
    archive(draft)
    draft.enter(draft.root, [b"/DSS", b"/Pages"], reference(draft.page))


def _unlinked_object(draft: Draft) -> None:
    archive(draft)
    draft.add(stream(_RED))


def _stamp_of_nothing(draft: Draft) -> None:
    value = (
        b"<< /Type /DocTimeStamp /SubFilter /ETSI.RFC3161 /Contents <30> /ByteRange [ 0 1 2 3 ] >>"
    )
    field = draft.add(b"<< /FT /Sig /T (Nothing) /Rect [ 0 0 0 0 ] /V %b >> >>" % value)
    draft.append(draft.root, [b"/AcroForm", b"/Fields"], reference(field))


def _stamp_without_token(draft: Draft) -> None:
    """A timestamp in our own form, but nobody made it."""
    archive(draft)
    number = draft.size - 2
    zeros = b"/ByteRange [ 0 %d %d 900 ]" % (len(draft.document), len(draft.document) + 8194)
    body = draft.new[number]
    start, end = body.index(b"/ByteRange"), body.index(b"/Contents")
    draft.new[number] = body[:start] + zeros + b" " + body[end:]


def _font_replaced(draft: Draft) -> None:
    _replaced(b"/Type /Font ", b"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>")(draft)


CHANGES: dict[str, Change] = {
    "page content replaced": _page_content,
    "further page content": _further_content,
    "page added": _page_added,
    "page tree replaced": _page_tree_replaced,
    "rotation inherited": _inherited_rotation,
    "page turned": _on_page(b"/Rotate", b"90"),
    "page cut": _on_page(b"/CropBox", b"[ 0 0 90 90 ]"),
    "page enlarged": _on_page(b"/UserUnit", b"4"),
    "page resources replaced": _on_page(b"/Resources", b"<< >>"),
    "page actions": _on_page(b"/AA", b"<< /O %b >>" % _SCRIPT),
    "font replaced": _font_replaced,
    "seal twice on the page": _seal_twice_on_the_page,
    "seal off the page": _seal_off_the_page,
    "seal out of the form": _seal_out_of_the_form,
    "seal moved": _on_seal(b"/Rect", b"[ 0 0 90 90 ]"),
    "seal hidden": _on_seal(b"/F", b"2"),
    "seal in a layer": _on_seal(b"/OC", b"<< /Type /OCG /Name (x) >>"),
    "seal with an action": _on_seal(b"/A", _LINK),
    "seal without value": _on_seal(b"/V", b"null"),
    "signature copied": _signature_copied,
    "permissions removed": _without_permissions,
    "layers": _entering(b"/OCProperties", value=b"<< /OCGs [ ] /D << /BaseState /OFF >> >>"),
    "script at opening": _entering(b"/OpenAction", value=_SCRIPT),
    "scripts by name": _entering(
        b"/Names", b"/JavaScript", value=b"<< /Names [ (x) %b ] >>" % _SCRIPT
    ),
    "link at opening": _entering(b"/OpenAction", value=_LINK),
    "destinations": _entering(b"/Names", b"/Dests", value=b"<< /Names [ ] >>"),
    "collection": _entering(b"/Collection", value=b"<< /View /T >>"),
    "output intents": _entering(b"/OutputIntents", value=b"[ ]"),
    "structure": _entering(b"/StructTreeRoot", value=b"<< /Type /StructTreeRoot >>"),
    "outlines": _entering(b"/Outlines", value=b"<< /Type /Outlines >>"),
    "page labels": _entering(b"/PageLabels", value=b"<< /Nums [ 0 << /P (9) >> ] >>"),
    "language": _entering(b"/Lang", value=b"(en)"),
    "viewer preferences": _entering(b"/ViewerPreferences", value=b"<< /HideMenubar true >>"),
    "associated files": _entering(b"/AF", value=b"[ ]"),
    "base of links": _entering(b"/URI", value=b"<< /Base (http://example.invalid) >>"),
    "forms by XFA": _entering(b"/AcroForm", b"/XFA", value=b"(<xdp/>)"),
    "forms drawn anew": _entering(b"/AcroForm", b"/NeedAppearances", value=b"true"),
    "fonts of forms": _entering(b"/AcroForm", b"/DR", value=b"<< /Font << >> >>"),
    "order of calculation": _entering(b"/AcroForm", b"/CO", value=b"[ ]"),
    "form made indirect": _form_made_indirect,
    "signature flags": _entering(b"/AcroForm", b"/SigFlags", value=b"0"),
    "a key of the catalog twice": _catalog_key_twice,
    "a key of the catalog escaped": _catalog_key_escaped,
    "twin replaced": _twin_replaced,
    "twin added": _twin_added,
    "certificate of nobody": _certificate_of_nobody,
    "page content as certificate": _content_as_certificate,
    "form as proof": _form_as_proof,
    "a page in the store": _store_beside_the_store,
    "an object without use": _unlinked_object,
    "a timestamp of nothing": _stamp_of_nothing,
    "a timestamp without token": _stamp_without_token,
    "a timestamp with an appearance": _on_stamp(b"/AP", b"<< /N << >> >>"),
    "a timestamp with an action": _on_stamp(b"/A", _LINK),
    "a timestamp that locks": _on_stamp(b"/Lock", b"<< /Action /All >>"),
    "a timestamp with words": _on_stamp(b"/Reason", b"(Sealed anew)"),
    "a timestamp that certifies": _on_stamp(
        b"/Reference", b"[ << /Type /SigRef /TransformMethod /DocMDP >> ]"
    ),
    "a timestamp with a certificate": _on_stamp(b"/Cert", b"<30>"),
}
"""By what they do."""

LAWFUL_IN_FOREIGN_FILES = {
    "a timestamp with words",
    "a timestamp with a certificate",
    "a timestamp that locks",
    "form made indirect",
}
"""Nothing that our archiver writes, but other programs may."""
