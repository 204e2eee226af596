"""Check the encoding of foreign DER (ITU-T X.690) before any parser sees it."""

_CONSTRUCTED, _LONG_FORM, _LOW_TAG = 0x20, 0x80, 0x1F
_DEPTH_LIMIT, _LENGTH_OCTETS = 40, 4


class NotDerError(ValueError):
    """Not DER; internal to the validator."""


def check_der(encoded: bytes, at: int = 0, depth: int = 0) -> int:
    """Check one element for DER lengths, inside as well; where it ends.

    Raises:
        NotDerError: It is not DER, or is nested too deeply.
    """
    if depth > _DEPTH_LIMIT or at + 2 > len(encoded):
        raise NotDerError
    tag = encoded[at]
    start, end = _content_of(encoded, at)
    # No structure here has tags above 30, and tag 0 ends BER's indefinite lengths.
    if tag & _LOW_TAG == _LOW_TAG or tag == 0 or end > len(encoded):
        raise NotDerError
    if tag & _CONSTRUCTED:
        while start < end:
            start = check_der(encoded, start, depth + 1)
        if start != end:
            raise NotDerError
    return end


def _content_of(encoded: bytes, at: int) -> tuple[int, int]:
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
    at = 0
    tags = bytearray()
    while at < len(contents):
        tags.append(contents[at])
        at = _content_of(contents, at)[1]
    return bytes(tags)
