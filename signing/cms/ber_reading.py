"""Rewrite BER (ITU-T X.690) as DER, so that a foreign container has one spelling to parse.

* Indefinite and needlessly long lengths become the shortest definite ones.
* An octet string in pieces becomes one piece; nothing else is changed, sets keep their order.
* Depth and lengths are limited as in :mod:`signing.cms.der_reading`, and so are object
  identifiers. Tags above 30 are allowed: nothing that is read here has one.
"""

from signing.cms.der_reading import NotDerError, is_identifier

_CONSTRUCTED, _LONG_FORM, _LOW_TAG = 0x20, 0x80, 0x1F
_OCTET_STRING, _PIECES = 0x04, 0x24
_END_OF_CONTENTS = b"\x00\x00"
_OBJECT_IDENTIFIER = 0x06
_DEPTH_LIMIT, _LENGTH_OCTETS, _TAG_OCTETS = 40, 8, 5


class TooDeepError(NotDerError):
    """Nested more deeply than is looked into."""


def rewrite_as_der(encoded: bytes) -> tuple[bytes, int]:
    """The first element as DER, and where its own spelling ended.

    Raises:
        NotDerError: It is not BER either, or is nested too deeply.
    """
    return _rewrite(encoded, 0, 0)


def _rewrite(encoded: bytes, at: int, depth: int) -> tuple[bytes, int]:
    if depth > _DEPTH_LIMIT:
        raise TooDeepError
    after_tag = _end_of_tag(encoded, at)
    tag, first = encoded[at:after_tag], encoded[after_tag]
    is_constructed = tag[0] & _CONSTRUCTED
    if first == _LONG_FORM:
        if not is_constructed:
            raise NotDerError
        contents, end = _rewrite_until_end(encoded, after_tag + 1, depth)
    else:
        start, end = _definite(encoded, after_tag, first)
        contents = encoded[start:end]
        if is_constructed:
            contents = _rewrite_all(contents, depth)
    if tag[0] == _PIECES:
        tag, contents = bytes([_OCTET_STRING]), _join(contents)
    if tag[0] == _OBJECT_IDENTIFIER and not is_identifier(contents):
        raise NotDerError
    return tag + _length(len(contents)) + contents, end


def _end_of_tag(encoded: bytes, at: int) -> int:
    """Where the length begins (X.690 8.1.2)."""
    if at + 2 > len(encoded) or encoded[at] == 0:
        raise NotDerError
    if encoded[at] & _LOW_TAG != _LOW_TAG:
        return at + 1
    for end in range(at + 2, min(at + 2 + _TAG_OCTETS, len(encoded))):
        if not encoded[end - 1] & _LONG_FORM:
            return end
    raise NotDerError


def _definite(encoded: bytes, at: int, first: int) -> tuple[int, int]:
    octets = first - _LONG_FORM if first > _LONG_FORM else 0
    start = at + 1 + octets
    length = int.from_bytes(encoded[at + 1 : start]) if octets else first
    if octets > _LENGTH_OCTETS or start + length > len(encoded):
        raise NotDerError
    return start, start + length


def _rewrite_all(contents: bytes, depth: int) -> bytes:
    parts, at = [], 0
    while at < len(contents):
        part, at = _rewrite(contents, at, depth + 1)
        parts.append(part)
    return b"".join(parts)


def _rewrite_until_end(encoded: bytes, at: int, depth: int) -> tuple[bytes, int]:
    parts = []
    while encoded[at : at + 2] != _END_OF_CONTENTS:
        part, at = _rewrite(encoded, at, depth + 1)
        parts.append(part)
    return b"".join(parts), at + 2


def _join(contents: bytes) -> bytes:
    """The octets of an octet string's pieces, which are DER by now."""
    octets, at = [], 0
    while at < len(contents):
        if contents[at] != _OCTET_STRING:
            raise NotDerError
        start, at = _definite(contents, at + 1, contents[at + 1])
        octets.append(contents[start:at])
    return b"".join(octets)


def _length(size: int) -> bytes:
    if size < _LONG_FORM:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([_LONG_FORM + len(octets)]) + octets
