"""Containers and certificates made to cost the reader memory or time."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from signing.cms import der
from tests.attacks.anatomy import with_container, with_room
from tests.attacks.bombs import many_fields
from tests.attacks.cases_identity import certificate_with, honest, root, sealed_as
from tests.attacks.resealing import Parts
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import NOW, sealed_document

_MB = 1 << 20
_RSA = der.sequence(der.object_identifier("1.2.840.113549.1.1.1"), der.NULL)
_EC = der.object_identifier("1.2.840.10045.2.1")
_RSA_SHA256 = der.sequence(der.object_identifier("1.2.840.113549.1.1.11"), der.NULL)


@cache
def _roomy() -> bytes:
    return with_room(sealed_document(), _MB - 1)


def _raw(encoded: bytes) -> bytes:
    return with_container(_roomy(), encoded)


def _signed_under(*certificates: bytes, algorithm: bytes = b"", signature: bytes = b"") -> bytes:
    """The sample with a container that names the first of these certificates."""
    parts = Parts(sealed_as(honest(), timestamped=False))
    first = asn1_x509.Certificate.load(certificates[0])
    parts.identifier = der.sequence(first.issuer.dump(), der.integer(first.serial_number))
    parts.certificates = list(certificates)
    parts.signature_algorithm = algorithm or parts.signature_algorithm
    parts.signature = signature or parts.signature
    return _raw(parts.assemble())


def _rsa_key(bits: int, exponent_bits: int) -> bytes:
    modulus = (1 << bits) - 159
    exponent = (1 << exponent_bits) - 1
    numbers = der.sequence(der.integer(modulus), der.integer(exponent))
    return der.sequence(_RSA, der.tlv(0x03, b"\x00", numbers))


def _rsa(bits: int, exponent_bits: int) -> bytes:
    certificate = certificate_with(key=_rsa_key(bits, exponent_bits))
    return _signed_under(
        certificate, algorithm=_RSA_SHA256, signature=b"\x01" + bytes(bits // 8 - 1)
    )


def _explicit_curve() -> bytes:
    """A curve given by its numbers: of the attacker's choice, and of enormous size."""
    prime = der.integer((1 << 30_000) - 1)
    field = der.sequence(der.object_identifier("1.2.840.10045.1.1"), prime)
    numbers = der.octet_string(b"\x01" * 3750)
    curve = der.sequence(numbers, numbers)
    point = der.octet_string(b"\x04" + b"\x01" * 7500)
    given = der.sequence(der.integer(1), field, curve, point, prime)
    key = der.sequence(der.sequence(_EC, given), der.tlv(0x03, b"\x00\x04" + b"\x01" * 7500))
    return _signed_under(certificate_with(key=key))


def _long_name(count: int) -> bytes:
    name = der.sequence(der.object_identifier("2.5.4.3"), der.tlv(0x0C, b"x"))
    return der.sequence(der.tlv(0x31, name) * count)


def _ring(count: int) -> list[bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    link = issue(Wish(name="环", ca=True), key=key)
    ring = [issue(Wish(name="环", ca=True), link, key=key) for _ in range(count)]
    seal = issue(Wish(), link)
    return [item.certificate.public_bytes(Encoding.DER) for item in (seal, *ring)]


def _long_chain() -> bytes:
    above, chain = root(), []
    for number in range(18):
        above = issue(Wish(name=f"第{number}级", ca=True, ends_at=NOW + timedelta(days=9)), above)
        chain.append(above.certificate)
    return sealed_as(issue(Wish(), above), *chain, timestamped=False)


def _deep() -> bytes:
    nested = der.NULL
    for _ in range(38):
        nested = der.sequence(nested)
    return der.sequence(nested * ((_MB - 9) // len(nested)))


CONTAINER_BOMBS: dict[str, Callable[[], bytes]] = {
    "container of half a million elements": lambda: _raw(der.sequence(der.NULL * (_MB // 2 - 9))),
    "container of nested elements": lambda: _raw(_deep()),
    "container of one long number": lambda: _raw(der.sequence(der.integer((1 << 8_000_000) - 1))),
    "container of one long identifier": lambda: _raw(
        der.sequence(der.tlv(0x06, b"\xff" * (_MB - 99) + b"\x01"))
    ),
    "attributes by the thousand": lambda: _with_attributes(9_000),
    "thousands of certificates": lambda: _signed_under(
        *(certificate_with(serial=number) for number in range(1, 1_500))
    ),
    "certificate of 1 MB": lambda: _signed_under(certificate_with(subject=_long_name(50_000))),
    "certificate with a long name": lambda: _signed_under(
        certificate_with(subject=_long_name(2_000))
    ),
    "certificate with a long number": lambda: _signed_under(
        certificate_with(serial=(1 << 240_000) - 1)
    ),
    "twenty certificates of 30 KB": lambda: _signed_under(
        *(certificate_with(subject=_long_name(2_000), serial=number) for number in range(1, 21))
    ),
    "ring of certificates": lambda: _signed_under(*_ring(19)),
    "chain of eighteen issuers": _long_chain,
    "RSA of 16384 bits, exponent as long": lambda: _rsa(16_384, 16_383),
    "RSA of 100000 bits": lambda: _rsa(100_000, 17),
    "RSA of 3072 bits, exponent as long": lambda: _rsa(3_072, 3_071),
    "curve by its numbers": _explicit_curve,
    "the same seal in fifty fields of a large file": lambda: many_fields(sealed_as(honest()), 50),
    "the same seal in nine hundred fields": lambda: many_fields(sealed_as(honest()), 900),
}


def _with_attributes(count: int) -> bytes:
    parts = Parts(sealed_as(honest(), timestamped=False))
    parts.attributes += [
        der.sequence(
            der.object_identifier(f"2.25.{number}"), der.tlv(0x31, der.octet_string(bytes(80)))
        )
        for number in range(count)
    ]
    return _raw(parts.signed_with(honest().key.sign).assemble())
