"""Mutations of a sealed file as a row of bytes."""

from collections.abc import Callable
from random import Random

from tests.attacks.anatomy import hole, startxref

Mutation = Callable[[bytes, Random], bytes]

_LONGEST = 200


def _place(document: bytes, chance: Random) -> int:
    """A place in the file; those that say where things are come more often than their size."""
    start, end = hole(document)
    table = startxref(document)
    region = chance.choice(
        (
            (0, len(document)),
            (start, start + (end - start) // 2),
            (start - 200, start),
            (end, min(end + 400, len(document))),
            (table, len(document)),
            (0, 40),
        )
    )
    return chance.randrange(*region)


def _piece(document: bytes, chance: Random) -> tuple[int, int]:
    start = _place(document, chance)
    return start, min(len(document), start + chance.randint(1, _LONGEST))


def flip(document: bytes, chance: Random) -> bytes:
    """One bit is turned."""
    at = _place(document, chance)
    return document[:at] + bytes((document[at] ^ 1 << chance.randrange(8),)) + document[at + 1 :]


def set_byte(document: bytes, chance: Random) -> bytes:
    """One byte is overwritten."""
    at = _place(document, chance)
    value = chance.choice((0, 0x20, 0x30, 0xFF, chance.randrange(256)))
    return document[:at] + bytes((value,)) + document[at + 1 :]


def delete(document: bytes, chance: Random) -> bytes:
    """A piece is taken out."""
    start, end = _piece(document, chance)
    return document[:start] + document[end:]


def insert(document: bytes, chance: Random) -> bytes:
    """Random bytes, blanks or a comment are put in."""
    at = _place(document, chance)
    piece = chance.choice(
        (chance.randbytes(chance.randint(1, 40)), b" " * chance.randint(1, 9), b"\n%x\n", b"\x00")
    )
    return document[:at] + piece + document[at:]


def swap(document: bytes, chance: Random) -> bytes:
    """Two pieces of one length change places."""
    first, second = sorted((_place(document, chance), _place(document, chance)))
    size = min(chance.randint(1, _LONGEST), second - first, len(document) - second)
    return b"".join(
        (
            document[:first],
            document[second : second + size],
            document[first + size : second],
            document[first : first + size],
            document[second + size :],
        )
    )


def truncate(document: bytes, chance: Random) -> bytes:
    """The end is cut off."""
    return document[: _place(document, chance)]


def duplicate(document: bytes, chance: Random) -> bytes:
    """A piece stands twice."""
    start, end = _piece(document, chance)
    return document[:end] + document[start:]


def blank(document: bytes, chance: Random) -> bytes:
    """A piece is overwritten with blanks, zeros or the digit zero."""
    start, end = _piece(document, chance)
    return document[:start] + chance.choice((b" ", b"\x00", b"0")) * (end - start) + document[end:]


def append(document: bytes, chance: Random) -> bytes:
    """Something follows the end."""
    return document + chance.choice(
        (b"\n", b" ", b"%%EOF\n", b"\x00" * 8, chance.randbytes(30), document, document[-60:])
    )


def prepend(document: bytes, chance: Random) -> bytes:
    """Something stands before the header."""
    return chance.choice((b"\n", b"\xef\xbb\xbf", b"%!PS\n", chance.randbytes(8))) + document


BYTE_MUTATIONS: tuple[Mutation, ...] = (
    *(flip, set_byte, delete, insert, swap, truncate, duplicate, blank, append, prepend),
)
