"""RSA-PSS: salt, mask, trailer and parameters that do not belong together (RFC 8017 9.1)."""

import hashlib
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from signing.cms import der
from tests.support.vectors.rsa import numbers, pad, raw
from tests.support.vectors.vector import Vector, common, scheme, signature

_PSS = der.object_identifier("1.2.840.113549.1.1.10")
_MGF1 = der.object_identifier("1.2.840.113549.1.1.8")
_SHA1 = der.sequence(der.object_identifier("1.3.14.3.2.26"))
_SHA256 = der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.1"))
_SHA384 = der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.2"))
_SALT = 32


def pss_vectors(key: rsa.RSAPrivateKey) -> Iterator[Vector]:
    """All vectors of a key that signs with PSS."""

    def sign(data: bytes) -> bytes:
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), _SALT), hashes.SHA256())

    yield from common(sign)
    yield from numbers(key)
    yield from _messages(key)
    yield from _parameters(sign)
    yield signature(
        "padded with PKCS#1 v1.5",
        lambda data: raw(key, pad(_digest_info(data), key.key_size // 8)),
    )
    other = rsa.generate_private_key(65537, 2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), _SALT)
    yield signature("of another key", lambda data: other.sign(data, pss, hashes.SHA256()))
    weak = padding.PSS(padding.MGF1(hashes.SHA1()), 20)  # noqa: S303  # the vector
    yield scheme(
        "of SHA-1, which no parameters mean",
        der.sequence(_PSS, der.sequence()),
        lambda data: key.sign(data, weak, hashes.SHA1()),  # noqa: S303  # the vector
    )


def _digest_info(data: bytes) -> bytes:
    head = der.sequence(_SHA256[2:], der.NULL)
    return der.sequence(head, der.octet_string(hashlib.sha256(data).digest()))


def _mask(seed: bytes, size: int, name: str) -> bytes:
    out = b""
    for counter in range(size):
        out += hashlib.new(name, seed + counter.to_bytes(4)).digest()
        if len(out) >= size:
            break
    return out[:size]


def _message(  # noqa: PLR0913  # what can be wrong in it
    data: bytes,
    bits: int,
    *,
    salt: bytes = b"s" * _SALT,
    digest: str = "sha256",
    mask: str = "sha256",
    trailer: bytes = b"\xbc",
    separator: bytes = b"\x01",
    filler: bytes = b"\x00",
    zeros: bytes = bytes(8),
    clear: bool = True,
) -> bytes:
    """EMSA-PSS-ENCODE, step by step, with every constant to choose."""
    size = (bits + 7) // 8
    hashed = hashlib.new(digest, data).digest()
    inner = hashlib.new(digest, zeros + hashed + salt).digest()
    room = size - len(salt) - len(inner) - 2
    block = filler * room + separator + salt
    masked = bytes(a ^ b for a, b in zip(block, _mask(inner, len(block), mask), strict=True))
    if clear:
        masked = bytes((masked[0] & 0xFF >> 8 * size - bits,)) + masked[1:]
    return masked + inner + trailer


def _messages(key: rsa.RSAPrivateKey) -> Iterator[Vector]:
    bits = key.key_size - 1

    def of(name: str, *, valid: bool = False, **wrong: object) -> Vector:
        def sign(data: bytes) -> bytes:
            return raw(key, _message(data, bits, **wrong))  # type: ignore[arg-type]  # its own

        return signature(f"message {name}", sign, valid=valid)

    yield of("honest", valid=True)
    for size in (0, 20, 31, 33, 64):
        yield of(f"with a salt of {size}", salt=b"s" * size)
    longest = (bits + 7) // 8 - 34
    yield of("with the longest salt", salt=b"s" * longest, filler=b"")
    yield of("digested with SHA-1", digest="sha1")
    yield of("digested with SHA-384", digest="sha384")
    yield of("masked with SHA-1", mask="sha1")
    yield of("masked with SHA-384", mask="sha384")
    yield of("with trailer cc", trailer=b"\xcc")
    yield of("with trailer 00", trailer=b"\x00")
    yield of("with separator 02", separator=b"\x02")
    yield of("with separator 00", separator=b"\x00")
    yield of("with filler", filler=b"\x01")
    yield of("without the eight zeros", zeros=b"")
    yield of("with eight ones", zeros=b"\x01" * 8)


def _algorithm(
    digest: bytes = _SHA256, mask: bytes = _SHA256, salt: int = _SALT, trailer: int | None = None
) -> bytes:
    parts = [
        der.tlv(0xA0, digest),
        der.tlv(0xA1, der.sequence(_MGF1, mask)),
        der.tlv(0xA2, der.integer(salt)),
    ]
    if trailer is not None:
        parts.append(der.tlv(0xA3, der.integer(trailer)))
    return der.sequence(_PSS, der.sequence(*parts))


def _parameters(sign: Callable[[bytes], bytes]) -> Iterator[Vector]:
    yield scheme("parameters honest", _algorithm(), sign, valid=True)
    yield scheme("parameters unprotected", _algorithm(), sign, valid=True, protected=False)
    for name, algorithm in (
        ("missing", der.sequence(_PSS)),
        ("empty", der.sequence(_PSS, der.sequence())),
        ("NULL", der.sequence(_PSS, der.NULL)),
        ("of SHA-1", _algorithm(digest=_SHA1)),
        ("of SHA-384", _algorithm(digest=_SHA384)),
        ("with a mask of SHA-1", _algorithm(mask=_SHA1)),
        ("with a mask of SHA-384", _algorithm(mask=_SHA384)),
        ("with a salt of 20", _algorithm(salt=20)),
        ("with a salt of 0", _algorithm(salt=0)),
        ("with a salt of -1", _algorithm(salt=-1)),
        ("with a salt of 2^31", _algorithm(salt=1 << 31)),
        ("with a salt of 2^70", _algorithm(salt=1 << 70)),
        ("with trailer 2", _algorithm(trailer=2)),
        ("with trailer 0", _algorithm(trailer=0)),
        ("with another mask function", der.sequence(_PSS, der.sequence(der.tlv(0xA1, _SHA256)))),
    ):
        yield scheme(f"parameters {name}", algorithm, sign)
