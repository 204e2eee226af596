"""Unpack a stream within a limit, whatever its length claims to be."""

import zlib

import pikepdf


def unpack(stream: pikepdf.Object, limit: int) -> bytes | None:
    """What a stream holds, or ``None`` if it is packed otherwise than by one deflate, or damaged.

    Args:
        stream: The stream.
        limit: Bytes after which unpacking stops; what is longer is ``None`` too.
    """
    head = unpack_head(stream, limit + 1)
    return None if head is None or len(head) > limit else head


def unpack_head(stream: pikepdf.Object, size: int) -> bytes | None:
    """The first bytes of a stream; ``None`` if it is packed otherwise than by one deflate."""
    filters = stream.get("/Filter")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    stored = stream.read_raw_bytes()
    if filters is None:
        return stored[:size]
    if filters != "/FlateDecode" or "/DecodeParms" in stream:
        return None
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(stored, size)
    except zlib.error:
        return None
    return content if unpacker.eof or len(content) == size else None
