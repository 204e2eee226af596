"""The few DER forms (ITU-T X.690) the seal engine writes.

Only definite lengths and minimal integers exist here, so whatever these functions build is
canonical: two writers given the same values give the same bytes.
"""

from collections.abc import Iterable

_LONG_FORM = 0x80

BOOLEAN_TRUE = b"\x01\x01\xff"
NULL = b"\x05\x00"


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element: tag, minimal length, the concatenated parts."""
    body = b"".join(parts)
    size = len(body)
    if size < _LONG_FORM:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _LONG_FORM | len(octets))) + octets + body


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of already encoded elements."""
    return tlv(0x30, *parts)


def set_of(elements: Iterable[bytes], *, tag: int = 0x31) -> bytes:
    """SET OF, sorted as DER demands (X.690 11.6)."""
    return tlv(tag, *sorted(elements))


def integer(value: int) -> bytes:
    """INTEGER, two's complement, minimal."""
    magnitude = value if value >= 0 else ~value  # -128 fits where 128 does not
    return tlv(0x02, value.to_bytes(magnitude.bit_length() // 8 + 1, signed=True))


def octet_string(value: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, value)


def object_identifier(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, *(_base128(arc) for arc in (first * 40 + second, *rest)))


def _base128(value: int) -> bytes:
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(0x80 | value & 0x7F)
    return bytes(reversed(octets))
