"""Check the encoding of foreign DER (ITU-T X.690) before any parser sees it."""

from collections.abc import Iterator

from signing.parser_errors import UnreadableError

_CONSTRUCTED, _LONG_FORM, _LOW_TAG = 0x20, 0x80, 0x1F
_SHORTEST = 2  # octets: a tag and a length
_DEPTH_LIMIT, _LENGTH_OCTETS = 40, 4
_BOOLEAN, _INTEGER, _NULL, _OBJECT_IDENTIFIER = 0x01, 0x02, 0x05, 0x06
_SIGN = _CONTINUED = 0x80
_IDENTIFIER_LIMIT = 64  # parsers take quadratic time for long ones


class NotDerError(UnreadableError):
    """Not DER; internal to the validator."""


def check_der(encoded: bytes, at: int = 0, depth: int = 0) -> int:
    """Check one element for DER's lengths and simple values, inside as well; where it ends.

    Raises:
        NotDerError: It is not DER, or is nested too deeply.
    """
    if depth > _DEPTH_LIMIT or at + _SHORTEST > len(encoded):
        raise NotDerError
    tag = encoded[at]
    start, end = _content_of(encoded, at)
    # No structure here has tags above 30, and tag 0 ends BER's indefinite lengths.
    if tag & _LOW_TAG == _LOW_TAG or tag == 0 or end > len(encoded):
        raise NotDerError
    if tag <= _OBJECT_IDENTIFIER and not _is_canonical(tag, encoded[start:end]):
        raise NotDerError
    if tag & _CONSTRUCTED:
        while start < end:
            start = check_der(encoded, start, depth + 1)
        if start != end:
            raise NotDerError
    return end


def end_of_element(encoded: bytes) -> int:
    """Where the first element ends by its own length; :func:`check_der` looks inside.

    Raises:
        NotDerError: Its length is not DER's, or leads beyond the end.
    """
    if len(encoded) < _SHORTEST:
        raise NotDerError
    _, end = _content_of(encoded, 0)
    if end > len(encoded):
        raise NotDerError
    return end


def _is_canonical(tag: int, value: bytes) -> bool:
    """Whether a simple value is spelled in its one way (X.690 8 and 11)."""
    if tag == _BOOLEAN:
        return value in (b"\x00", b"\xff")
    if tag == _NULL:
        return not value
    if tag == _OBJECT_IDENTIFIER:
        return is_identifier(value)
    if tag == _INTEGER and len(value) > 1:
        return value[0] not in (0, 0xFF) or (value[0] ^ value[1]) & _SIGN != 0
    return tag != _INTEGER or bool(value)


def is_identifier(value: bytes) -> bool:
    """Whether this can be the contents of an object identifier, and is not too long to be read."""
    return 0 < len(value) <= _IDENTIFIER_LIMIT and not value[-1] & _CONTINUED


def _content_of(encoded: bytes, at: int) -> tuple[int, int]:
    if at + 1 >= len(encoded):
        raise NotDerError
    first = encoded[at + 1]
    if first < _LONG_FORM:
        return at + 2, at + 2 + first
    octets = first - _LONG_FORM
    start = at + 2 + octets
    length = int.from_bytes(encoded[at + 2 : start])
    shortest = length >= _LONG_FORM and length >> 8 * (octets - 1) > 0
    if not 0 < octets <= _LENGTH_OCTETS or not shortest:
        raise NotDerError
    return start, start + length


def tags_inside(contents: bytes) -> bytes:
    """The tags of a constructed element's children, one octet each.

    Args:
        contents: What is inside an element that :func:`check_der` has accepted.
    """
    return bytes(contents[start] for start, _, _ in _children(contents))


def contents_inside(contents: bytes) -> list[bytes]:
    """What is inside each of a constructed element's children.

    Args:
        contents: What is inside an element that :func:`check_der` has accepted.
    """
    return [contents[start:end] for _, start, end in _children(contents)]


def elements_inside(contents: bytes) -> list[bytes]:
    """Each of a constructed element's children, whole.

    Args:
        contents: What is inside an element that :func:`check_der` has accepted.
    """
    return [contents[at:end] for at, _, end in _children(contents)]


def _children(contents: bytes) -> Iterator[tuple[int, int, int]]:
    at = 0
    while at < len(contents):
        if contents[at] & _LOW_TAG == _LOW_TAG:
            raise NotDerError
        start, end = _content_of(contents, at)
        yield at, start, end
        at = end
