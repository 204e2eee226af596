"""An attacker's own reader of PDF objects: nothing of it is shared with the code under attack.

Good for files with classical tables, as the subjects of these attacks are before they are changed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

_SPACE = b"\x00\t\n\x0c\r "
_TOKEN = re.compile(
    rb"<<|>>|\[|\]|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|<[0-9A-Fa-f\s]*>"
    rb"|/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*|[^\x00\t\n\x0c\r ()<>\[\]{}/%]+",
    re.DOTALL,
)
_REFERENCE = re.compile(rb"(\d+)\s+(\d+)\s+R")
_SECTION = re.compile(rb"\s*(\d+) (\d+)\s*?\r?\n")
_STREAM = re.compile(rb">>\s*stream\r?\n")
_ROW = 20

Entries = dict[bytes, bytes]
"""A dictionary: key with its slash, and the value as it is written."""

_Make = Callable[[bytes | None], bytes]


def values_of(written: bytes) -> list[bytes]:
    """The values one after another in the inside of an array or a dictionary."""
    found: list[bytes] = []
    depth, start = 0, 0
    for token in _TOKEN.finditer(written):
        if token[0] in (b">>", b"]"):
            depth -= 1
            if depth == 0:
                found.append(written[start : token.end()])
        else:
            start = start if depth else token.start()
            if token[0] in (b"<<", b"["):
                depth += 1
            elif depth == 0 and token[0] == b"R":
                found[-2:] = [b" ".join((*found[-2:], b"R"))]
            elif depth == 0:
                found.append(token[0])
    return found


def entries_of(written: bytes) -> Entries:
    """A dictionary taken apart; what follows it (a stream) is left out."""
    items = values_of(head_of(written).strip(_SPACE)[2:-2])
    return dict(zip(items[::2], items[1::2], strict=True))


def head_of(body: bytes) -> bytes:
    """A dictionary without the stream that may follow it."""
    found = _STREAM.search(body)
    return body[: found.start() + 2] if found else body


def items_of(array: bytes) -> list[bytes]:
    """An array taken apart."""
    return values_of(array.strip(_SPACE)[1:-1])


def dictionary(entries: Entries) -> bytes:
    """A dictionary written down."""
    return b"<< " + b"".join(b"%b %b " % item for item in entries.items()) + b">>"


def array(items: list[bytes]) -> bytes:
    """An array written down."""
    return b"[ " + b" ".join(items) + b" ]"


def reference(number: int) -> bytes:
    """A reference to an object."""
    return b"%d 0 R" % number


def number_of(value: bytes) -> int | None:
    """The number of the object a value refers to; ``None`` if it is none."""
    found = _REFERENCE.fullmatch(value.strip(_SPACE))
    return int(found[1]) if found else None


def stream(content: bytes, entries: Entries | None = None) -> bytes:
    """The body of a stream object."""
    return (
        dictionary({**(entries or {}), b"/Length": b"%d" % len(content)})
        + b"\nstream\n%b\nendstream" % content
    )


def last_startxref(document: bytes) -> int:
    """Where the last section of a file begins."""
    return int(document[document.rindex(b"startxref") + 9 :].split()[0])


@dataclass(kw_only=True)
class Draft:
    """A file and what somebody is about to append to it."""

    document: bytes
    old: dict[int, bytes]
    """Every object as it was written last, without ``obj`` and ``endobj``."""
    trailer: Entries
    new: dict[int, bytes] = field(default_factory=dict)
    """Objects of the next revision."""
    outside: set[int] = field(default_factory=set)
    """Those of them that may not lie in an object stream."""

    @classmethod
    def of(cls, document: bytes) -> Self:
        offsets: dict[int, int] = {}
        trailer: Entries = {}
        at: int | None = last_startxref(document)
        while at is not None:
            rows, section = _read_section(document, at)
            offsets = rows | offsets
            trailer = trailer or section
            at = int(section[b"/Prev"]) if b"/Prev" in section else None
        old = {number: _body(document, start) for number, start in offsets.items()}
        return cls(document=document, old=old, trailer=trailer)

    @property
    def root(self) -> int:
        return int(self.trailer[b"/Root"].split()[0])

    @property
    def page(self) -> int:
        """The first page."""
        number = number_of(self.read(self.root)[b"/Pages"])
        while True:
            assert number is not None
            entries = self.read(number)
            if b"/Kids" not in entries:
                return number
            number = number_of(items_of(entries[b"/Kids"])[0])

    @property
    def contents(self) -> int:
        """The content stream of the first page."""
        number = number_of(self.read(self.page)[b"/Contents"])
        assert number is not None
        return number

    @property
    def fields(self) -> list[int]:
        """The fields of the form."""
        form = self.value(self.read(self.root).get(b"/AcroForm", b"<< >>"))
        listed = self.value(entries_of(form).get(b"/Fields", b"[ ]"))
        return [number for number in map(number_of, items_of(listed)) if number is not None]

    @property
    def seal(self) -> int:
        """The first signed field."""
        return next(number for number in self.fields if self.read(number).get(b"/FT") == b"/Sig")

    @property
    def size(self) -> int:
        return max([*self.old, *self.new, int(self.trailer[b"/Size"]) - 1]) + 1

    def body(self, number: int) -> bytes:
        return self.new.get(number) or self.old[number]

    def read(self, number: int) -> Entries:
        return entries_of(self.body(number))

    def value(self, written: bytes) -> bytes:
        """The value itself, where it was given by reference."""
        number = number_of(written)
        return written if number is None else self.body(number)

    def add(self, body: bytes, *, outside: bool = False) -> int:
        """A further object."""
        number = self.size
        self.new[number] = body
        if outside:
            self.outside.add(number)
        return number

    def put(self, number: int, entries: Entries) -> None:
        """Write an object anew with further or other entries."""
        whole = self.body(number)
        rest = whole[len(head_of(whole)) :]
        self.new[number] = dictionary(entries_of(whole) | entries) + rest

    def append(self, owner: int, path: list[bytes], item: bytes) -> None:
        """Append to an array at the end of a path of keys; what lacks is made on the way."""
        self._insert(owner, path, lambda old: array([*items_of(old or b"[ ]"), item]))

    def enter(self, owner: int, path: list[bytes], value: bytes) -> None:
        """Set a value at the end of a path of keys; what lacks is made on the way."""
        self._insert(owner, path, lambda _: value)

    def _insert(self, owner: int, path: list[bytes], make: _Make) -> None:
        entries = self.read(owner)
        key, old = path[0], entries.get(path[0])
        number = None if old is None else number_of(old)
        if number is not None and len(path) > 1:
            self._insert(number, path[1:], make)
            return
        if number is not None and not self.body(number).lstrip().startswith(b"<<"):
            self.new[number] = make(self.body(number))
            return
        self.put(owner, {key: _set(old, path[1:], make)})


def _set(old: bytes | None, path: list[bytes], make: _Make) -> bytes:
    if not path:
        return make(old)
    entries = entries_of(old) if old else {}
    return dictionary(entries | {path[0]: _set(entries.get(path[0]), path[1:], make)})


def _read_section(document: bytes, at: int) -> tuple[dict[int, int], Entries]:
    assert document.startswith(b"xref", at)
    at += 4
    rows: dict[int, int] = {}
    while (section := _SECTION.match(document, at)) is not None:
        at = section.end()
        for number in range(int(section[1]), int(section[1]) + int(section[2])):
            row = document[at : at + _ROW]
            if row[17:18] == b"n":
                rows[number] = int(row[:10])
            at += _ROW
    start = document.index(b"trailer", at) + 7
    return rows, entries_of(document[start : document.index(b"startxref", start)])


def _body(document: bytes, start: int) -> bytes:
    begin = document.index(b"obj", start) + 3
    end = document.index(b"endobj", begin)
    return document[begin:end].strip(_SPACE)
