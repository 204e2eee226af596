"""Files attached to a document, such as the machine-readable twin of a certificate."""

from io import BytesIO

import pikepdf

from signing.pdf.reader_warnings import READER_ERRORS
from signing.pdf.stream_data import unpack

_SIZE_LIMIT = 4 << 20


def read_attachment(document: bytes, name: str) -> bytes | None:
    """Return the content of an attached file, or None if there is none of this name.

    An attachment that unpacks to more than 4 MiB, or is packed otherwise than by one deflate, is
    none. The caller must have validated the document first: what is attached is only as good as
    the seal over it.
    """
    try:
        with pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True) as pdf:
            attached = pdf.attachments.get(name)
            return None if attached is None else unpack(attached.get_file().obj, _SIZE_LIMIT)
    except READER_ERRORS:
        return None
