"""Mutations of a sealed file as a PDF: objects, keys, references, table, revisions, byte range."""

import re
from random import Random

from tests.attacks.anatomy import (
    Anatomy,
    byte_range,
    covering,
    hole,
    startxref,
    updated,
    with_byte_range,
)
from tests.attacks.mutation_bytes import Mutation

_REFERENCE = re.compile(rb"(?<=[ \[])(\d+) 0 R")
_NAME = re.compile(rb"/[A-Za-z]{2,20}(?= )")
_NUMBER = re.compile(rb"(?<= )\d{1,4}(?= )")
_ROW = re.compile(rb"\d{10} \d{5} [nf] \n")
_ENTRIES = (
    b"/OpenAction [ 1 0 R /Fit ]",
    b"/Type /Page",
    b"/Rotate 90",
    b"/Kids [ ]",
    b"/V null",
    b"/Perms << >>",
    b"/Contents <00>",
    b"/ByteRange [ 0 0 0 0 ]",
    b"/Encrypt << >>",
    b"/XX 1",
)


def _some(items: list[int], chance: Random) -> int:
    return chance.choice(items)


def _in_place(document: bytes, pattern: re.Pattern[bytes], chance: Random) -> bytes:
    """Put the text of one match in the place of another, at the same length."""
    start, end = hole(document)
    places = [item for item in pattern.finditer(document) if not start <= item.start() < end]
    one, other = chance.choice(places), chance.choice(places)
    size = len(one[0])
    return document[: one.start()] + other[0][:size].ljust(size) + document[one.end() :]


def reference_in_place(document: bytes, chance: Random) -> bytes:
    """A reference leads to another object; no length changes."""
    return _in_place(document, _REFERENCE, chance)


def name_in_place(document: bytes, chance: Random) -> bytes:
    """A name becomes another; no length changes."""
    return _in_place(document, _NAME, chance)


def number_in_place(document: bytes, chance: Random) -> bytes:
    """A number becomes another; no length changes."""
    return _in_place(document, _NUMBER, chance)


def table_rows(document: bytes, chance: Random) -> bytes:
    """A row of the table is another's, is free, or is a little off."""
    table = startxref(document)
    row = chance.choice(list(_ROW.finditer(document, table)))
    other = chance.choice(list(_ROW.finditer(document, table)))
    near = max(0, int(row[0][:10]) + chance.choice((-1, 1, 20)))
    new = chance.choice(
        (
            other[0],
            row[0].replace(b"n", b"f"),
            b"%010d 00000 n \n" % near,
            b"%010d 00001 n \n" % near,
        )
    )
    return document[: row.start()] + new + document[row.end() :]


def trailer_entry(document: bytes, chance: Random) -> bytes:
    """The trailer names another root, size, or an earlier section."""
    old = Anatomy.of(document)
    number = _some(list(old.objects), chance)
    change = chance.choice(
        (
            (rb"/Root \d+", b"/Root %d" % number),
            (rb"/Size \d+", b"/Size %d" % chance.randrange(2 * len(old.objects))),
            (rb"/Root", b"/Prev %d /Root" % chance.randrange(len(document))),
            (rb"/Info \d+", b"/Info %d" % number),
            (rb"startxref\n\d+", b"startxref\n%d" % chance.randrange(len(document))),
        )
    )
    at = startxref(document)
    return document[:at] + re.sub(*change, document[at:], count=1)


def bodies_swapped(document: bytes, chance: Random) -> bytes:
    """Two objects change places; the file is laid out anew around them."""
    old = Anatomy.of(document)
    one, other = chance.sample(list(old.objects), 2)
    old.objects[one], old.objects[other] = old.objects[other], old.objects[one]
    return _written(old, document)


def streams_swapped(document: bytes, chance: Random) -> bytes:
    """One stream takes the place of another."""
    old = Anatomy.of(document)
    streams = [number for number, body in old.objects.items() if b"\nstream\n" in body]
    one, other = chance.sample(streams, 2)
    old.objects[one] = old.objects[other]
    return _written(old, document)


def entry_added(document: bytes, chance: Random) -> bytes:
    """A dictionary gets a further entry."""
    old = Anatomy.of(document)
    number = _some([key for key, body in old.objects.items() if body.startswith(b"<<")], chance)
    entry = chance.choice(_ENTRIES)
    old.objects[number] = b"<< " + entry + b" " + old.objects[number][2:]
    return _written(old, document)


def entry_removed(document: bytes, chance: Random) -> bytes:
    """An entry gets a name that nobody knows."""
    old = Anatomy.of(document)
    number = _some([key for key, body in old.objects.items() if _NAME.search(body)], chance)
    name = chance.choice(list(_NAME.finditer(old.objects[number])))
    body = old.objects[number]
    old.objects[number] = body[: name.start()] + b"/Zz" + body[name.end() :]
    return _written(old, document)


def object_added(document: bytes, chance: Random) -> bytes:
    """A copy of an object lies in the file; nobody refers to it."""
    old = Anatomy.of(document)
    old.add(chance.choice(list(old.objects.values())))
    return _written(old, document)


def _written(old: Anatomy, document: bytes) -> bytes:
    try:
        return old.write()
    except AssertionError:  # the signature itself was taken apart
        return document[:-1] + b" "


def revision_appended(document: bytes, chance: Random) -> bytes:
    """A proper update gives an object the body of another."""
    old = Anatomy.of(document)
    one, other = chance.choice(list(old.objects)), chance.choice(list(old.objects))
    return updated(document, {one: old.objects[other]})


def revision_of_one_entry(document: bytes, chance: Random) -> bytes:
    """A proper update adds an entry to an object."""
    old = Anatomy.of(document)
    number = _some([key for key, body in old.objects.items() if body.startswith(b"<<")], chance)
    entry = chance.choice(_ENTRIES)
    return updated(document, {number: b"<< " + entry + b" " + old.objects[number][2:]})


def revision_torn(document: bytes, chance: Random) -> bytes:
    """An update of which a piece is missing."""
    whole = revision_appended(document, chance)
    cut = chance.randrange(len(document), len(whole))
    return whole[:cut] + whole[cut + chance.randint(1, 30) :]


def range_moved(document: bytes, chance: Random) -> bytes:
    """A number of the byte range is another, or all are."""
    numbers = list(byte_range(document))
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(4)
        numbers[at] = chance.choice(
            (
                numbers[at] + chance.choice((-1000, -2, -1, 1, 2, 1000)),
                chance.randrange(len(document)),
                -1,
                0,
            )
        )
    return with_byte_range(document, *numbers)


def range_over_a_longer_file(document: bytes, chance: Random) -> bytes:
    """Something is appended, and the byte range made to cover it."""
    return covering(document + chance.choice((b"\n", b"%x\n", chance.randbytes(20))))


def digits_changed(document: bytes, chance: Random) -> bytes:
    """The hexadecimal string is spelled in another way."""
    start, end = hole(document)
    at = chance.randrange(start + 1, end - 1)
    new = chance.choice((document[at : at + 1].upper(), b" ", b"\n", b"f", b">", b"<"))
    return document[:at] + new + document[at + 1 :]


STRUCTURE_MUTATIONS: tuple[Mutation, ...] = (
    *(reference_in_place, name_in_place, number_in_place, table_rows, trailer_entry),
    *(bodies_swapped, streams_swapped, entry_added, entry_removed, object_added),
    *(revision_appended, revision_of_one_entry, revision_torn),
    *(range_moved, range_over_a_longer_file, digits_changed),
)
