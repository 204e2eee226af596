"""Which files are plain: one revision, every byte accounted for."""

from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest

from signing.pdf.file_layout import read_layout
from tests.support.seals import sample_document, sealed_document


def test_a_sealed_file_is_plain() -> None:
    layout = read_layout(sealed_document())
    assert layout is not None
    with pikepdf.open(BytesIO(sealed_document())) as pdf:
        assert layout.object_count == len(pdf.objects)
    (revision,) = layout.revisions
    assert revision.end == len(sealed_document())
    ends = [end for _, _, end in revision.objects]
    assert ends[:-1] == [start for _, start, _ in revision.objects[1:]]


def _hidden_object(document: bytes) -> bytes:
    return document.replace(b"\nendobj\n", b"\nendobj\n99 0 obj\n(hidden)\nendobj\n", 1)


def _hidden_in_last_gap(document: bytes) -> bytes:
    at = document.rindex(b"xref\n0 ")
    moved = document[:at] + b"99 0 obj\n(x)\nendobj\n" + document[at:]
    return moved.replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + 20))


def _entry(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(document: bytes) -> bytes:
        at = document.rindex(b"xref\n0 ")
        return document[:at] + document[at:].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document + b"x",
        lambda document: document + b"\n",
        lambda document: b" " + document,
        lambda document: document[:-1] + b" ",
        lambda document: document * 2,
        _hidden_object,
        _hidden_in_last_gap,
        _entry(b" 00000 n", b" 00001 n"),
        _entry(b" 00000 n", b" 00000 f"),
        _entry(b"65535 f", b"65534 f"),
        _entry(b"/Root", b"/Prev 9 /Root"),
        _entry(b"/Root", b"/XRefStm 9 /Root"),
        _entry(b"/Root", b"/Encrypt 9 0 R /Root"),
        _entry(b"/Root", b"/Pre#76 9 /Root"),
        _entry(b"xref\n0 ", b"xref\n1 "),
    ],
)
def test_anything_else_is_not(change: Callable[[bytes], bytes]) -> None:
    assert read_layout(change(sealed_document())) is None


def test_cross_reference_streams_are_not_plain() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(sample_document())) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert read_layout(out.getvalue()) is None
