"""Find signatures, and fields for one, in a document that is to be sealed.

* Every object is looked at, reachable or not, and whatever is nested in it.
* /Type is optional in a signature (ISO 32000-2 table 255); a byte range is not.
"""

from enum import StrEnum

import pikepdf
from pikepdf import Dictionary, Stream

from signing.errors import InputNotPdfError
from signing.pdf.active_content import TooDeepError, dictionaries_in

_SIGNATURE_TYPES = ("/Sig", "/DocTimeStamp")
_NAMES = (b"/Sig", b"/DocTimeStamp", b"/ByteRange")


class Signed(StrEnum):
    """Signatures and signature fields of a document."""

    NOTHING = "nothing"
    WAITING = "waiting"
    """An empty signature field."""
    SIGNED = "signed"


def find_signatures(pdf: pikepdf.Pdf) -> Signed:
    """Whether a document is signed, or waits to be.

    Raises:
        InputNotPdfError: Something is nested more deeply than can be looked at.
    """
    found = Signed.NOTHING
    permissions = pdf.Root.get("/Perms")
    if isinstance(permissions, Dictionary) and len(permissions.keys()):
        return Signed.SIGNED
    for item in pdf.objects:
        if not _may_matter(item):
            continue
        try:
            for dictionary in dictionaries_in(item):
                if _is_signature(dictionary):
                    return Signed.SIGNED
                if dictionary.get("/FT") == "/Sig":
                    found = Signed.WAITING
        except TooDeepError as error:
            raise InputNotPdfError from error
    return found


def _may_matter(item: pikepdf.Object | None) -> bool:
    # Written out, an object is looked through ten times faster than walked.
    if isinstance(item, Stream):
        item = item.stream_dict
    if not isinstance(item, Dictionary | pikepdf.Array):
        return False
    text = item.unparse(resolved=True)
    return any(name in text for name in _NAMES)


def _is_signature(dictionary: pikepdf.Object) -> bool:
    typed = dictionary.get("/Type") in _SIGNATURE_TYPES
    return typed or ("/ByteRange" in dictionary and "/Contents" in dictionary)
