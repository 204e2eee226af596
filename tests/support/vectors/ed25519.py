"""Ed25519: scalars and points that are not reduced, and points of small order (RFC 8032)."""

import hashlib
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from signing.cms import der
from tests.support.vectors.vector import Vector, altered, common, scheme, signature

ORDER = (1 << 252) + 27742317777372353535851937790883648493
PRIME = (1 << 255) - 19
_OID = der.object_identifier("1.3.101.112")


def ed25519_vectors(key: ed25519.Ed25519PrivateKey) -> Iterator[Vector]:
    """All vectors of a key."""
    sign = key.sign
    yield from common(sign)
    for times in (1, 2, 8, 15):
        yield _scalar(f"S is S + {times}L", times * ORDER)
    yield altered("S is zero", lambda value: value[:32] + bytes(32))
    yield altered("S is L", lambda value: value[:32] + ORDER.to_bytes(32, "little"))
    yield altered("S has its high bits set", lambda v: v[:63] + bytes((v[63] | 0xE0,)))
    yield altered("S is -S", _negated)
    yield altered("R is zero", lambda value: bytes(32) + value[32:])
    yield altered("sign of R turned", lambda v: v[:31] + bytes((v[31] ^ 0x80,)) + v[32:])
    yield altered("R and S change places", lambda value: value[32:] + value[:32])
    yield altered("R alone", lambda value: value[:32])
    yield altered("in a frame", der.octet_string)
    yield signature("R is the neutral point", _with_point(key, 1), valid=True)
    yield signature("R is the neutral point, not reduced", _with_point(key, PRIME + 1))
    yield signature("R is the neutral point, of the other sign", _with_point(key, 1 | 1 << 255))
    yield signature("of the digest", lambda data: sign(hashlib.sha512(data).digest()))
    other = ed25519.Ed25519PrivateKey.generate()
    yield signature("of another key", other.sign)
    # RFC 8419 3.1 forbids it; it changes nothing, and some signers write it.
    yield scheme("algorithm with NULL", der.sequence(_OID, der.NULL), sign, valid=True)
    yield scheme("algorithm with parameters", der.sequence(_OID, der.sequence(der.NULL)), sign)
    yield scheme("algorithm of Ed448", der.sequence(der.object_identifier("1.3.101.113")), sign)
    yield scheme("algorithm unprotected", der.sequence(_OID), sign, valid=True, protected=False)


def _scalar(name: str, added: int) -> Vector:
    def add(value: bytes) -> bytes:
        scalar = int.from_bytes(value[32:], "little") + added
        return value[:32] + (scalar % (1 << 256)).to_bytes(32, "little")

    return altered(name, add)


def _negated(value: bytes) -> bytes:
    scalar = ORDER - int.from_bytes(value[32:], "little")
    return value[:32] + scalar.to_bytes(32, "little")


def _with_point(key: ed25519.Ed25519PrivateKey, encoded: int) -> Callable[[bytes], bytes]:
    """R is the neutral point, so S is the challenge times the secret: no point is computed."""
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    secret = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    secret = (secret & ~7 & (1 << 255) - 1) | 1 << 254  # RFC 8032 5.1.5
    point = encoded.to_bytes(32, "little")

    def make(data: bytes) -> bytes:
        challenge = int.from_bytes(hashlib.sha512(point + public + data).digest(), "little")
        return point + (challenge * secret % ORDER).to_bytes(32, "little")

    return make
