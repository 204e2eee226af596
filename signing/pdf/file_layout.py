"""Read the outermost layout of a PDF byte by byte, trusting no parser.

A file is *plain* when

* it starts with ``%PDF-`` and ends with ``startxref`` and ``%%EOF``;
* it is made of revisions, each with one classical cross-reference table that lists every object
  of it, and a trailer that names the table before it and nothing else: no cross-reference
  stream, no encryption;
* the objects tile each revision: each begins where the table says and the previous one has ended,
  so nothing can hide between them or be read in two ways;
* what counts as a stream's data here does so for every reader: before it there is one dictionary,
  closed, and no string, comment or array that would swallow the word ``stream``.

A plain file can be parsed without decompressing anything, so its cost is bounded by its text.
Every file this package seals is plain, and of one revision until it is archived.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from signing.pdf.document_limits import OBJECT_LIMIT

_REVISION_LIMIT = 20
_HEADER_LIMIT = 40
_ENTRY_SIZE = 20
_CLOSING_LIMIT = 64  # a closing is looked for no further from the end of an object
_TRAILER_LIMIT = 1000
_TAIL = re.compile(rb"\nstartxref\n(\d{1,10})\n%%EOF\n?\Z")
_SECTION = re.compile(rb"(\d{1,6}) (\d{1,6})\n")
_ENTRY = re.compile(rb"(\d{10}) 00000 n \n")
_FREE_HEAD = b"0000000000 65535 f \n"
_PREVIOUS = re.compile(rb" /Prev (\d{1,10}) ")
_SIZE = re.compile(rb" /Size (\d{1,6}) ")
_FORBIDDEN_IN_TRAILER = (b"/XRefStm", b"/Encrypt", b"#")
_NESTING = 4


def _dictionary() -> bytes:
    """The pattern of a dictionary, without comments; possessive, so it never tries twice."""
    regular = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]"
    string = rb"\((?:[^()\\]|\\.)*+\)|<[0-9A-Fa-f]*+>"
    value = rb"/%b*+|%b++|%b" % (regular, regular, string)
    dictionary = b""
    for _ in range(_NESTING):
        dictionary = rb"<<(?:\s|%b)*+>>" % value
        value += rb"|\[(?:\s|%b)*+\]|%b" % (value, dictionary)
    return dictionary


_STREAM_HEAD = re.compile(rb"\d+ 0 obj\n" + _dictionary(), re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision of a plain file."""

    end: int
    """Offset after its last byte."""

    size: int
    """One more than the highest object number so far, as its trailer says."""

    objects: tuple[tuple[int, int, int], ...]
    """Number, start and end of each of its objects, in file order."""

    text_size: int
    """Bytes of its objects outside streams: what parsing it costs."""


@dataclass(frozen=True, kw_only=True)
class FileLayout:
    """Layout of a plain file."""

    revisions: tuple[Revision, ...]
    """In the order they were written; at least one."""

    @property
    def object_count(self) -> int:
        """Objects in all tables."""
        return sum(len(revision.objects) for revision in self.revisions)

    @property
    def text_size(self) -> int:
        """Bytes of all objects outside streams: what parsing the file costs."""
        return sum(revision.text_size for revision in self.revisions)


@dataclass(frozen=True, kw_only=True)
class _Table:
    at: int
    offsets: dict[int, int]
    size: int
    previous: int | None


def read_layout(document: bytes) -> FileLayout | None:
    """The layout of a plain file, or ``None`` if the file is anything else."""
    revisions: list[Revision] = []
    end, expected = len(document), None
    while document.startswith(b"%PDF-") and len(revisions) < _REVISION_LIMIT:
        table = _read_table(document, end)
        if table is None or expected not in (None, table.at):
            return None
        revision = _tile(document, table, end)
        if revision is None:
            return None
        revisions.insert(0, revision)
        if table.previous is None:
            return _finish(document, tuple(revisions))
        end, expected = revision.objects[0][1], table.previous
    return None


def _finish(document: bytes, revisions: tuple[Revision, ...]) -> FileLayout | None:
    first = revisions[0]
    start = first.objects[0][1]
    numbers = {number for number, _, _ in first.objects}
    complete = numbers == set(range(1, first.size))
    if not complete or start > _HEADER_LIMIT or b" obj" in document[:start]:
        return None
    if any(one.size > next_.size for one, next_ in pairwise(revisions)):
        return None  # objects beyond the last /Size count as missing (ISO 32000-1 7.5.5)
    if document.count(b"startxref") != len(revisions):
        return None
    layout = FileLayout(revisions=revisions)
    return layout if layout.object_count <= OBJECT_LIMIT else None


def _read_table(document: bytes, end: int) -> _Table | None:
    tail = _TAIL.search(document[max(0, end - 64) : end])
    if tail is None:
        return None
    tail_at = max(0, end - 64) + tail.start()
    at = int(tail[1])
    trailer_at = document.find(b"trailer ", max(at, tail_at - _TRAILER_LIMIT), tail_at)
    if trailer_at < 0 or not document.startswith(b"xref\n", at):
        return None
    offsets = _read_entries(document[at + 5 : trailer_at])
    trailer = document[trailer_at:tail_at]
    size, previous = _SIZE.findall(trailer), _PREVIOUS.findall(trailer)
    named = trailer.count(b"/Prev") == len(previous) <= 1 and len(size) == 1
    if not offsets or not named or any(mark in trailer for mark in _FORBIDDEN_IN_TRAILER):
        return None
    if max(offsets) >= int(size[0]):
        return None
    return _Table(
        at=at,
        offsets=offsets,
        size=int(size[0]),
        previous=int(previous[0]) if previous else None,
    )


def _read_entries(table: bytes) -> dict[int, int] | None:
    offsets: dict[int, int] = {}
    at = 0
    while at < len(table):
        section = _SECTION.match(table, at)
        if section is None:
            return None
        number, count = int(section[1]), int(section[2])
        at = section.end()
        if number == 0 and count:
            if table[at : at + _ENTRY_SIZE] != _FREE_HEAD:
                return None
            number, count, at = 1, count - 1, at + _ENTRY_SIZE
        if at + count * _ENTRY_SIZE > len(table) or len(offsets) + count > OBJECT_LIMIT:
            return None
        for _ in range(count):
            entry = _ENTRY.fullmatch(table, at, at + _ENTRY_SIZE)
            if entry is None or number in offsets:
                return None
            offsets[number] = int(entry[1])
            number, at = number + 1, at + _ENTRY_SIZE
    return offsets


def _tile(document: bytes, table: _Table, end: int) -> Revision | None:
    ordered = sorted(table.offsets.items(), key=lambda item: item[1])
    starts = [*(offset for _, offset in ordered), table.at]
    text_size, objects = 0, []
    for (number, _), (start, stop) in zip(ordered, pairwise(starts), strict=True):
        size = _object_size(document, number, start, stop)
        if size is None:
            return None
        text_size += size
        objects.append((number, start, stop))
    return Revision(end=end, size=table.size, objects=tuple(objects), text_size=text_size)


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
    if _STREAM_HEAD.fullmatch(document, start, stream) is None:
        return None
    tail = document[max(stream, end - _CLOSING_LIMIT) : end].rstrip()
    return stream - start if tail.endswith(b"endstream\nendobj") else None
