"""Archive timestamps: a document timestamp over everything so far (EN 319 142-1 5.4.3, 5.5).

* One revision: the timestamp, its field, and the validation material as it now is.
* Nothing is touched but the catalog, and of it only the list of fields and the security store;
  so the sealed revision looks the same afterwards, and validators can see that it does.
* The field has no area and is on no page.
* The store names each seal it serves (/VRI): EU DSS recognises material by it.
"""

import hashlib
from io import BytesIO

import pikepdf
from pikepdf import Dictionary

from signing.errors import ArchiveInputError
from signing.pdf.file_layout import read_layout
from signing.pdf.plain_writer import Body
from signing.pdf.reader_warnings import READER_ERRORS
from signing.pdf.revision_writer import append_revision
from signing.pdf.security_store import lay_in_store, prepare_store, read_store
from signing.pdf.signature_hole import SignatureHole, timestamp_body
from signing.reading.document_facts import UnreadableDocumentError, read_facts
from signing.revocation.validation_material import ValidationMaterial
from signing.timestamps.authority import TimestampAuthority

FIELD_PREFIX = "ArchiveTimestamp"


def add_archive_timestamp(
    document: bytes,
    *,
    timestamp_authority: TimestampAuthority,
    material: ValidationMaterial | None = None,
) -> tuple[bytes, bytes]:
    """Timestamp a sealed document as it is.

    Args:
        document: A document this package sealed.
        timestamp_authority: Who timestamps it.
        material: What to add to its security store: of the last timestamp above all.

    Returns:
        The document with one more revision, and the token in it.

    Raises:
        ArchiveInputError: It is not a document of ours, or bears no seal.
        TimestampError: No timestamp could be had.
    """
    cms_size = timestamp_authority.token_size_limit
    try:
        extended = _extend(document, material or ValidationMaterial(), cms_size=cms_size)
    except READER_ERRORS as error:
        raise ArchiveInputError(reason="unreadable") from error
    hole = SignatureHole(extended, cms_size=cms_size)
    token = timestamp_authority.timestamp(hole.digest("sha256"))
    return hole.fill(token), token


def _extend(document: bytes, material: ValidationMaterial, *, cms_size: int | None) -> bytes:
    """The file with one more revision, its timestamp still blank, or without one."""
    with _open(document) as pdf:
        changed = _add_material(pdf, document, material)
        if cms_size is not None:
            changed |= _add_field(pdf, timestamp_body(cms_size=cms_size))
        changed[pdf.Root.objgen[0]] = pdf.Root.unparse(resolved=True), None
        return append_revision(document, pdf, changed)


def restate_material(document: bytes) -> bytes:
    """Name the seals in the security store, in a revision of its own.

    A sealed B-LT document needs this for EU DSS alone: DSS 6.4 counts validation material only
    if it stands in a revision after the seal, so it calls the one-revision document B-T.

    Args:
        document: A document this package sealed at B-LT.

    Raises:
        ArchiveInputError: It is not one.
    """
    try:
        return _extend(document, ValidationMaterial(), cms_size=None)
    except READER_ERRORS as error:
        raise ArchiveInputError(reason="unreadable") from error


def _open(document: bytes) -> pikepdf.Pdf:
    if read_layout(document) is None:
        raise ArchiveInputError(reason="foreign-layout")
    pdf = pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True)
    form = pdf.Root.get("/AcroForm")
    ours = isinstance(form, Dictionary) and not form.is_indirect and "/Fields" in form
    if not ours or pdf.Root.AcroForm.Fields.is_indirect:
        raise ArchiveInputError(reason="unsealed")
    return pdf


def _add_material(
    pdf: pikepdf.Pdf, document: bytes, material: ValidationMaterial
) -> dict[int, Body]:
    """Extend the security store; the new objects."""
    known = read_store(pdf)
    new = prepare_store(
        ValidationMaterial(
            certificates=tuple(x for x in material.certificates if x not in known.certificates),
            proofs=tuple(x for x in material.proofs if x not in known.proofs),
        )
    )
    return lay_in_store(pdf, new, kept=pdf.Root.get("/DSS"), served=_seal_names(document))


def _seal_names(document: bytes) -> list[str]:
    """How /VRI names each seal: by SHA-1 of its /Contents (EN 319 142-1 5.4.2.2)."""
    try:
        facts = read_facts(document, whole_ends=(len(document),))
    except UnreadableDocumentError as error:
        raise ArchiveInputError(reason="unreadable") from error
    if not facts.seals:
        raise ArchiveInputError(reason="unsealed")
    digests = [hashlib.sha1(seal.contents, usedforsecurity=False) for seal in facts.seals]
    return [digest.hexdigest().upper() for digest in digests]


def _add_field(pdf: pikepdf.Pdf, value: bytes) -> dict[int, Body]:
    number = len(pdf.Root.AcroForm.Fields)
    field, place = (pdf.make_indirect(Dictionary()) for _ in range(2))
    pdf.Root.AcroForm.Fields.append(field)
    return {
        field.objgen[0]: (_field_body(f"{FIELD_PREFIX}{number}", place), None),
        place.objgen[0]: (value, None),
    }


def _field_body(name: str, value: pikepdf.Object) -> bytes:
    return b"<< /Type /Annot /Subtype /Widget /FT /Sig /T %b /F 132 /Rect [ 0 0 0 0 ] /V %b >>" % (
        pikepdf.String(name).unparse(),
        value.unparse(),
    )
