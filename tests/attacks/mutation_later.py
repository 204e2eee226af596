"""Mutations that append whole revisions, spelled in many ways: see later_annotations.py."""

import re
from dataclasses import replace
from random import Random

from tests.attacks.later_annotations import DANGEROUS, Shape, drawn_over, random_shape
from tests.attacks.later_bytes import Draft, last_startxref
from tests.attacks.later_changes import CHANGES, archive
from tests.attacks.later_writing import SPELLINGS, blanked, stamped, write_later
from tests.attacks.mutation_bytes import Mutation
from tests.support.seals import NOW

_ANY = 0.4
_END = b"%%EOF\n"
_HOLE = re.compile(rb"<0{1000,}>")
_PIECES = (b" ", b"\n", b"\r", b"\x00", b"%x\n", b"0", b"/X 1 ", b"null ", b"<< >> ", b"/", b"#20")
_ROW = re.compile(rb"\d{10}(?= 00000 n \n)")


def _shape(chance: Random) -> Shape:
    """Any one, or a near neighbour of those that were accepted once."""
    shape, near = random_shape(chance), chance.choice(DANGEROUS)
    if chance.random() < _ANY:
        return shape
    key = chance.choice(list(vars(shape)))
    return replace(near, **{key: vars(shape)[key]})


def something_drawn(document: bytes, chance: Random) -> bytes:
    """Something that may be drawn hangs somewhere, and may pass for archive material."""
    shape = _shape(chance)
    return write_later(drawn_over(document, shape), shape.spelling)


def objects_exchanged(document: bytes, chance: Random) -> bytes:
    """Objects get the bodies of others, beside something that may be drawn."""
    draft = drawn_over(document, _shape(chance))
    for _ in range(chance.randint(1, 3)):
        draft.new[chance.choice(list(draft.old))] = chance.choice(list(draft.old.values()))
    return write_later(draft, chance.choice(list(SPELLINGS)))


def rewritten_as_it_is(document: bytes, chance: Random) -> bytes:
    """Objects are written anew as they were: nothing changes, and yet nobody of us did that."""
    draft = Draft.of(document)
    for number in chance.sample(list(draft.old), chance.randint(1, 4)):
        draft.new[number] = draft.old[number]
    return write_later(draft, chance.choice(list(SPELLINGS)))


def changed_beside_an_archive(document: bytes, chance: Random) -> bytes:
    """Beside a good timestamp something else changes."""
    draft = Draft.of(document)
    change = CHANGES[chance.choice(list(CHANGES))]
    change(draft)
    if not draft.outside:
        draft = Draft.of(document)
        archive(draft)
        change(draft)
    return write_later(draft, chance.choice(list(SPELLINGS)))


def archive_edited(document: bytes, chance: Random) -> bytes:
    """What our archiver wrote has a piece more, less or else; then it is timestamped anew."""
    sealed = document.index(_END) + len(_END)
    if sealed == len(document):
        draft = Draft.of(document)
        archive(draft)
        content = SPELLINGS["as ours"](draft)
    else:
        content = blanked(document)
    edited = content
    while edited == content:
        edited = _edited(content, sealed, chance)
    return stamped(edited, at=NOW)


def _edited(content: bytes, sealed: int, chance: Random) -> bytes:
    hole = _HOLE.search(content, sealed)
    assert hole is not None
    parts = [(sealed, hole.start()), (hole.end(), len(content))]
    at = chance.randrange(*chance.choice(parts))
    piece, taken = chance.choice(_PIECES), chance.choice((0, 0, 1, 2))
    changed = content[:at] + piece + content[at + taken :]
    if chance.random() < _ANY:
        return changed
    return _with_offsets(content, changed, at, len(piece) - taken)


def _with_offsets(content: bytes, changed: bytes, at: int, shift: int) -> bytes:
    """The table says again where everything is."""
    table = last_startxref(content)
    if at >= table or b"startxref" not in changed[table:]:
        return changed
    rest = _ROW.sub(
        lambda row: b"%010d" % (int(row[0]) + (shift if int(row[0]) > at else 0)),
        changed[table + shift :],
    )
    rest = re.sub(rb"startxref\n\d+", b"startxref\n%d" % (table + shift), rest)
    return changed[: table + shift] + rest


LATER_MUTATIONS: tuple[Mutation, ...] = (
    *(something_drawn, objects_exchanged, rewritten_as_it_is, changed_beside_an_archive),
    archive_edited,
)
