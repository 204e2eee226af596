"""Files attached to a document, such as the machine-readable twin of a certificate."""

import zlib
from io import BytesIO

import pikepdf

from signing.pdf.reader_warnings import READER_ERRORS

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
            return None if attached is None else _unpacked(attached.get_file().obj)
    except (*READER_ERRORS, zlib.error):
        return None


def _unpacked(stream: pikepdf.Object) -> bytes | None:
    filters = stream.get("/Filter")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    stored = stream.read_raw_bytes()
    if filters is None:
        return stored if len(stored) <= _SIZE_LIMIT else None
    if filters != "/FlateDecode" or "/DecodeParms" in stream:
        return None
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(stored, _SIZE_LIMIT)
    return content if unpacker.eof else None
