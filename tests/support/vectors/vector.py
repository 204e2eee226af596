"""One vector: a signature value, or what stands around it, and whether it is valid."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from signing.cms import der
from tests.attacks.resealing import Parts

Change = Callable[[Parts], None]

_PROTECTION = der.object_identifier("1.2.840.113549.1.9.52")
_MESSAGE_DIGEST = der.object_identifier("1.2.840.113549.1.9.4")


@dataclass(frozen=True, kw_only=True)
class Vector:
    """Changes a container that is honest in everything else."""

    name: str
    valid: bool
    change: Change


def signature(name: str, make: Callable[[bytes], bytes], *, valid: bool = False) -> Vector:
    """A vector of another signature value, made from what is to be signed."""

    def change(parts: Parts) -> None:
        parts.signature = make(parts.to_sign)

    return Vector(name=name, valid=valid, change=change)


def altered(name: str, alter: Callable[[bytes], bytes], *, valid: bool = False) -> Vector:
    """A vector of an altered honest signature value."""

    def change(parts: Parts) -> None:
        parts.signature = alter(parts.signature)

    return Vector(name=name, valid=valid, change=change)


def scheme(
    name: str,
    algorithm: bytes,
    make: Callable[[bytes], bytes],
    *,
    valid: bool = False,
    protected: bool = True,
) -> Vector:
    """A vector of another algorithm identifier, which the signed attributes name too, or do not."""

    def change(parts: Parts) -> None:
        parts.signature_algorithm = algorithm
        kept = [item for item in parts.attributes if _PROTECTION not in item[:20]]
        if protected:
            value = der.sequence(parts.digest_algorithm, b"\xa1" + algorithm[1:])
            kept.append(der.sequence(_PROTECTION, der.tlv(0x31, value)))
        parts.attributes = kept
        parts.signature = make(parts.to_sign)

    return Vector(name=name, valid=valid, change=change)


def common(sign: Callable[[bytes], bytes]) -> Iterator[Vector]:
    """What must not pass with any algorithm."""
    yield Vector(name="honest", valid=True, change=lambda _: None)
    yield signature("honest, made anew", sign, valid=True)
    yield signature("of other attributes", lambda data: sign(data + b"x"))
    yield signature("of the attributes in their own tag", lambda data: sign(b"\xa0" + data[1:]))
    yield signature("of nothing", lambda _: sign(b""))
    yield altered("empty", lambda _: b"")
    yield altered("first bit turned", lambda value: bytes((value[0] ^ 0x80,)) + value[1:])
    yield altered("last bit turned", lambda value: value[:-1] + bytes((value[-1] ^ 1,)))
    yield altered("middle bit turned", _middle_turned)
    yield altered("cut by an octet", lambda value: value[:-1])
    yield altered("without its first octet", lambda value: value[1:])
    yield altered("an octet longer", lambda value: value + b"\x00")
    yield altered("zeros", lambda value: bytes(len(value)))
    yield altered("ones", lambda value: b"\xff" * len(value))
    yield altered("twice", lambda value: value + value)
    yield Vector(name="another digest signed", valid=False, change=_digest_changed(sign))
    yield Vector(name="a shorter digest signed", valid=False, change=_digest_cut(sign))
    yield Vector(name="the digest signed twice", valid=False, change=_digest_doubled(sign))


def _middle_turned(value: bytes) -> bytes:
    middle = len(value) // 2
    return value[:middle] + bytes((value[middle] ^ 1,)) + value[middle + 1 :]


def _with_digest(parts: Parts, value: bytes, *, kept: bool = False) -> None:
    others = [item for item in parts.attributes if kept or _MESSAGE_DIGEST not in item[:20]]
    parts.attributes = [
        *others,
        der.sequence(_MESSAGE_DIGEST, der.tlv(0x31, der.octet_string(value))),
    ]


def _digest_changed(sign: Callable[[bytes], bytes]) -> Change:
    def change(parts: Parts) -> None:
        _with_digest(parts, bytes(32))
        parts.signature = sign(parts.to_sign)

    return change


def _digest_cut(sign: Callable[[bytes], bytes]) -> Change:
    def change(parts: Parts) -> None:
        (honest,) = [item for item in parts.attributes if _MESSAGE_DIGEST in item[:20]]
        _with_digest(parts, honest[-20:])
        parts.signature = sign(parts.to_sign)

    return change


def _digest_doubled(sign: Callable[[bytes], bytes]) -> Change:
    def change(parts: Parts) -> None:
        _with_digest(parts, bytes(32), kept=True)
        parts.signature = sign(parts.to_sign)

    return change


def named(vectors: Iterator[Vector], prefix: str) -> Iterator[Vector]:
    """The same vectors with a longer name."""
    return (replace(vector, name=f"{prefix}: {vector.name}") for vector in vectors)
