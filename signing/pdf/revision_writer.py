"""Append one revision to a file with a classical cross-reference table (ISO 32000-1 7.5.6)."""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import pairwise

import pikepdf
from pikepdf import Array

from signing.pdf.plain_writer import Body

_IDENTIFIER_SIZE = 16


def append_revision(document: bytes, pdf: pikepdf.Pdf, changed: Mapping[int, Body]) -> bytes:
    """The file with objects added or replaced, nothing before its end touched.

    Args:
        document: The file as it is.
        pdf: The same, opened; its trailer and catalog are referred to.
        changed: What to write, by object number.
    """
    return document + write_revision(document, pdf, changed)


def write_revision(document: bytes, pdf: pikepdf.Pdf, changed: Mapping[int, Body]) -> bytes:
    """What :func:`append_revision` appends; of a large file nothing is copied."""
    start = b"" if document.endswith(b"\n") else b"\n"
    parts, at, offsets = [start], len(document) + len(start), {}
    for number, (body, stream) in sorted(changed.items()):
        part = b"%d 0 obj\n%b\n" % (number, body)
        if stream is not None:
            part += b"stream\n%b\nendstream\n" % stream
        parts.append(part + b"endobj\n")
        offsets[number] = at
        at += len(parts[-1])
    added = b"".join(parts)
    previous = int(document[document.rindex(b"startxref") :].split()[1])
    size = max(*changed, int(pdf.trailer.Size) - 1) + 1
    info = pdf.trailer.get("/Info")
    return b"".join(
        (
            added,
            b"xref\n",
            *_sections(offsets),
            b"trailer << ",
            b"" if info is None else b"/Info %b " % info.unparse(),
            b"/Root %b /Size %d /Prev %d " % (pdf.Root.unparse(), size, previous),
            b"/ID [%b<%b>] >>\n" % (_first_identifier(pdf), _identifier(document, added)),
            b"startxref\n%d\n%%%%EOF\n" % at,
        )
    )


def _sections(offsets: Mapping[int, int]) -> Iterable[bytes]:
    numbers = sorted(offsets)
    breaks = [index for index, (one, next_) in enumerate(pairwise(numbers), 1) if next_ != one + 1]
    for start, end in pairwise([0, *breaks, len(numbers)]):
        yield b"%d %d\n" % (numbers[start], end - start)
        for number in numbers[start:end]:
            yield b"%010d 00000 n \n" % offsets[number]


def _first_identifier(pdf: pikepdf.Pdf) -> bytes:
    declared = pdf.trailer.get("/ID")
    if isinstance(declared, Array) and len(declared):
        return declared[0].unparse()
    return b"<%b>" % (b"0" * 2 * _IDENTIFIER_SIZE)


def _identifier(document: bytes, added: bytes) -> bytes:
    digest = hashlib.sha256(document)
    digest.update(added)
    return digest.hexdigest()[: 2 * _IDENTIFIER_SIZE].encode("ascii")
