"""Mutations that append whole revisions, spelled in many ways: see later_annotations.py."""

from dataclasses import replace
from random import Random

from tests.attacks.later_annotations import DANGEROUS, Shape, drawn_over, random_shape
from tests.attacks.later_bytes import Draft
from tests.attacks.later_writing import SPELLINGS, write_later
from tests.attacks.mutation_bytes import Mutation

_ANY = 0.4


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


LATER_MUTATIONS: tuple[Mutation, ...] = (something_drawn, objects_exchanged, rewritten_as_it_is)
