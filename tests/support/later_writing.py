"""One more revision of a file, in every spelling that ISO 32000-2 7.2 and 7.5 allow."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from pikepdf import Dictionary

from tests.support.foreign_pki import foreign_pki

Bodies = Mapping[int, bytes]
"""By number: the text of each object, of a stream with ``stream`` and ``endstream``."""


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How a revision is written down; as most programs do by default."""

    line: bytes = b"\n"
    entry: bytes = b" \n"
    after_trailer: bytes = b"\n"
    before_objects: bytes = b""
    between: bytes = b""
    before_section: bytes = b""
    before_startxref: bytes = b""
    padding: bytes = b"\n"
    first_rows: bytes = b"0 1{line}0000000000 65535 f{entry}"
    repeated: int = 0
    """So many entries of the table before it, as they were."""
    size: int = 0
    """What the trailer says at least of the highest number."""
    free: bool = False
    """One more number, which is free."""
    stream: bool = False
    """A cross-reference stream."""
    packed: bool = False
    """And an object stream, of what is no stream."""


def catalog_with(document: bytes, number: int) -> dict[int, bytes]:
    """The catalog, with the object of that number as its security store."""
    with pikepdf.open(BytesIO(document)) as pdf:
        pdf.Root.DSS = Dictionary(Here=True)
        text = pdf.Root.unparse(resolved=True)
        return {pdf.Root.objgen[0]: text.replace(b"<< /Here true >>", b"%d 0 R" % number)}


def next_number(document: bytes) -> int:
    """The first that is free."""
    with pikepdf.open(BytesIO(document)) as pdf:
        return int(pdf.trailer.Size)


def as_stream(content: bytes, entries: bytes = b"") -> bytes:
    """The text of a stream object."""
    return b"<< /Length %d %b>>\nstream\n%b\nendstream" % (len(content), entries, content)


def material(document: bytes) -> dict[int, bytes]:
    """A security store with the certificate of the foreign authority."""
    first = next_number(document)
    certificate = foreign_pki().root.encoded.dump()
    return {
        first: as_stream(certificate),
        first + 1: b"<< /Type /DSS /Certs [ %d 0 R ] >>" % first,
        **catalog_with(document, first + 1),
    }


def appended(document: bytes, bodies: Bodies, spelling: Spelling | None = None) -> bytes:
    """The file with one more revision."""
    return _Writer(document, spelling or Spelling()).write(dict(bodies))


class _Writer:
    def __init__(self, document: bytes, spelling: Spelling) -> None:
        self._out, self._how = bytearray(document), spelling
        self._previous = int(document[document.rindex(b"startxref") + 9 :].split()[0])
        with pikepdf.open(BytesIO(document)) as pdf:
            self._root, self._size = pdf.Root.objgen[0], int(pdf.trailer.Size)
            info = pdf.trailer.get("/Info")
            self._info = b"" if info is None else b"/Info %b " % info.unparse()
        self._document = document

    def write(self, bodies: dict[int, bytes]) -> bytes:
        how, offsets = self._how, dict[int, int]()
        self._size = max(self._size, self._how.size, *(number + 1 for number in bodies))
        packed = self._pack(bodies) if how.packed else {}
        self._out += how.before_objects
        for number, body in sorted(bodies.items()):
            offsets[number] = len(self._out)
            written = b"%d 0 obj%b%b%bendobj%b" % (number, how.line, body, how.line, how.line)
            self._out += written + how.between
        self._out += how.before_section
        at = len(self._out)
        self._out += self._stream(offsets, packed, at) if how.stream else self._table(offsets)
        end = how.before_startxref + b"startxref%b%d%b%%%%EOF" % (how.line, at, how.line)
        return bytes(self._out + end + how.padding)

    def _pack(self, bodies: dict[int, bytes]) -> dict[int, tuple[int, int]]:
        """Move what is no stream into an object stream; its number, and places in it."""
        inner = [number for number, body in bodies.items() if b"stream" not in body]
        texts = [bodies.pop(number) for number in inner]
        starts = [sum(len(text) + 1 for text in texts[:place]) for place in range(len(texts))]
        head = b" ".join(b"%d %d" % pair for pair in zip(inner, starts, strict=True)) + b" "
        content = zlib.compress(head + b" ".join(texts))
        entries = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode " % (len(inner), len(head))
        container, self._size = self._size, self._size + 1
        bodies[container] = as_stream(content, entries)
        return {number: (container, place) for place, number in enumerate(inner)}

    def _table(self, offsets: dict[int, int]) -> bytes:
        how = self._how
        rows = how.first_rows.replace(b"{line}", how.line).replace(b"{entry}", how.entry)
        known = self._known_offsets() if how.repeated else {}
        if how.free:
            rows += b"%d 1%b0000000000 00000 f%b" % (self._size, how.line, how.entry)
            self._size += 1
        for number, offset in sorted((known | offsets).items()):
            rows += b"%d 1%b%010d 00000 n%b" % (number, how.line, offset, how.entry)
        return b"xref%b%btrailer%b<< %b >>%b" % (
            *(how.line, rows, how.after_trailer),
            self._trailer(),
            how.line,
        )

    def _known_offsets(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for number in range(1, self._size):
            mark = b"\n%d 0 obj" % number
            if self._document.count(mark) == 1 and len(found) < self._how.repeated:
                found[number] = self._document.index(mark) + 1
        return found

    def _trailer(self) -> bytes:
        return b"/Root %d 0 R %b/Size %d /Prev %d" % (
            *(self._root, self._info),
            *(self._size, self._previous),
        )

    def _stream(
        self, offsets: dict[int, int], packed: dict[int, tuple[int, int]], at: int
    ) -> bytes:
        number, self._size = self._size, self._size + 1
        rows = {n: (1, offset, 0) for n, offset in {**offsets, number: at}.items()}
        rows |= {n: (2, container, place) for n, (container, place) in packed.items()}
        index = b" ".join(b"%d 1" % n for n in sorted(rows))
        content = b"".join(
            b"%c%b%c" % (kind, where.to_bytes(4), rest)
            for _, (kind, where, rest) in sorted(rows.items())
        )
        entries = b"/Type /XRef /W [ 1 4 1 ] /Index [ %b ] %b " % (index, self._trailer())
        return b"%d 0 obj\n%b\nendobj\n" % (number, as_stream(content, entries))
