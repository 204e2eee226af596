"""ECDSA: values of r and s at and beyond their limits, and their encoding."""

from collections.abc import Callable, Iterator
from functools import partial

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from signing.cms import der
from tests.support.vectors.vector import Vector, altered, common, scheme, signature

_ORDERS = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,  # noqa: E501  # SEC 2, 2.5.1
}
_BASE_X = {
    "secp256r1": 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    "secp384r1": 0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,  # noqa: E501  # SEC 2, 2.5.1
}
_OIDS = {
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
}


def ecdsa_vectors(key: ec.EllipticCurvePrivateKey) -> Iterator[Vector]:
    """All vectors of a key on P-256 or P-384."""
    digest = hashes.SHA256() if key.curve.name == "secp256r1" else hashes.SHA384()

    def sign(data: bytes) -> bytes:
        return key.sign(data, ec.ECDSA(digest))

    yield from common(sign)
    yield from _numbers(_ORDERS[key.curve.name])
    yield from _encodings()
    yield signature("known nonce of one", _with_nonce_one(key, digest), valid=True)
    other = ec.generate_private_key(key.curve)
    yield signature("of another key", lambda data: other.sign(data, ec.ECDSA(digest)))
    wrong = ec.generate_private_key(
        ec.SECP384R1() if key.curve.name == "secp256r1" else ec.SECP256R1()
    )
    yield signature("of a key on another curve", lambda data: wrong.sign(data, ec.ECDSA(digest)))
    yield signature("over SHA-1", lambda data: key.sign(data, ec.ECDSA(hashes.SHA1())))  # noqa: S303  # the vector
    yield signature("over SHA-512", lambda data: key.sign(data, ec.ECDSA(hashes.SHA512())))
    for name, weak in (("sha1", hashes.SHA1()), ("sha224", hashes.SHA224())):  # noqa: S303  # the vector
        algorithm = der.sequence(der.object_identifier(_OIDS[name]))

        def weakly(data: bytes, weak: hashes.HashAlgorithm = weak) -> bytes:
            return key.sign(data, ec.ECDSA(weak))

        yield scheme(f"over {name}, and says so", algorithm, weakly)
    own = der.object_identifier(_OIDS["sha256" if key.curve.name == "secp256r1" else "sha384"])
    yield scheme("algorithm with parameters", der.sequence(own, der.sequence(der.NULL)), sign)
    yield scheme("algorithm unprotected", der.sequence(own), sign, valid=True, protected=False)


def _with_nonce_one(
    key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm
) -> Callable[[bytes], bytes]:
    """The nonce is one, so r is the base point's x: right, though nobody should do it."""
    order, x = _ORDERS[key.curve.name], _BASE_X[key.curve.name]

    def make(data: bytes) -> bytes:
        hasher = hashes.Hash(digest)
        hasher.update(data)
        message = int.from_bytes(hasher.finalize())
        secret = key.private_numbers().private_value
        return _encode(x % order, (message + x * secret) % order)

    return make


def _encode(r: int, s: int) -> bytes:
    return der.sequence(der.integer(r), der.integer(s))


def _of_numbers(
    name: str, change: Callable[[int, int], tuple[int, int]], *, valid: bool = False
) -> Vector:
    return altered(name, lambda value: _encode(*change(*decode_dss_signature(value))), valid=valid)


def _numbers(n: int) -> Iterator[Vector]:
    # Not refused: signers make either, and the timestamp covers the one that was made.
    yield _of_numbers("s is n - s", lambda r, s: (r, n - s), valid=True)
    for name, value in _limits(n).items():
        yield _of_numbers(f"r is {name}", partial(_replaced, value, None))
        yield _of_numbers(f"s is {name}", partial(_replaced, None, value))
        yield _of_numbers(f"both are {name}", partial(_replaced, value, value))
    yield _of_numbers("r is r + n", lambda r, s: (r + n, s))
    yield _of_numbers("s is s + n", lambda r, s: (r, s + n))
    yield _of_numbers("r is n - r", lambda r, s: (n - r, s))
    yield _of_numbers("r is r - n", lambda r, s: (r - n, s))
    yield _of_numbers("s is s - n", lambda r, s: (r, s - n))
    yield _of_numbers("r is -r", lambda r, s: (-r, s))
    yield _of_numbers("s is -s", lambda r, s: (r, -s))
    yield _of_numbers("r and s change places", lambda r, s: (s, r))
    yield _of_numbers("r is r + 2^320", lambda r, s: (r + (1 << 320), s))
    yield _of_numbers("s is s + 2^384", lambda r, s: (r, s + (1 << 384)))


