"""Mutations of the CMS in a sealed file: element by element, with lengths that fit again."""

from random import Random

from signing.cms.der import NULL
from tests.attacks.anatomy import container, hole
from tests.attacks.mutation_bytes import Mutation
from tests.attacks.tlv import Element

_ODD = (NULL, b"\x30\x00", b"\x04\x01x", b"\xa3\x02\x05\x00", b"\x02\x01\x00", b"\x31\x00")


def _put(document: bytes, encoded: bytes) -> bytes:
    start, end = hole(document)
    digits = encoded.hex().encode("ascii")[: end - start - 2]
    return document[: start + 1] + digits.ljust(end - start - 2, b"0") + document[end - 1 :]


def _grown(root: Element, chance: Random) -> Element:
    return chance.choice([item for item in root.walk() if item.children])


def value_changed(document: bytes, chance: Random) -> bytes:
    """A bit of a value is turned, or a value grows or shrinks."""
    root = Element.parse(container(document))
    leaf = chance.choice([item for item in root.walk() if item.value])
    at = chance.randrange(len(leaf.value))
    leaf.value = chance.choice(
        (
            leaf.value[:at]
            + bytes((leaf.value[at] ^ 1 << chance.randrange(8),))
            + leaf.value[at + 1 :],
            leaf.value + bytes((chance.randrange(256),)),
            b"\x00" + leaf.value,
            leaf.value[:-1],
            leaf.value[1:],
            b"",
            bytes(len(leaf.value)),
        )
    )
    return _put(document, root.encode())


def tag_changed(document: bytes, chance: Random) -> bytes:
    """An element is of another kind."""
    root = Element.parse(container(document))
    item = chance.choice(root.walk())
    item.tag ^= chance.choice((1, 2, 4, 8, 16, 0x20, 0x40, 0x80))
    return _put(document, root.encode())


def element_removed(document: bytes, chance: Random) -> bytes:
    """An element is missing."""
    root = Element.parse(container(document))
    parent = _grown(root, chance)
    del parent.children[chance.randrange(len(parent.children))]
    return _put(document, root.encode())


def element_doubled(document: bytes, chance: Random) -> bytes:
    """An element stands twice."""
    root = Element.parse(container(document))
    parent = _grown(root, chance)
    parent.children.append(chance.choice(parent.children))
    return _put(document, root.encode())


def elements_swapped(document: bytes, chance: Random) -> bytes:
    """Two elements change places."""
    root = Element.parse(container(document))
    several = [item for item in root.walk() if len(item.children) > 1]
    parent = chance.choice(several)
    one, other = chance.sample(range(len(parent.children)), 2)
    children = parent.children
    children[one], children[other] = children[other], children[one]
    return _put(document, root.encode())


def element_moved(document: bytes, chance: Random) -> bytes:
    """An element takes the place of another anywhere in the container."""
    root = Element.parse(container(document))
    one, other = _grown(root, chance), _grown(root, chance)
    taken = chance.choice(other.children)
    if one in taken.walk():
        one = root
    one.children[chance.randrange(len(one.children))] = taken
    return _put(document, root.encode())


def element_put_in(document: bytes, chance: Random) -> bytes:
    """Something strange stands among the elements."""
    root = Element.parse(container(document))
    parent = _grown(root, chance)
    odd = Element.parse(chance.choice(_ODD))
    parent.children.insert(chance.randint(0, len(parent.children)), odd)
    return _put(document, root.encode())


def length_changed(document: bytes, chance: Random) -> bytes:
    """A length octet is off; nothing is made to fit."""
    encoded = bytearray(container(document).rstrip(b"\x00"))
    at = chance.randrange(min(len(encoded), 1500))
    encoded[at] = chance.choice((0x80, 0x81, 0x82, 0x84, 0xFF, encoded[at] + 1 & 0xFF, 0))
    return _put(document, bytes(encoded))


CONTAINER_MUTATIONS: tuple[Mutation, ...] = (
    *(value_changed, tag_changed, element_removed, element_doubled, elements_swapped),
    *(element_moved, element_put_in, length_changed),
)
