"""However BER spells a container, it is read as the one DER it means; nothing else is read."""

import random

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from signing.cms.ber_reading import rewrite_as_der
from signing.cms.der_reading import NotDerError, check_der
from tests.support.foreign_containers import in_ber

_LEAVES = st.one_of(
    st.binary(max_size=300).map(lambda octets: core.OctetString(octets).dump()),
    st.integers(-(2**70), 2**70).map(lambda number: core.Integer(number).dump()),
    st.just(core.Null().dump()),
)


def _constructed(tag: int, parts: list[bytes]) -> bytes:
    contents = b"".join(parts)
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 + len(octets)]) + octets + contents


_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        _constructed, st.sampled_from([0x30, 0x31, 0xA0, 0xA1]), st.lists(inner, max_size=5)
    ),
    max_leaves=20,
)


@given(_VALUES, st.randoms(use_true_random=False))
def test_every_spelling_means_the_same(encoded: bytes, chance: random.Random) -> None:
    spelled = in_ber(encoded, chance)
    assert rewrite_as_der(spelled) == (encoded, len(spelled))
    assert rewrite_as_der(spelled + b"\x00\x00") == (encoded, len(spelled))


@given(_VALUES)
def test_what_is_der_stays_as_it_is(encoded: bytes) -> None:
    assert rewrite_as_der(encoded) == (encoded, len(encoded))
    assert check_der(encoded) == len(encoded)


@given(st.binary(max_size=200))
def test_any_bytes_become_der_or_are_refused(octets: bytes) -> None:
    try:
        encoded, end = rewrite_as_der(octets)
    except NotDerError:
        return
    assert check_der(encoded) == len(encoded)
    assert end <= len(octets)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x80\x00",
        b"\x04\x80\x00\x00",
        b"\x24\x80\x02\x01\x00\x00\x00",
        b"\x30\x85\x01\x00\x00\x00\x00",
        b"\x1f\x80",
        b"\x30\x80" * 60 + b"\x00\x00" * 60,
    ],
)
def test_what_is_no_ber(broken: bytes) -> None:
    with pytest.raises(NotDerError):
        rewrite_as_der(broken)
