"""Weak, contradictory or foreign algorithms under genuine certificates."""

import hashlib
import warnings
from collections.abc import Callable
from datetime import timedelta

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing.cms import der
from tests.attacks.anatomy import with_container
from tests.attacks.cases_identity import certificate_with, honest, root, sealed_as, trusting
from tests.attacks.catalogue import attack, enter
from tests.attacks.honest_container import (
    BINDING,
    MESSAGE_DIGEST,
    PROTECTION,
    attribute,
    honest_parts,
    put,
    without,
)
from tests.attacks.resealing import Parts, covered_digest
from tests.support.seals import NOW

_GROUP = "algorithm downgrade"
_OIDS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_SHA256 = der.object_identifier(_OIDS["sha256"])


def _with_digest(name: str) -> Parts:
    """The same container with another digest of the content, honestly signed."""
    parts = honest_parts()
    algorithm = der.sequence(der.object_identifier(_OIDS[name]))
    digest = covered_digest(sealed_as(honest()), name)
    parts.digests, parts.digest_algorithm = der.tlv(0x31, algorithm), algorithm
    parts.attributes = [
        *without(parts, MESSAGE_DIGEST),
        attribute(MESSAGE_DIGEST, der.octet_string(digest)),
    ]
    parts.attributes = without(parts, PROTECTION)
    return parts.signed_with(honest().key.sign)


for _digest in ("md5", "sha1", "sha224"):
    enter(
        _GROUP,
        f"content digested with {_digest}",
        how=f"The holder's own software signs a {_digest} digest of the file.",
        step="algorithms.weak",
        make=lambda name=_digest: put(_with_digest(name)),
        trusting=trusting,
    )


def _sealed_with(
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    algorithm: bytes,
    sign: Callable[[bytes], bytes],
) -> bytes:
    """Sealed with a key of any kind under a certificate of the trusted root."""
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        **dict.fromkeys(
            (
                *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
                *("crl_sign", "encipher_only", "decipher_only"),
            ),
            False,
        ),
    )
    certificate = (
        x509.CertificateBuilder(
            issuer_name=root().certificate.subject,
            subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "弱")]),
            public_key=public_key,
            serial_number=77,
            not_valid_before=NOW - timedelta(days=1),
            not_valid_after=NOW + timedelta(days=9),
        )
        .add_extension(usage, critical=True)
        .sign(root().private_key, hashes.SHA256())
    )
    encoded = certificate.public_bytes(Encoding.DER)
    parts = honest_parts()
    issuer = bytes(cms.Certificate.load(encoded).issuer.dump())
    parts.identifier = der.sequence(issuer, der.integer(77))
    parts.certificates = [encoded]
    bound = der.sequence(der.sequence(der.sequence(der.octet_string(_sha256(encoded)))))
    parts.attributes = [*without(parts, BINDING), attribute(BINDING, bound)]
    parts.attributes = without(parts, PROTECTION)
    parts.signature_algorithm = algorithm
    return put(parts.signed_with(sign))


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_RSA_SHA256 = der.sequence(der.object_identifier("1.2.840.113549.1.1.11"), der.NULL)
_RSA_SHA1 = der.sequence(der.object_identifier("1.2.840.113549.1.1.5"), der.NULL)
_ECDSA_SHA256 = der.sequence(der.object_identifier("1.2.840.10045.4.3.2"))


@attack(_GROUP, step="algorithms.weak", trusting=trusting)
def rsa_of_1024_bits() -> bytes:
    """A key that can be broken, under a genuine certificate."""
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505  # the attack
    return _sealed_with(
        key.public_key(),
        _RSA_SHA256,
        lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
    )


@attack(_GROUP, step="algorithms.weak", trusting=trusting)
def rsa_over_sha1() -> bytes:
    """A strong key signs a weak digest of the attributes."""
    key = rsa.generate_private_key(65537, 2048)
    return _sealed_with(
        key.public_key(),
        _RSA_SHA1,
        lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA1()),  # noqa: S303  # the attack
    )


