"""What follows a signature is explained only if the pages are the same, whatever was done to it."""

from functools import cache
from io import BytesIO

import pikepdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.reading.additions import Later
from signing.reading.document_facts import UnreadableDocumentError, read_facts
from signing.reading.later_revisions import compare_later
from signing.reading.signature_fields import SignatureFacts
from tests.support.extent import examples
from tests.support.foreign_seals import Wishes, blank_document, sign

_EXPLAINED = (Later.NOTHING, Later.ARCHIVAL, Later.SIGNED)
_settings = settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@cache
def _archived() -> bytes:
    return sign(blank_document(), Wishes(timestamped=True, long_term=True, archival=True))


@cache
def _first() -> SignatureFacts:
    return read_facts(_archived()).signatures[0]


def _covered_end() -> int:
    return sum(_first().byte_range[2:])


def _page(document: bytes) -> bytes:
    with pikepdf.open(BytesIO(document), attempt_recovery=False) as pdf:
        return pdf.pages[0].obj.Contents.read_bytes() + pdf.pages[0].obj.MediaBox.unparse()


def test_the_unchanged_file_is_explained() -> None:
    assert _first().later is Later.ARCHIVAL


@_settings
@given(st.data())
def test_other_bytes_in_the_later_revisions(data: st.DataObject) -> None:
    document = bytearray(_archived())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(_covered_end(), len(document) - 1))
        document[at] = data.draw(st.integers(0, 255))
    (found,) = compare_later(bytes(document), [(_first().byte_range, None)])
    if found.later in _EXPLAINED:
        assert _page(bytes(document)) == _page(_archived())


@_settings
@given(st.binary(min_size=1, max_size=60), st.data())
def test_bytes_put_in_between(extra: bytes, data: st.DataObject) -> None:
    document = _archived()
    at = data.draw(st.integers(_covered_end(), len(document)))
    changed = document[:at] + extra + document[at:]
    (found,) = compare_later(changed, [(_first().byte_range, 1)])
    if found.later in _EXPLAINED:
        assert _page(changed) == _page(document)


@_settings
@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_a_file_that_ends_early(start: int, size: int) -> None:
    end = _covered_end() + start % (len(_archived()) - _covered_end())
    document = _archived()[:end] + b"\n" * (size % 3)
    try:
        facts = read_facts(document)
    except UnreadableDocumentError:
        return
    assert all(item.later in Later for item in facts.signatures)