def _limits(n: int) -> dict[str, int]:
    return {"0": 0, "1": 1, "-1": -1, "n - 1": n - 1, "n": n, "n + 1": n + 1, "2n": 2 * n}


def _replaced(new_r: int | None, new_s: int | None, r: int, s: int) -> tuple[int, int]:
    return r if new_r is None else new_r, s if new_s is None else new_s


def _encodings() -> Iterator[Vector]:
    def parts(value: bytes) -> tuple[bytes, bytes]:
        r, s = decode_dss_signature(value)
        return der.integer(r), der.integer(s)

    def of(name: str, make: Callable[[bytes, bytes], bytes]) -> Vector:
        return altered(name, lambda value: make(*parts(value)))

    yield of("length in long form", lambda r, s: b"\x30\x81" + bytes((len(r + s),)) + r + s)
    yield of("length with a zero", lambda r, s: b"\x30\x82\x00" + bytes((len(r + s),)) + r + s)
    yield of("length of 2^64", lambda r, s: b"\x30\x89\x01" + bytes(8) + r + s)
    yield of("length of r in long form", lambda r, s: der.sequence(_long(r), s))
    yield of("length of s in long form", lambda r, s: der.sequence(r, _long(s)))
    yield of("indefinite length", lambda r, s: b"\x30\x80" + r + s + b"\x00\x00")
    yield of("length too small", lambda r, s: b"\x30" + bytes((len(r + s) - 1,)) + r + s)
    yield of("length too large", lambda r, s: b"\x30" + bytes((len(r + s) + 1,)) + r + s)
    yield of("zero before r", lambda r, s: der.sequence(_padded(r), s))
    yield of("zero before s", lambda r, s: der.sequence(r, _padded(s)))
    yield of("garbage behind", lambda r, s: der.sequence(r, s) + b"\x00\x00")
    yield of("NULL behind", lambda r, s: der.sequence(r, s) + der.NULL)
    yield of("garbage inside", lambda r, s: der.sequence(r, s, b"\x00\x00"))
    yield of("NULL inside", lambda r, s: der.sequence(r, s, der.NULL))
    yield of("NULL in front", lambda r, s: der.sequence(der.NULL, r, s))
    yield of("third number", lambda r, s: der.sequence(r, s, der.integer(1)))
    yield of("r missing", lambda _, s: der.sequence(s))
    yield of("s missing", lambda r, _: der.sequence(r))
    yield of("both missing", lambda *_: der.sequence())
    yield of("r empty", lambda _, s: der.sequence(b"\x02\x00", s))
    yield of("s empty", lambda r, _: der.sequence(r, b"\x02\x00"))
    yield of("r as octets", lambda r, s: der.sequence(b"\x04" + r[1:], s))
    yield of("s as an enumeration", lambda r, s: der.sequence(r, b"\x0a" + s[1:]))
    yield of("as a set", lambda r, s: der.tlv(0x31, r, s))
    yield of("without a frame", lambda r, s: r + s)
    yield of("framed twice", lambda r, s: der.sequence(der.sequence(r, s)))
    yield of("numbers side by side", lambda r, s: r[2:].lstrip(b"\x00") + s[2:].lstrip(b"\x00"))
    yield of("a tag of two octets", lambda r, s: b"\x3f\x10" + bytes((len(r + s),)) + r + s)


def _long(number: bytes) -> bytes:
    return b"\x02\x81" + number[1:]


def _padded(number: bytes) -> bytes:
    return der.tlv(0x02, b"\x00", number[2:])
