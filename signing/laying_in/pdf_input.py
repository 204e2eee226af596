"""Open a PDF that may be sealed, or say why it may not.

* One revision: whatever lies in an older one would be sealed unseen.
* Not encrypted, not signed, no hybrid cross-reference (readers disagree about these).
* Nothing active: no script, no action but a plain link (see :mod:`signing.pdf.active_content`).
* Damaged files are refused, never repaired.
"""

import re
from io import BytesIO
from typing import Literal

import pikepdf

from signing.errors import (
    InputActiveError,
    InputAlreadySignedError,
    InputEncryptedError,
    InputHasUpdatesError,
    InputHybridError,
    InputNotPdfError,
    InputTooLargeError,
)
from signing.pdf.active_content import SUSPECT_NAMES, find_active_content

_SIZE_LIMIT = 64 << 20
_OBJECT_LIMIT = 200_000
# The writer spells names without needless escapes, so these are all a laid-out file can have.
_NAMES_THAT_MATTER = re.compile(rb"/(?:Sig|DocTimeStamp|" + SUSPECT_NAMES + rb")")
_OUR_NAMES = [b"/Sig"] * 4  # /FT /Sig, /Type /Sig, /SigRef, /SigFlags


def open_for_sealing(document: bytes) -> pikepdf.Pdf:
    """Open a document for sealing; the checks are numbered in the order they run.

    1. size within the limit; a PDF header at the very start;
    2. exactly one cross-reference section, and no hybrid one;
    3. readable without repair, not encrypted;
    4. no permissions dictionary.

    The caller must still check that the seal falls on a page, and the contents, with
    :func:`has_no_names_that_matter` and :func:`require_sealable`.

    Raises:
        SealInputError: The subclass says which rule is broken.
    """
    if len(document) > _SIZE_LIMIT:
        raise InputTooLargeError(limit="bytes", maximum=_SIZE_LIMIT)
    if not document.startswith(b"%PDF-"):
        raise InputNotPdfError
    if document.count(b"startxref") > 1:
        raise InputHasUpdatesError
    # Numbers stay objects, so that every object can be written under its own number.
    pdf = _open(document, conversion_mode="explicit")
    _check_structure(pdf)
    if "/Perms" in pdf.Root:
        raise InputAlreadySignedError
    return pdf


def has_no_names_that_matter(text: bytes) -> bool:
    """Whether no name occurs that a signature, a field for one or anything active would have.

    ``False`` only means: look closely, with :func:`require_sealable`.

    Args:
        text: All objects of the document with our signature laid in.
    """
    return _NAMES_THAT_MATTER.findall(text) == _OUR_NAMES


def require_sealable(document: bytes) -> None:
    """No signature field and nothing active in any object, reachable or not.

    Raises:
        InputAlreadySignedError: A signature field, filled in or not.
        InputActiveError: A script or an action.
    """
    with _open(document) as pdf:
        if _has_signature_field(pdf):
            raise InputAlreadySignedError
        kind = find_active_content(pdf)
        if kind is not None:
            raise InputActiveError(kind=kind)


def _check_structure(pdf: pikepdf.Pdf) -> None:
    if "/XRefStm" in pdf.trailer:
        raise InputHybridError
    if "/Prev" in pdf.trailer:
        raise InputHasUpdatesError
    if len(pdf.objects) > _OBJECT_LIMIT:
        raise InputTooLargeError(limit="objects", maximum=_OBJECT_LIMIT)


def _open(
    document: bytes, conversion_mode: Literal["explicit", "implicit"] = "implicit"
) -> pikepdf.Pdf:
    try:
        pdf = pikepdf.open(
            BytesIO(document),
            attempt_recovery=False,
            suppress_warnings=True,
            conversion_mode=conversion_mode,
        )
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
