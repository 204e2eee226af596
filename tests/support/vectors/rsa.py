"""RSA PKCS#1 v1.5: every way the padded digest may be malformed, and values beyond the modulus."""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from signing.cms import der
from tests.support.vectors.vector import Vector, altered, common, scheme, signature

_SHA1 = der.object_identifier("1.3.14.3.2.26")
_SHA256 = der.object_identifier("2.16.840.1.101.3.4.2.1")
_SHA384 = der.object_identifier("2.16.840.1.101.3.4.2.2")
_RSA_SHA256 = der.object_identifier("1.2.840.113549.1.1.11")
_RSA_SHA1 = der.object_identifier("1.2.840.113549.1.1.5")
_RSA = der.object_identifier("1.2.840.113549.1.1.1")


def raw(key: rsa.RSAPrivateKey, padded: bytes) -> bytes:
    """The signature value of a padded message, whatever it is."""
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    value = pow(int.from_bytes(padded), numbers.d, modulus)
    return value.to_bytes(key.key_size // 8)


def rsa_vectors(key: rsa.RSAPrivateKey) -> Iterator[Vector]:
    """All vectors of a key that signs with PKCS#1 v1.5."""

    def sign(data: bytes) -> bytes:
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    yield from common(sign)
    yield from _digest_infos(key)
    yield from _paddings(key)
    yield from numbers(key)
    other = rsa.generate_private_key(65537, 2048)
    yield signature(
        "of another key", lambda data: other.sign(data, padding.PKCS1v15(), hashes.SHA256())
    )
    yield signature("over SHA-384", lambda d: key.sign(d, padding.PKCS1v15(), hashes.SHA384()))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    yield signature("padded with PSS", lambda data: key.sign(data, pss, hashes.SHA256()))
    yield scheme(
        "over SHA-1, and says so",
        der.sequence(_RSA_SHA1, der.NULL),
        lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA1()),  # noqa: S303  # the vector
    )
    plain, full = der.sequence(_RSA, der.NULL), der.sequence(_RSA_SHA256, der.NULL)
    # RFC 3370 3.2: the digest algorithm says the rest; many signers write it so.
    yield scheme("algorithm without a digest", plain, sign, valid=True)
    yield scheme("algorithm unprotected", full, sign, valid=True, protected=False)


def _digest_infos(key: rsa.RSAPrivateKey) -> Iterator[Vector]:
    size = key.key_size // 8

    def of(name: str, make: Callable[[bytes], bytes], *, valid: bool = False) -> Vector:
        def sign(data: bytes) -> bytes:
            return raw(key, pad(make(hashlib.sha256(data).digest()), size))

        return signature(f"digest info {name}", sign, valid=valid)

    head = der.sequence(_SHA256, der.NULL)
    yield of("honest", lambda d: der.sequence(head, der.octet_string(d)), valid=True)
    yield of("without NULL", lambda d: der.sequence(der.sequence(_SHA256), der.octet_string(d)))
    yield of("with two NULLs", lambda d: _info(d, _SHA256, der.NULL, der.NULL))
    yield of("with a sequence for NULL", lambda d: _info(d, _SHA256, der.sequence()))
    yield of("with garbage for NULL", lambda d: _info(d, _SHA256, der.octet_string(b"x" * 20)))
    yield of("of SHA-1", lambda d: _info(d[:20], _SHA1, der.NULL))
    yield of("of SHA-1 with all octets", lambda d: _info(d, _SHA1, der.NULL))
    yield of("of SHA-384", lambda d: _info(d + d[:16], _SHA384, der.NULL))
    yield of("of no algorithm", lambda d: der.sequence(der.sequence(), der.octet_string(d)))
    yield of("with NULL behind", lambda d: der.sequence(head, der.octet_string(d), der.NULL))
    yield of("with garbage behind", lambda d: der.sequence(head, der.octet_string(d)) + b"\x00\x01")
    yield of("with garbage in the digest", lambda d: der.sequence(head, der.octet_string(d + b"x")))
    yield of("with a digest cut short", lambda d: der.sequence(head, der.octet_string(d[:-1])))
    yield of("with another digest", lambda _: der.sequence(head, der.octet_string(bytes(32))))
    yield of("with a bit string", lambda d: der.sequence(head, der.tlv(0x03, d)))
    yield of("of the bare digest", lambda d: d)
    yield of("of octets", der.octet_string)
    yield of("empty", lambda _: b"")
    honest = len(der.sequence(head, der.octet_string(bytes(32)))) - 2
    for name, prefix in (
        ("in long form", b"\x30\x81" + bytes((honest,))),
        ("of two octets", b"\x30\x82\x00" + bytes((honest,))),
        ("of 2^64", b"\x30\x89\x01" + bytes(7) + bytes((honest,))),
        ("too small", b"\x30" + bytes((honest - 1,))),
        ("too large", b"\x30" + bytes((honest + 1,))),
        ("indefinite", b"\x30\x80"),
    ):
        yield of(f"with a length {name}", partial(_framed, prefix + head))
    yield of(
        "with a digest's length in long form",
        lambda d: der.sequence(head, b"\x04\x81" + bytes((len(d),)) + d),
    )
    yield of(
        "with the algorithm's length in long form",
        lambda d: der.sequence(b"\x30\x81" + head[1:], der.octet_string(d)),
    )