@attack(_GROUP, step="algorithms.weak", trusting=trusting)
def curve_of_192_bits() -> bytes:
    """A curve that is no longer strong enough."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library says so too
        key = ec.generate_private_key(ec.SECP192R1())
        return _sealed_with(
            key.public_key(), _ECDSA_SHA256, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))
        )


@attack(_GROUP, step="algorithms.weak", trusting=trusting)
def digest_name_lowered_where_nothing_protects_it() -> bytes:
    """The unsigned digest algorithm is overwritten with SHA-224."""
    encoded = honest_parts().assemble()
    lower = der.object_identifier(_OIDS["sha224"])
    return with_container(sealed_as(honest()), encoded.replace(_SHA256, lower, 2))


@attack(_GROUP, step="signature.inconsistent", trusting=trusting)
def digest_name_contradicts_the_protection() -> bytes:
    """The unsigned digest algorithm says SHA-384; the signed attribute (RFC 6211) SHA-256."""
    parts = honest_parts()
    algorithm = der.sequence(der.object_identifier(_OIDS["sha384"]))
    parts.digests, parts.digest_algorithm = der.tlv(0x31, algorithm), algorithm
    return put(parts)


@attack(_GROUP, step="signature.inconsistent", trusting=trusting)
def protection_of_another_algorithm() -> bytes:
    """RFC 6211's attribute names RSA under an ECDSA signature."""
    parts = honest_parts()
    protection = der.sequence(der.sequence(_SHA256), b"\xa1" + _RSA_SHA256[1:])
    parts.attributes = [*without(parts, PROTECTION), attribute(PROTECTION, protection)]
    return put(parts.signed_with(honest().key.sign))


@attack(_GROUP, step="signature.wrong", trusting=trusting)
def protection_removed() -> bytes:
    """RFC 6211's attribute is taken out of the signed ones."""
    parts = honest_parts()
    parts.attributes = without(parts, PROTECTION)
    return put(parts)


@attack(_GROUP, step="container.digest-algorithms", trusting=trusting)
def two_digest_names() -> bytes:
    """The container announces another digest than its signer uses."""
    parts = honest_parts()
    parts.digests = der.tlv(0x31, der.sequence(der.object_identifier(_OIDS["sha1"])))
    return put(parts)


@attack(_GROUP, step="signature", trusting=trusting)
def signature_scheme_of_another_key() -> bytes:
    """An RSA scheme is announced for a key on a curve."""
    parts = honest_parts()
    parts.attributes = without(parts, PROTECTION)
    parts.signature_algorithm = _RSA_SHA256
    return put(parts.signed_with(honest().key.sign))


# One point of each order: 1, 2, 4, 8, and one that is not reduced.
for _order, _point in (
    ("1", 1),
    ("2", (1 << 255) - 20),
    ("4", 0),
    (
        "8",
        int.from_bytes(
            bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            "little",
        ),
    ),
    ("1, not reduced", (1 << 255) - 18),
    ("1, of the other sign", 1 | 1 << 255),
):

    def _fits_anything(point: int = _point) -> bytes:
        key = der.sequence(der.object_identifier("1.3.101.112"))
        key = der.sequence(key, der.tlv(0x03, b"\x00", point.to_bytes(32, "little")))
        encoded = certificate_with(key=key)
        parts = _with_digest("sha512")
        issuer = bytes(cms.Certificate.load(encoded).issuer.dump())
        parts.identifier = der.sequence(issuer, der.integer(5))
        parts.certificates = [encoded]
        bound = der.sequence(der.sequence(der.sequence(der.octet_string(_sha256(encoded)))))
        parts.attributes = [*without(parts, BINDING), attribute(BINDING, bound)]
        parts.signature_algorithm = der.sequence(der.object_identifier("1.3.101.112"))
        return put(parts.signed_with(lambda _: (1).to_bytes(32, "little") + bytes(32)))

    enter(
        _GROUP,
        f"Ed25519 key of order {_order}",
        how="A genuine certificate of a key that one signature fits, whatever was signed.",
        step="algorithms.weak",
        make=_fits_anything,
        trusting=trusting,
    )
