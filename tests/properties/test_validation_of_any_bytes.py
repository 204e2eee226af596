"""The validator answers for any bytes, and accepts no altered seal."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.report import Verdict, judge
from tests.support.extent import examples
from tests.support.seals import sealed_document, validate

_PIECES = st.sampled_from(
    [
        b"%PDF-1.7\n",
        b"1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n",
        b"trailer << /Size 2 /Root 1 0 R >>\n",
        b"startxref\n",
        b"%%EOF\n",
        b"\x00",
        b"/ByteRange [ 0 1 2 3 ]",
    ]
)


def _check_sound(document: bytes) -> None:
    report = validate(document)
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert report.checks
    assert (report.verdict, report.sub_indication) == judge(report.checks)


@settings(max_examples=examples(150))
@given(st.binary(max_size=2000))
def test_arbitrary_bytes(document: bytes) -> None:
    _check_sound(document)


@settings(max_examples=examples(30))
@given(st.lists(_PIECES | st.binary(max_size=30), max_size=12))
def test_bytes_that_look_like_a_pdf(pieces: list[bytes]) -> None:
    _check_sound(b"%PDF-1.7\n" + b"".join(pieces))


def _container(document: bytes) -> range:
    match = re.search(rb"/ByteRange \[ 0 (\d+) (\d+) ", document)
    assert match is not None
    return range(int(match[1]) + 1, int(match[2]) - 1)


def _accepted(positions: list[int], bit: int) -> list[int]:
    document = sealed_document()
    accepted = []
    for position in positions:
        changed = bytearray(document)
        changed[position] ^= 1 << bit
        if validate(bytes(changed)).verdict is Verdict.TOTAL_PASSED:
            accepted.append(position)
    return accepted


@pytest.mark.parametrize(
    "step", [5, pytest.param(1, marks=pytest.mark.heavy("every fifth place is tried always"))]
)
def test_no_flipped_bit_in_the_container_is_accepted(step: int) -> None:
    # Bit 0 turns a hexadecimal digit into another digit, or into none; places are tried where a
    # CMS says something, all of them in a full run, and a sample of the padding.
    hole = _container(sealed_document())
    used = len(sealed_document()[hole.start : hole.stop].rstrip(b"0")) + 2
    said = list(range(hole.start, hole.start + used))
    assert _accepted(said[::step] + list(hole[used::97]), 0) == []


def test_no_flipped_case_of_a_digit_is_accepted() -> None:
    hole = _container(sealed_document())
    letters = [at for at in hole if sealed_document()[at] > ord("9")]
    assert _accepted(letters[::7], 5) == []


def test_no_flipped_bit_elsewhere_is_accepted() -> None:
    generator = random.Random(20_260_302)  # noqa: S311  # a reproducible sample
    size = len(sealed_document())
    for bit in range(8):
        assert _accepted([generator.randrange(size) for _ in range(60)], bit) == []


@settings(max_examples=examples(60))
@given(st.data())
def test_no_spliced_file_is_accepted(data: st.DataObject) -> None:
    document = sealed_document()
    start = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(start, min(len(document), start + 64)))
    inserted = data.draw(st.binary(max_size=64))
    changed = document[:start] + inserted + document[end:]
    if changed != document:
        assert validate(changed).verdict is not Verdict.TOTAL_PASSED
