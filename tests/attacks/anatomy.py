"""Take a sealed file apart and put it together again, byte by byte, as an attacker would."""

import re
from dataclasses import dataclass, field
from typing import Self

_OBJECT = re.compile(rb"(?<![^\n])(\d+) 0 obj\n(.*?)\nendobj\n", re.DOTALL)
_TRAILER = re.compile(rb"trailer (<<.*?>>)\nstartxref\n(\d+)\n%%EOF\n\Z", re.DOTALL)
_RANGE = re.compile(rb"/ByteRange \[ *(-?\d+) (-?\d+) (-?\d+) (-?\d+) *\] *(?= )")
_CONTENTS = re.compile(rb"/Contents <([0-9a-f]{400,})>")


def byte_range(document: bytes) -> tuple[int, int, int, int]:
    """The first byte range written in the file."""
    match = _RANGE.search(document)
    assert match is not None
    first, start, end, rest = (int(number) for number in match.groups())
    return first, start, end, rest


def with_byte_range(document: bytes, *numbers: int) -> bytes:
    """The same file with another byte range in the same place."""
    match = _RANGE.search(document)
    assert match is not None
    written = b"/ByteRange [ " + b" ".join(b"%d" % number for number in numbers) + b" ]"
    assert len(written) <= len(match[0])
    return document[: match.start()] + written.ljust(len(match[0])) + document[match.end() :]


def hole(document: bytes) -> tuple[int, int]:
    """Where the hexadecimal string of the seal lies, delimiters included."""
    match = _CONTENTS.search(document)
    assert match is not None
    return match.start(1) - 1, match.end(1) + 1


def covering(document: bytes) -> bytes:
    """The same file with a byte range that covers all of it but the hole."""
    start, end = hole(document)
    return with_byte_range(document, 0, start, end, len(document) - end)


def container(document: bytes) -> bytes:
    """What the hole holds, with its padding."""
    start, end = hole(document)
    return bytes.fromhex(document[start + 1 : end - 1].decode("ascii"))


def with_container(document: bytes, encoded: bytes) -> bytes:
    """The same file with another container, padded to the size of the hole."""
    start, end = hole(document)
    digits = encoded.hex().encode("ascii")
    assert len(digits) <= end - start - 2, "the hole is too small"
    return document[: start + 1] + digits.ljust(end - start - 2, b"0") + document[end - 1 :]


def with_room(document: bytes, size: int) -> bytes:
    """The same file with a hole for a container of so many octets."""
    old = Anatomy.of(document)
    hexadecimal = re.search(rb"/Contents <[0-9a-f]{400,}>", old.objects[old.signature])
    assert hexadecimal is not None
    old.replace(old.signature, hexadecimal[0], b"/Contents <" + b"0" * (2 * size) + b">")
    return old.write()


@dataclass(kw_only=True)
class Anatomy:
    """The objects of a plain file; change them, then write."""

    head: bytes
    objects: dict[int, bytes]
    trailer: bytes
    appended: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, document: bytes) -> Self:
        trailer = _TRAILER.search(document)
        assert trailer is not None
        found = list(_OBJECT.finditer(document, 0, int(trailer[2])))
        return cls(
            head=document[: found[0].start()],
            objects={int(match[1]): match[2] for match in found},
            trailer=trailer[1],
        )

    def number_of(self, mark: bytes) -> int:
        """The one object in which the mark occurs."""
        (number,) = [number for number, body in self.objects.items() if mark in body]
        return number

    @property
    def catalog(self) -> int:
        return self.number_of(b"/Type /Catalog")

    @property
    def page(self) -> int:
        return self.number_of(b"/Type /Page ") if self._one_page() else min(self._pages())

    @property
    def signature(self) -> int:
        return self.number_of(b"/Type /Sig ")

    @property
    def widget(self) -> int:
        return self.number_of(b"/FT /Sig")

    @property
    def content(self) -> int:
        match = re.search(rb"/Contents (\d+) 0 R", self.objects[self.page])
        assert match is not None
        return int(match[1])

    def _pages(self) -> list[int]:
        return [
            number
            for number, body in self.objects.items()
            if re.search(rb"/Type /Page(?![A-Za-z])", body)
        ]

    def _one_page(self) -> bool:
        return sum(b"/Type /Page " in body for body in self.objects.values()) == 1

    def add(self, body: bytes) -> int:
        """A further object; its number."""
        number = max(self.objects) + 1
        self.objects[number] = body
        return number

    def put(self, number: int, key: bytes, value: bytes) -> None:
        """A further entry of a dictionary; readers take the last of two."""
        body = self.objects[number]
        assert body.startswith(b"<<")
        self.objects[number] = b"<< " + key + b" " + value + b" " + body[2:]

    def replace(self, number: int, old: bytes, new: bytes) -> None:
        """Change a piece of an object that is there once."""
        assert self.objects[number].count(old) == 1
        self.objects[number] = self.objects[number].replace(old, new)

    def write(self) -> bytes:
        """A plain file again, with a byte range that covers it; nothing is signed."""
        out, entries = bytearray(self.head), {}
        for number, body in sorted(self.objects.items()):
            entries[number] = len(out)
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        at, size = len(out), max(entries) + 1
        out += b"xref\n0 %d\n0000000000 65535 f \n" % size
        for number in range(1, size):
            out += b"%010d 00000 n \n" % entries[number]
        trailer = re.sub(rb"/Size \d+", b"/Size %d" % size, self.trailer)
        out += b"trailer %b\nstartxref\n%d\n%%%%EOF\n" % (trailer, at)
        return covering(bytes(out))


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """The body of a stream object."""
    return b"<< /Length %d %b>>\nstream\n%b\nendstream" % (len(content), entries, content)


def startxref(document: bytes) -> int:
    """The offset the file ends with."""
    return int(document[document.rindex(b"startxref") + 9 :].split()[0])


def updated(document: bytes, objects: dict[int, bytes], *, trailer: bytes = b"") -> bytes:
    """Append a proper incremental update that replaces or adds objects."""
    old = Anatomy.of(document)
    out, rows = bytearray(document), b""
    for number, body in sorted(objects.items()):
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    at, size = len(out), max([*old.objects, *objects]) + 1
    entries = b"/Size %d /Prev %d %b" % (size, startxref(document), trailer)
    kept = re.sub(rb"/Size \d+", entries, old.trailer)
    end = b"xref\n%btrailer %b\nstartxref\n%d\n%%%%EOF\n" % (rows or b"0 0\n", kept, at)
    return bytes(out) + end
