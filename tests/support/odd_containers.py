"""Genuine signatures in odd clothes: what is odd is lawful, common, or of no account.

The containers are written octet by octet, so that each departs from the rules in one thing.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing.cms import der
from tests.support.foreign_pki import foreign_pki

_ID_DATA = der.object_identifier("1.2.840.113549.1.7.1")
_ID_SIGNED_DATA = der.object_identifier("1.2.840.113549.1.7.2")
_ID_CONTENT_TYPE = der.object_identifier("1.2.840.113549.1.9.3")
_ID_DIGEST = der.object_identifier("1.2.840.113549.1.9.4")
_ID_SIGNING_CERTIFICATE_V2 = der.object_identifier("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.1"), der.NULL)
_RSA = der.sequence(der.object_identifier("1.2.840.113549.1.1.1"), der.NULL)
_SET, _ZERO, _ONE = 0x31, 0xA0, 0xA1
Maker = Callable[[bytes], bytes]


def container(
    *,
    certificate: bytes | None = None,
    named: bytes | None = None,
    order: str = "DER",
    unsigned: Sequence[bytes] = (),
    extra: Sequence[bytes] = (),
) -> Maker:
    """A maker of containers, signed by the RSA signer of strangers.

    Args:
        certificate: What is carried as the signer's, DER.
        named: The certificate that the ESS attribute names; none without.
        order: Of the signed attributes: ``DER``; ``written`` out of order and signed so;
            ``sorted`` written out of order, signed in order.
        unsigned: Unsigned attributes.
        extra: Further signed attributes.
    """
    party = foreign_pki().signers["rsa"]
    carried = certificate or party.encoded.dump()

    def make(covered: bytes) -> bytes:
        attributes = [
            der.sequence(_ID_CONTENT_TYPE, der.tlv(_SET, _ID_DATA)),
            der.sequence(
                _ID_DIGEST, der.tlv(_SET, der.octet_string(hashlib.sha256(covered).digest()))
            ),
            *(() if named is None else (_ess(named),)),
            *extra,
        ]
        written = sorted(attributes, reverse=order != "DER")
        signed = written if order == "written" else sorted(attributes)
        assert isinstance(party.key, rsa.RSAPrivateKey)
        value = party.key.sign(der.tlv(_SET, *signed), padding.PKCS1v15(), hashes.SHA256())
        parsed = asn1_x509.Certificate.load(carried)
        signer = der.sequence(
            der.integer(1),
            der.sequence(parsed.issuer.dump(), der.integer(parsed.serial_number)),
            _SHA256,
            der.tlv(_ZERO, *written),
            _RSA,
            der.octet_string(value),
            *((der.tlv(_ONE, *unsigned),) if unsigned else ()),
        )
        issuers = (item.public_bytes(Encoding.DER) for item in party.issuers)
        signed_data = der.sequence(
            der.integer(1),
            der.tlv(_SET, _SHA256),
            der.sequence(_ID_DATA),
            der.tlv(_ZERO, carried, *issuers),
            der.tlv(_SET, signer),
        )
        return der.sequence(_ID_SIGNED_DATA, der.tlv(_ZERO, signed_data))

    return make


def _ess(certificate: bytes) -> bytes:
    identifier = der.sequence(der.octet_string(hashlib.sha256(certificate).digest()))
    value = der.sequence(der.sequence(identifier))
    return der.sequence(_ID_SIGNING_CERTIFICATE_V2, der.tlv(_SET, value))


def attribute(value: bytes) -> bytes:
    """An attribute that nobody knows."""
    return der.sequence(der.object_identifier("1.3.6.1.4.1.99999.7"), der.tlv(_SET, value))


def _certified(change: Callable[[bytes], bytes]) -> bytes:
    """The RSA signer's certificate, changed and signed anew by its issuer."""
    party = foreign_pki().signers["rsa"]
    issuer = next(item for item in foreign_pki().issuers if item.certificate == party.issuers[0])
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    written = asn1_x509.Certificate.load(party.encoded.dump())
    body = change(written["tbs_certificate"].dump())
    value = issuer.key.sign(body, ec.ECDSA(hashes.SHA256()))
    algorithm = written["signature_algorithm"].dump()
    return der.sequence(body, algorithm, der.tlv(0x03, b"\x00", value))


@cache
def same_but_signed_anew() -> bytes:
    """A certificate of the same name, number and key, with another digest."""
    return _certified(lambda body: body)


@cache
def with_negative_modulus() -> bytes:
    """The modulus lacks the zero octet that would make it a positive number."""

    def change(body: bytes) -> bytes:
        party = foreign_pki().signers["rsa"]
        key = party.key.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        numbers = key.public_numbers()
        octets = numbers.n.to_bytes(256)
        info = der.sequence(
            _RSA,
            der.tlv(0x03, b"\x00", der.sequence(der.tlv(0x02, octets), der.integer(numbers.e))),
        )
        parts = asn1_x509.TbsCertificate.load(body)
        old = parts["subject_public_key_info"].dump()
        return der.tlv(0x30, parts.contents.replace(old, info))

    return _certified(change)


@cache
def with_unreadable_name() -> bytes:
    """The subject's name claims to be UTF-8, and is not."""
    return _certified(
        lambda body: body.replace(b"Foreign Signer rsa", b"Foreign\xff\xfe\xc0gner rsa")
    )
