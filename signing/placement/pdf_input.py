"""Open a PDF that may be sealed, or say why it may not.

* One revision: whatever lies in an older one would be sealed unseen.
* Not encrypted, not signed, no hybrid cross-reference (readers disagree about these). What is
  signed is said to be, whatever else hinders: writing it anew would void the signature.
* No field that waits for a signature: a seal permits no change, so nobody could sign there.
* Nothing active: no script, no action but a plain link (see :mod:`signing.pdf.active_content`).
* Damaged files are refused, never repaired.
* What is sealed can be validated and archived: :mod:`signing.pdf.document_limits` holds for both.
"""

import re
from collections import Counter
from io import BytesIO
from typing import Literal

import pikepdf

from signing.errors import (
    InputActiveError,
    InputAlreadySignedError,
    InputAwaitsSignatureError,
    InputEncryptedError,
    InputHasUpdatesError,
    InputHybridError,
    InputNotPdfError,
    InputTooLargeError,
    SealInputError,
)
from signing.pdf.active_content import SUSPECT_NAMES, find_active_content
from signing.pdf.document_limits import INPUT_OBJECT_LIMIT, INPUT_SIZE_LIMIT, PAGE_LIMIT
from signing.pdf.linearised import is_linearised_once
from signing.pdf.reader_warnings import READER_ERRORS, is_regular
from signing.placement.earlier_signatures import Signed, find_signatures

# The writer spells names without needless escapes, so these are all a laid-out file can have.
_NAMES_THAT_MATTER = re.compile(rb"/(?:Sig|DocTimeStamp|ByteRange|" + SUSPECT_NAMES + rb")")
# /FT /Sig, /Type /Sig, /SigRef, /SigFlags; and the signature's own range.
_OUR_NAMES = Counter({b"/Sig": 4, b"/ByteRange": 1})


def open_for_sealing(document: bytes) -> pikepdf.Pdf:
    """Open a document for sealing; the checks are numbered in the order they run.

    1. size within the limit; a PDF header at the very start;
    2. readable without repair; objects and pages within their limits;
    3. one revision, no hybrid cross-reference, not encrypted;
    4. no permissions dictionary.

    The caller must still check that the seal falls on a page, and the contents, with
    :func:`has_no_names_that_matter` and :func:`require_sealable`.

    Raises:
        SealInputError: The subclass says which rule is broken.
    """
    require_size(document)
    if not document.startswith(b"%PDF-"):
        raise InputNotPdfError
    # Numbers stay objects, so that every object can be written under its own number.
    pdf = _open(document, conversion_mode="explicit")
    if len(pdf.objects) > INPUT_OBJECT_LIMIT:
        raise InputTooLargeError(limit="objects", maximum=INPUT_OBJECT_LIMIT)
    if len(pdf.pages) > PAGE_LIMIT:
        raise InputTooLargeError(limit="pages", maximum=PAGE_LIMIT)
    complaint = _complaint(document, pdf)
    if complaint is None and "/Perms" not in pdf.Root:
        return pdf
    if _find_signatures(pdf) is Signed.SIGNED:
        raise InputAlreadySignedError
    if complaint is not None:
        raise complaint
    return pdf


def require_size(document: bytes) -> None:
    """A file is small enough to be validated and archived later.

    Raises:
        InputTooLargeError: It is not.
    """
    if len(document) > INPUT_SIZE_LIMIT:
        raise InputTooLargeError(limit="bytes", maximum=INPUT_SIZE_LIMIT)


def has_no_names_that_matter(text: bytes) -> bool:
    """Whether no name occurs that a signature, a field for one or anything active would have.

    ``False`` only means: look closely, with :func:`require_sealable`.

    Args:
        text: All objects of the document with our signature laid in.
    """
    return Counter(_NAMES_THAT_MATTER.findall(text)) == _OUR_NAMES


def require_sealable(document: bytes) -> None:
    """No signature field and nothing active in any object, reachable or not.

    Raises:
        InputAlreadySignedError: A signature.
        InputAwaitsSignatureError: A signature field that is empty.
        InputActiveError: A script or an action.
    """
    with _open(document) as pdf:
        found = _find_signatures(pdf)
        if found is Signed.SIGNED:
            raise InputAlreadySignedError
        if found is Signed.WAITING:
            raise InputAwaitsSignatureError
        kind = find_active_content(pdf)
        if kind is not None:
            raise InputActiveError(kind=kind)


def _complaint(document: bytes, pdf: pikepdf.Pdf) -> SealInputError | None:
    if pdf.is_encrypted:
        return InputEncryptedError()
    if "/XRefStm" in pdf.trailer:
        return InputHybridError()
    if "/Prev" in pdf.trailer and not is_linearised_once(document, pdf):
        return InputHasUpdatesError()
    return None


def _find_signatures(pdf: pikepdf.Pdf) -> Signed:
    try:
        return find_signatures(pdf)
    except READER_ERRORS as error:
        raise InputNotPdfError from error


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
        sound = len(pdf.pages) > 0 and is_regular(pdf)
    except pikepdf.PasswordError as error:
        raise InputEncryptedError from error
    except READER_ERRORS as error:
        if "encryption" in str(error):  # of a kind that the reader does not know; not damaged
            raise InputEncryptedError from error
        raise InputNotPdfError from error
    if not sound:
        raise InputNotPdfError
    return pdf
