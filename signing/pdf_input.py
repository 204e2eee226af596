"""Open a PDF that may be sealed, or say why it may not.

* One revision: whatever lies in an older one would be sealed unseen.
* Not encrypted, not signed, no hybrid cross-reference (readers disagree about these).
* Nothing active: no script, no action but a plain link (see :mod:`signing.active_content`).
* Damaged files are refused, never repaired.
"""

from io import BytesIO

import pikepdf

from signing.active_content import find_active_content
from signing.errors import (
    InputActiveError,
    InputAlreadySignedError,
    InputEncryptedError,
    InputHasUpdatesError,
    InputHybridError,
    InputNotPdfError,
    InputTooLargeError,
)

_SIZE_LIMIT = 64 << 20
_OBJECT_LIMIT = 200_000


def open_for_sealing(document: bytes) -> pikepdf.Pdf:
    """Open a document for sealing; the checks are numbered in the order they run.

    1. size within the limit; a PDF header at the very start;
    2. exactly one cross-reference section, and no hybrid one;
    3. readable without repair, not encrypted;
    4. no signature field, no permissions dictionary;
    5. nothing active.

    The caller must still check that the seal falls on a page.

    Raises:
        SealInputError: The subclass says which rule is broken.
    """
    if len(document) > _SIZE_LIMIT:
        raise InputTooLargeError(limit="bytes", maximum=_SIZE_LIMIT)
    if not document.startswith(b"%PDF-"):
        raise InputNotPdfError
    if document.count(b"startxref") > 1:
        raise InputHasUpdatesError
    pdf = _open(document)
    _check_structure(pdf)
    if "/Perms" in pdf.Root or _has_signature_field(pdf):
        raise InputAlreadySignedError
    kind = find_active_content(pdf)
    if kind is not None:
        raise InputActiveError(kind=kind)
    return pdf


def _check_structure(pdf: pikepdf.Pdf) -> None:
    if "/XRefStm" in pdf.trailer:
        raise InputHybridError
    if "/Prev" in pdf.trailer:
        raise InputHasUpdatesError
    if len(pdf.objects) > _OBJECT_LIMIT:
        raise InputTooLargeError(limit="objects", maximum=_OBJECT_LIMIT)


def _open(document: bytes) -> pikepdf.Pdf:
    try:
        pdf = pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise InputEncryptedError from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise InputNotPdfError from error
    if pdf.is_encrypted:
        raise InputEncryptedError
    try:
        damaged = bool(pdf.get_warnings()) or len(pdf.pages) == 0
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise InputNotPdfError from error
    if damaged:
        raise InputNotPdfError
    return pdf


def _has_signature_field(pdf: pikepdf.Pdf) -> bool:
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and (
            item.get("/FT") == "/Sig" or (item.get("/Type") in ("/Sig", "/DocTimeStamp"))
        ):
            return True
    return False