def _framed(head: bytes, digest: bytes) -> bytes:
    return head + der.octet_string(digest)


def _info(digest: bytes, *algorithm: bytes) -> bytes:
    return der.sequence(der.sequence(*algorithm), der.octet_string(digest))


def pad(info: bytes, size: int) -> bytes:
    """EMSA-PKCS1-v1_5 (RFC 8017 9.2)."""
    return b"\x00\x01" + b"\xff" * (size - 3 - len(info)) + b"\x00" + info


def _paddings(key: rsa.RSAPrivateKey) -> Iterator[Vector]:
    size = key.key_size // 8
    head = der.sequence(_SHA256, der.NULL)

    def of(name: str, make: Callable[[bytes, int], bytes]) -> Vector:
        def sign(data: bytes) -> bytes:
            info = der.sequence(head, der.octet_string(hashlib.sha256(data).digest()))
            return raw(key, make(info, size - 3 - len(info)))

        return signature(f"padding {name}", sign)

    yield of("of kind 2", lambda info, n: b"\x00\x02" + b"\xff" * n + b"\x00" + info)
    yield of("of kind 0", lambda info, n: b"\x00\x00" + b"\xff" * n + b"\x00" + info)
    yield of("that starts with 1", lambda info, n: b"\x01\x01" + b"\xff" * n + b"\x00" + info)
    yield of("without an end", lambda info, n: b"\x00\x01" + b"\xff" * (n + 1) + info)
    yield of("with another end", lambda info, n: b"\x00\x01" + b"\xff" * n + b"\x01" + info)
    yield of(
        "with an odd octet", lambda info, n: b"\x00\x01\xfe" + b"\xff" * (n - 1) + b"\x00" + info
    )
    yield of("of zeros", lambda info, n: b"\x00\x01" + bytes(n) + b"\x00" + info)
    yield of("missing, garbage behind", lambda info, n: b"\x00\x01\x00" + info + b"\xff" * n)
    yield of(
        "of eight octets, garbage behind",  # Bleichenbacher's forgery of 2006
        lambda info, n: b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + bytes(n - 8),
    )
    yield of(
        "one octet short", lambda i, n: b"\x00\x01" + b"\xff" * (n - 1) + b"\x00" + i + b"\x00"
    )
    yield of("missing", lambda info, n: bytes(n + 3) + info)


def numbers(key: rsa.RSAPrivateKey) -> Iterator[Vector]:
    """Signature values that are not numbers below the modulus in just so many octets."""
    modulus, size = key.public_key().public_numbers().n, key.key_size // 8

    def whole(value: int) -> bytes:
        return value.to_bytes(max(size, (value.bit_length() + 7) // 8))

    yield altered("value plus the modulus", lambda v: whole(int.from_bytes(v) + modulus))
    yield altered("modulus minus the value", lambda v: whole(modulus - int.from_bytes(v)))
    yield altered("zero in front", lambda value: b"\x00" + value)
    yield altered("zeros in front", lambda value: bytes(8) + value)
    for name, number in (
        ("one", 1),
        ("two", 2),
        ("the modulus", modulus),
        ("the modulus minus one", modulus - 1),
        ("the modulus plus one", modulus + 1),
    ):
        yield altered(f"value is {name}", partial(_fixed, whole(number)))
    yield altered("one in a single octet", lambda _: b"\x01")
    yield altered("in a frame", der.octet_string)


def _fixed(value: bytes, _: bytes) -> bytes:
    return value
