"""Read the outermost layout of a PDF byte by byte, trusting no parser.

A file is *plain* when

* it starts with ``%PDF-`` and ends with its only ``startxref`` and ``%%EOF``;
* one classical cross-reference table lists every object, and the trailer names no earlier
  section, no cross-reference stream and no encryption;
* the objects tile the file: each begins where the table says and the previous one has ended,
  so nothing can hide between them or be read in two ways.

A plain file has one revision and can be parsed without decompressing anything, so its cost is
bounded by its size. Every file this package seals is plain.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

_OBJECT_LIMIT = 20_000
_HEADER_LIMIT = 40
_ENTRY_SIZE = 20
_CLOSING_LIMIT = 64  # a closing is looked for no further from the end of an object
_TAIL = re.compile(rb"\nstartxref\n(\d{1,10})\n%%EOF\n?\Z")
_TABLE = re.compile(rb"xref\n0 (\d{1,6})\n")
_ENTRY = re.compile(rb"(\d{10}) 00000 n \n")
_FREE_HEAD = b"0000000000 65535 f \n"
_FORBIDDEN_IN_TRAILER = (b"/Prev", b"/XRefStm", b"/Encrypt", b"#")


@dataclass(frozen=True, kw_only=True)
class FileLayout:
    """Layout of a plain file."""

    object_count: int
    """Objects in the table."""

    objects: tuple[tuple[int, int], ...]
    """Where each object starts and ends, in file order."""

    text_size: int
    """Bytes of the objects outside streams: what parsing it costs."""


def read_layout(document: bytes) -> FileLayout | None:
    """The layout of a plain file, or ``None`` if the file is anything else."""
    tail = _TAIL.search(document, max(0, len(document) - 64))
    if not document.startswith(b"%PDF-") or tail is None:
        return None
    if document.count(b"startxref") != 1:
        return None
    table_at = int(tail[1])
    table = _TABLE.match(document, table_at)
    if table is None or not 1 < int(table[1]) <= _OBJECT_LIMIT:
        return None
    offsets = _read_entries(document, table.end(), int(table[1]))
    trailer_at = table.end() + int(table[1]) * _ENTRY_SIZE
    trailer = document[trailer_at : tail.start()]
    if offsets is None or not trailer.startswith(b"trailer "):
        return None
    if any(mark in trailer for mark in _FORBIDDEN_IN_TRAILER):
        return None
    return _tile(document, offsets, table_at)


def _read_entries(document: bytes, at: int, count: int) -> dict[int, int] | None:
    if document[at : at + _ENTRY_SIZE] != _FREE_HEAD:
        return None
    offsets = {}
    for number in range(1, count):
        entry = _ENTRY.fullmatch(document, at + number * _ENTRY_SIZE, at + (number + 1) * 20)
        if entry is None:
            return None
        offsets[number] = int(entry[1])
    return offsets


def _tile(document: bytes, offsets: dict[int, int], table_at: int) -> FileLayout | None:
    ordered = sorted(offsets.items(), key=lambda item: item[1])
    starts = [*(offset for _, offset in ordered), table_at]
    if starts[0] > _HEADER_LIMIT or b" obj" in document[: starts[0]]:
        return None
    text_size = 0
    for (number, _), (start, end) in zip(ordered, pairwise(starts), strict=True):
        size = _object_size(document, number, start, end)
        if size is None:
            return None
        text_size += size
    objects = tuple(pairwise(starts))
    return FileLayout(object_count=len(ordered), objects=objects, text_size=text_size)


def _object_size(document: bytes, number: int, start: int, end: int) -> int | None:
    """Bytes of one object outside its stream, or ``None`` if it does not fill its place."""
    head = b"%d 0 obj\n" % number
    if end <= start or not document.startswith(head, start):
        return None
    stream = document.find(b"\nstream\n", start, end)
    if stream < 0:
        closed = document.find(b"\nendobj\n", start, end)
        rest = end - closed - 8
        if closed < 0 or rest > _CLOSING_LIMIT or document[end - rest : end].strip():
            return None
        return end - start
    if document.find(b"endobj", start, stream) >= 0:
        return None
    tail = document[max(stream, end - _CLOSING_LIMIT) : end].rstrip()
    return stream - start if tail.endswith(b"endstream\nendobj") else None
