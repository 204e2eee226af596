"""The DER writer against a parser that is not ours."""

import pytest
from asn1crypto import core
from hypothesis import example, given
from hypothesis import strategies as st

from signing.cms import der
from signing.cms.der_reading import NotDerError, check_der, tags_inside


@given(st.integers(-(2**200), 2**200))
@example(-128)
@example(127)
@example(128)
def test_integers(value: int) -> None:
    assert der.integer(value) == core.Integer(value).dump()


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65_535, 65_536])
def test_lengths(size: int) -> None:
    encoded = der.octet_string(bytes(size))
    assert encoded == core.OctetString(bytes(size)).dump()
    assert check_der(encoded) == len(encoded)


@pytest.mark.parametrize(
    "dotted", ["1.2.840.113549.1.7.2", "2.5.29.37", "0.9.2342", "2.25.211287425187"]
)
def test_object_identifiers(dotted: str) -> None:
    assert der.object_identifier(dotted) == core.ObjectIdentifier(dotted).dump()


def test_sets_are_sorted() -> None:
    one, two = der.integer(1), der.integer(2)
    assert der.set_of([two, one]) == der.set_of([one, two]) == b"\x31\x06" + one + two


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x30",
        b"\x30\x01",
        b"\x30\x80\x00\x00",
        b"\x04\x81\x01x",
        b"\x04\x82\x00\x80" + bytes(128),
        b"\x30\x03\x02\x02\x01",
        b"\x30\x02\x00\x00",
        b"\x1f\x01\x00",
        b"\x30\x03\x02\x01",
        b"\x04\x85\x01\x00\x00\x00\x00",
        b"\x30\x02" * 50 + b"\x05\x00",
        b"\x02\x00",
        b"\x30\x04\x02\x02\x00\x01",
        b"\x02\x02\xff\x80",
        b"\x01\x01\x01",
        b"\x05\x01\x00",
        b"\x06\x02\x2a\x86",
        b"\x06\x00",
    ],
    ids=[
        *("empty", "no length", "short", "indefinite", "long form of 1", "leading zero"),
        *("inner too long", "end of contents", "high tag", "cut", "huge", "inner not exact"),
        *("integer of nothing", "needless zero in an integer", "needless sign in an integer"),
        *("odd true", "null of something", "identifier without an end", "identifier of nothing"),
    ],
)
def test_what_is_not_der(encoded: bytes) -> None:
    with pytest.raises(NotDerError):
        check_der(encoded)


def test_nesting_is_bounded() -> None:
    encoded = der.NULL
    for _ in range(60):
        encoded = der.sequence(encoded)
    with pytest.raises(NotDerError):
        check_der(encoded)


@given(st.binary(max_size=60))
def test_any_bytes_are_der_or_not(encoded: bytes) -> None:
    try:
        assert 2 <= check_der(encoded) <= len(encoded)
    except NotDerError:
        return


def test_tags_inside() -> None:
    assert tags_inside(der.integer(1) + der.NULL + der.sequence()) == b"\x02\x05\x30"
