"""Read the text of one object as ISO 32000-2 7.2 and 7.3 write it, and say what is odd about it.

Parsers forgive: of a key that is there twice one takes the first value, another the last; a stream
whose length is wrong ends elsewhere for another; and none says so. What somebody added to a signed
file is read here token by token, for that alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_DEPTH_LIMIT = 64
_REGULAR = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]"
SPACE = rb"(?:[\x00\t\n\f\r ]|%[^\r\n]*+(?:[\r\n]|\Z))"
_TOKEN = re.compile(
    b"(?P<space>" + SPACE + b"++)"
    rb"|(?P<open><<|\[)|(?P<close>>>|\])|(?P<string>\()"
    rb"|(?P<name>/" + _REGULAR + rb"*+)"
    rb"|(?P<hex><[0-9A-Fa-f\x00\t\n\f\r ]*+>)"
    rb"|(?P<reference>(?P<number>\d{1,10})"
    + SPACE
    + rb"++\d{1,5}"
    + SPACE
    + b"++R(?!"
    + _REGULAR
    + b"))"
    rb"|(?P<word>" + _REGULAR + b"++)"
)
_HEADER = re.compile(
    rb"(\d{1,10})" + SPACE + rb"++(\d{1,5})" + SPACE + b"++obj(?!" + _REGULAR + b")"
)
_DATA = re.compile(rb"\r?\n")
_END_OF_DATA = re.compile(rb"(?:\r\n|\n|\r)?endstream" + SPACE + b"*+endobj(?!" + _REGULAR + b")")
_IN_STRING = re.compile(rb"[^()\\]++|\\.|[()]", re.DOTALL)
_KEYWORDS = (b"endobj", b"stream", b"endstream", b"obj", b"xref", b"trailer", b"startxref")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


class OddSyntaxError(Exception):
    """It is not of the grammar, or can be read in two ways; internal to the validator."""


@dataclass(frozen=True, kw_only=True)
class ObjectText:
    """What an object's text says besides its values."""

    references: tuple[int, ...]
    """Numbers of the objects it refers to, each as often as it does."""

    has_twins: bool
    """A dictionary in it has a key twice (ISO 32000-2 7.3.7 forbids it)."""

    length: tuple[int, bool] | None
    """/Length of the outermost dictionary; whether it is the number of the object that has it."""


@dataclass(frozen=True, kw_only=True)
class WrittenObject:
    """One object as it stands in a file."""

    number: int
    start: int
    end: int
    """After ``endobj``."""
    text: ObjectText
    data: tuple[int, int] | None
    """Where the bytes of a stream begin and end."""


def read_text(written: bytes) -> ObjectText:
    """Read one value.

    Raises:
        OddSyntaxError: It is not exactly one value.
    """
    reader, word, _ = _read_value(written, 0, len(written))
    if word:
        raise OddSyntaxError
    return reader.finish()


def read_object(
    document: bytes, start: int, stop: int, length_of: Callable[[int], int]
) -> WrittenObject:
    """Read one object from ``N G obj`` to ``endobj``.

    Args:
        document: The file.
        start: Where it begins.
        stop: Where the next thing begins.
        length_of: The value of the object of that number, for a stream that has its length there.

    Raises:
        OddSyntaxError: It is not one, or a stream that is not as long as it says.
    """
    header = _HEADER.match(document, start, stop)
    if header is None:
        raise OddSyntaxError
    reader, word, at = _read_value(document, header.end(), stop)
    text, data = reader.finish(), None
    if word == b"stream":
        data, at = _read_data(document, at, stop, text, length_of)
    elif word != b"endobj":
        raise OddSyntaxError
    return WrittenObject(number=int(header[1]), start=start, end=at, text=text, data=data)


def _read_data(
    document: bytes, at: int, stop: int, text: ObjectText, length_of: Callable[[int], int]
) -> tuple[tuple[int, int], int]:
    begin = _DATA.match(document, at, stop)
    if begin is None or text.length is None:
        raise OddSyntaxError
    value, is_elsewhere = text.length
    end = begin.end() + (length_of(value) if is_elsewhere else value)
    close = _END_OF_DATA.match(document, end, stop)
    if close is None:
        raise OddSyntaxError
    return (begin.end(), end), close.end()


def _read_value(written: bytes, at: int, stop: int) -> tuple["_Reader", bytes, int]:
    """What was read up to a keyword outside everything, or to the end."""
    reader = _Reader()
    while at < stop:
        found = _TOKEN.match(written, at, stop)
        if found is None or found.lastgroup is None:
            raise OddSyntaxError
        at = found.end()
        if found[0] in _KEYWORDS:
            return reader, found[0], at
        if found["string"] is not None:
            at = _end_of_string(written, at, stop)
        reader.take(found)
    return reader, b"", at


def _end_of_string(written: bytes, at: int, stop: int) -> int:
    depth = 1
    while depth:
        found = _IN_STRING.match(written, at, stop)
        if found is None:
            raise OddSyntaxError
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        at = found.end()
    return at


class _Reader:
    """What is open, innermost last: of a dictionary its keys, of an array ``None``."""

    def __init__(self) -> None:
        self._keys: list[list[bytes] | None] = []
        self._counts = [0]
        self._references: list[int] = []
        self._has_twins = False
        self._length: tuple[int, bool] | None = None

    def take(self, found: re.Match[bytes]) -> None:
        if found["space"] is not None:
            return
        if found["close"] is not None:
            self._leave(found[0])
            return
        if len(self._keys) == 1 and self._keys[0] and self._keys[0][-1] == b"/Length":
            self._take_length(found)
        self._count(found)
        if found["open"] is not None:
            self._enter(found[0])
        elif found["reference"] is not None:
            self._references.append(int(found["number"]))

    def _take_length(self, found: re.Match[bytes]) -> None:
        if self._counts[-1] % 2 and (found["reference"] or found[0].isdigit()):
            self._length = int(found["number"] or found[0]), found["reference"] is not None

    def _count(self, found: re.Match[bytes]) -> None:
        """One more value; every other one in a dictionary is a key."""
        keys = self._keys[-1] if self._keys else None
        if keys is not None and self._counts[-1] % 2 == 0:
            if found["name"] is None:
                raise OddSyntaxError
            keys.append(_ESCAPE.sub(lambda digits: bytes.fromhex(digits[1].decode()), found[0]))
        self._counts[-1] += 1

    def _enter(self, token: bytes) -> None:
        if len(self._keys) >= _DEPTH_LIMIT:
            raise OddSyntaxError
        self._keys.append([] if token == b"<<" else None)
        self._counts.append(0)

    def _leave(self, token: bytes) -> None:
        if not self._keys:
            raise OddSyntaxError
        keys, count = self._keys.pop(), self._counts.pop()
        if (keys is None) != (token == b"]") or (keys is not None and count % 2):
            raise OddSyntaxError
        if keys is not None and len(set(keys)) < len(keys):
            self._has_twins = True

    def finish(self) -> ObjectText:
        if self._keys or self._counts != [1]:
            raise OddSyntaxError
        return ObjectText(
            references=tuple(self._references), has_twins=self._has_twins, length=self._length
        )
