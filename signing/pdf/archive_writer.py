"""Write the one revision that archives a sealed file (EN 319 142-1 5.4.3, 5.5).

* Nothing is touched but the catalog, and of it only the list of fields and the security store;
  so the sealed revision looks the same afterwards, and validators can see that it does.
* The field has no area and is on no page.
* The store names each seal it serves (/VRI): EU DSS recognises material by it.
* The same file, store and size give the same bytes, so that the validator can ask whether a
  revision is of this writing (:mod:`signing.reading.archive_revisions`).
"""

from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, String

from signing.pdf.new_objects import NewObjects
from signing.pdf.plain_writer import Body
from signing.pdf.revision_writer import write_revision
from signing.pdf.security_store import STORE_LISTS, SecurityStore, lay_in_store, name_in_store
from signing.pdf.signature_hole import timestamp_body

FIELD_PREFIX = "ArchiveTimestamp"
_DEPTH_LIMIT = 16


class NotArchivableError(Exception):
    """The file lacks what sealed files have; internal to this package."""


def write_archive_revision(
    document: bytes, pdf: pikepdf.Pdf, store: SecurityStore, *, cms_size: int | None
) -> bytes:
    """The revision, to be appended to the file.

    Args:
        document: A plain file that bears a seal.
        pdf: The same, opened; its catalog is changed.
        store: What to add to its security store.
        cms_size: Bytes kept for the timestamp, which is still blank; ``None`` for none.

    Raises:
        NotArchivableError: It bears no seal, or not as this package seals.
    """
    _require_own_form(pdf)
    names = [name_in_store(seal) for seal in signature_containers(pdf, with_timestamps=False)]
    if not names:
        raise NotArchivableError
    kept = pdf.Root.get("/DSS")
    parts = (pdf.Root, Dictionary() if kept is None else kept)
    new = NewObjects(pdf, [part.unparse(resolved=True) for part in parts])
    changed = lay_in_store(pdf, store, kept=kept, served=names, make=new.make)
    if cms_size is not None:
        changed |= _add_field(pdf, new, timestamp_body(cms_size=cms_size))
    changed[pdf.Root.objgen[0]] = pdf.Root.unparse(resolved=True), None
    texts = {number: (new.refer(text), stream) for number, (text, stream) in changed.items()}
    return write_revision(document, pdf, texts)


def _require_own_form(pdf: pikepdf.Pdf) -> None:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary) or form.is_indirect:
        raise NotArchivableError
    fields = form.get("/Fields")
    if not isinstance(fields, Array) or fields.is_indirect:
        raise NotArchivableError
    store = pdf.Root.get("/DSS", Dictionary())
    if not isinstance(store, Dictionary):
        raise NotArchivableError
    if not all(isinstance(store.get(key, Array()), Array) for key in STORE_LISTS):
        raise NotArchivableError


def signature_containers(pdf: pikepdf.Pdf, *, with_timestamps: bool = True) -> Iterator[bytes]:
    """The /Contents of every signature, and of every document timestamp if wished."""
    form = pdf.Root.get("/AcroForm")
    for value in _values(form.get("/Fields") if isinstance(form, Dictionary) else None, set()):
        contents = value.get("/Contents")
        if with_timestamps or value.get("/Type") != "/DocTimeStamp":
            yield bytes(contents) if isinstance(contents, String) else b""


def _values(
    fields: object, seen: set[tuple[int, int]], kind: object = None, depth: int = 0
) -> Iterator[pikepdf.Object]:
    """Signature dictionaries, in the order of their fields.

    Each indirect field is visited once: a small file can share kids so that its tree never ends.
    """
    if not isinstance(fields, Array) or depth > _DEPTH_LIMIT:
        return
    for field in fields:
        if not isinstance(field, Dictionary) or (field.is_indirect and field.objgen in seen):
            continue
        if field.is_indirect:
            seen.add(field.objgen)
        own_kind, value = field.get("/FT", kind), field.get("/V")
        if own_kind == "/Sig" and isinstance(value, Dictionary):
            yield value
        yield from _values(field.get("/Kids"), seen, own_kind, depth + 1)


def _add_field(pdf: pikepdf.Pdf, new: NewObjects, value: bytes) -> dict[int, Body]:
    count = len(pdf.Root.AcroForm.Fields)
    (number, field), (place, reference) = new.make(), new.make()
    pdf.Root.AcroForm.Fields.append(field)
    return {
        number: (_field_body(f"{FIELD_PREFIX}{count}", reference), None),
        place: (value, None),
    }


def _field_body(name: str, value: pikepdf.Object) -> bytes:
    return b"<< /Type /Annot /Subtype /Widget /FT /Sig /T %b /F 132 /Rect [ 0 0 0 0 ] /V %b >>" % (
        pikepdf.String(name).unparse(),
        value.unparse(),
    )
