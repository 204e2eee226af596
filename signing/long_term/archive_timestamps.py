"""Archive timestamps: a document timestamp over everything so far (EN 319 142-1 5.4.3, 5.5).

One revision: the timestamp, its field, and the validation material as it now is
(:mod:`signing.pdf.archive_writer`).
"""

from io import BytesIO

import pikepdf

from signing.errors import ArchiveInputError
from signing.pdf.archive_writer import NotArchivableError, write_archive_revision
from signing.pdf.file_layout import read_layout
from signing.pdf.reader_warnings import READER_ERRORS
from signing.pdf.security_store import SecurityStore, prepare_store, read_store
from signing.pdf.signature_hole import SignatureHole
from signing.revocation.validation_material import ValidationMaterial
from signing.timestamps.authority import TimestampAuthority


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
    if read_layout(document) is None:
        raise ArchiveInputError(reason="foreign-layout")
    with pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True) as pdf:
        store = _what_is_new(pdf, material)
        try:
            return document + write_archive_revision(document, pdf, store, cms_size=cms_size)
        except NotArchivableError as error:
            raise ArchiveInputError(reason="unsealed") from error


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


def _what_is_new(pdf: pikepdf.Pdf, material: ValidationMaterial) -> SecurityStore:
    """What the security store lacks of the material."""
    known = read_store(pdf)
    return prepare_store(
        ValidationMaterial(
            certificates=tuple(x for x in material.certificates if x not in known.certificates),
            proofs=tuple(x for x in material.proofs if x not in known.proofs),
        )
    )
