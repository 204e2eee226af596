"""The signature dictionary and the hole in the file that the CMS goes into.

* /ByteRange covers the whole file but the hexadecimal string of /Contents, delimiters
  included in the hole (ISO 32000-1 12.8.1).
* Digits are lower case and the rest of the hole is zeros: one file, one spelling.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from pikepdf import String

from signing.errors import ContainerTooSmallError, InputNotPdfError
from signing.pdf.pdf_dates import format_pdf_date

# Ten digits, so that every offset fits.
_RANGE_MARK = b"/ByteRange [ 0 9999999999 9999999999 9999999999 ]"
_CONTENTS_MARK = b"/Contents <"
_BEFORE_HOLE = re.compile(
    rb"<< /Type /(?:Sig|DocTimeStamp) /Filter /Adobe\.PPKLite"
    rb" /SubFilter /ETSI\.(?:CAdES\.detached|RFC3161)"
    rb" /ByteRange \[ 0 [0-9]+ [0-9]+ [0-9]+ \] */Contents \Z"
)
_BEFORE_HOLE_SIZE = 200


@dataclass(frozen=True, kw_only=True)
class SealStatement:
    """Text entries of the signature dictionary."""

    signer_name: str
    """Name of the seal's owner (/Name)."""

    reason: str
    """Why it was sealed (/Reason)."""

    location: str
    """Where (/Location); may be empty."""

    signed_at: datetime
    """When, by this system's clock (/M); the timestamp proves it."""


def signature_body(statement: SealStatement, *, cms_size: int) -> bytes:
    """The signature dictionary with its values still blank.

    A certification signature that permits no change (DocMDP, /P 1; ISO 32000-1 12.8.2.2).
    """
    words = [("/M", format_pdf_date(statement.signed_at)), ("/Name", statement.signer_name)]
    words.append(("/Reason", statement.reason))
    if statement.location:
        words.append(("/Location", statement.location))
    return b"".join(
        (
            b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached ",
            _RANGE_MARK,
            b" /Contents <" + b"0" * (2 * cms_size) + b">",
            *(b" %b %b" % (key.encode("ascii"), String(text).unparse()) for key, text in words),
            b" /Reference [ << /Type /SigRef /TransformMethod /DocMDP /TransformParams ",
            b"<< /Type /TransformParams /P 1 /V /1.2 >> >> ] >>",
        )
    )


def timestamp_body(*, cms_size: int) -> bytes:
    """The dictionary of a document timestamp, its values still blank (EN 319 142-1 5.4.3)."""
    return b"".join(
        (
            b"<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 ",
            _RANGE_MARK,
            b" /Contents <" + b"0" * (2 * cms_size) + b"> >>",
        )
    )


def is_our_writing(document: bytes, hole_start: int) -> bool:
    """Whether the signed bytes before a hole are spelled as this module spells them.

    Nobody can change that afterwards, so a seal of ours is always held to our own strict form.
    """
    before = document[max(0, hole_start - _BEFORE_HOLE_SIZE) : hole_start]
    return _BEFORE_HOLE.search(before) is not None


class SignatureHole:
    """A written file whose /ByteRange and /Contents wait to be filled in."""

    def __init__(self, document: bytes, *, cms_size: int, offset: int = 0) -> None:
        """Find the hole and fill in /ByteRange.

        Args:
            document: The file, or its end.
            cms_size: Bytes kept for the CMS.
            offset: Where in the file that begins.

        Raises:
            InputNotPdfError: The blank signature is not exactly once in the file.
        """
        if document.count(_RANGE_MARK) != 1:
            raise InputNotPdfError
        range_at = document.index(_RANGE_MARK)
        start = document.find(_CONTENTS_MARK, range_at) + len(_CONTENTS_MARK) - 1
        end = start + 2 * cms_size + 2
        if document[start + 1 : end] != b"0" * (2 * cms_size) + b">":
            raise InputNotPdfError
        values = b"/ByteRange [ 0 %d %d %d ]" % (offset + start, offset + end, len(document) - end)
        self._document = bytearray(document)
        self._document[range_at : range_at + len(_RANGE_MARK)] = values.ljust(len(_RANGE_MARK))
        self._start, self._end = start, end

    def digest(self, digest_name: str) -> bytes:
        """Digest of everything but the hole."""
        view = memoryview(self._document)
        digest = hashlib.new(digest_name, view[: self._start])
        digest.update(view[self._end :])
        return digest.digest()

    def fill(self, cms: bytes) -> bytes:
        """The finished file.

        Raises:
            ContainerTooSmallError: The CMS is longer than the hole.
        """
        kept = (self._end - self._start - 2) // 2
        if len(cms) > kept:
            raise ContainerTooSmallError(needed=len(cms), kept=kept)
        digits = cms.hex().encode("ascii")
        self._document[self._start + 1 : self._start + 1 + len(digits)] = digits
        return bytes(self._document)
