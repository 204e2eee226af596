"""Weak or contradictory algorithms and containers of a form the seal never has."""

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

from signing import der
from tests.attacks.anatomy import hole, with_container
from tests.attacks.cases_identity import honest, root, sealed_as, trusting
from tests.attacks.catalogue import attack, enter
from tests.attacks.resealing import Parts, covered_digest
from tests.support.seals import NOW, sealed_document

_GROUP = "algorithm downgrade"
_FORM = "form of the container"
_OIDS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
}
_SHA256 = der.object_identifier(_OIDS["sha256"])


def _honest_parts() -> Parts:
    return Parts(sealed_as(honest(), timestamped=False))


def _put(parts: Parts) -> bytes:
    return with_container(sealed_as(honest()), parts.assemble())


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.object_identifier(kind), der.tlv(0x31, value))


def _without(parts: Parts, kind: str) -> list[bytes]:
    mark = der.sequence(der.object_identifier(kind))[2:]
    return [item for item in parts.attributes if mark not in item[:20]]


_MESSAGE_DIGEST, _CONTENT_TYPE = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.3"
_PROTECTION, _BINDING = "1.2.840.113549.1.9.52", "1.2.840.113549.1.9.16.2.47"


def _with_digest(name: str) -> Parts:
    """The same container with another digest of the content, honestly signed."""
    parts = _honest_parts()
    algorithm = der.sequence(der.object_identifier(_OIDS[name]))
    digest = covered_digest(sealed_as(honest()), name)
    parts.digests, parts.digest_algorithm = der.tlv(0x31, algorithm), algorithm
    parts.attributes = [
        *_without(parts, _MESSAGE_DIGEST),
        _attribute(_MESSAGE_DIGEST, der.octet_string(digest)),
    ]
    parts.attributes = _without(parts, _PROTECTION)
    return parts.signed_with(honest().key.sign)


for _digest in ("md5", "sha1", "sha224"):
    enter(
        _GROUP,
        f"content digested with {_digest}",
        how=f"The holder's own software signs a {_digest} digest of the file.",
        step="algorithms.weak",
        make=lambda name=_digest: _put(_with_digest(name)),
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
    parts = _honest_parts()
    issuer = bytes(cms.Certificate.load(encoded).issuer.dump())
    parts.identifier = der.sequence(issuer, der.integer(77))
    parts.certificates = [encoded]
    bound = der.sequence(der.sequence(der.sequence(der.octet_string(_sha256(encoded)))))
    parts.attributes = [*_without(parts, _BINDING), _attribute(_BINDING, bound)]
    parts.attributes = _without(parts, _PROTECTION)
    parts.signature_algorithm = algorithm
    return _put(parts.signed_with(sign))


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
    encoded = _honest_parts().assemble()
    lower = der.object_identifier(_OIDS["sha224"])
    return with_container(sealed_as(honest()), encoded.replace(_SHA256, lower, 2))


@attack(_GROUP, step="signature.inconsistent", trusting=trusting)
def digest_name_contradicts_the_protection() -> bytes:
    """The unsigned digest algorithm says SHA-384; the signed attribute (RFC 6211) SHA-256."""
    parts = _honest_parts()
    algorithm = der.sequence(der.object_identifier(_OIDS["sha384"]))
    parts.digests, parts.digest_algorithm = der.tlv(0x31, algorithm), algorithm
    return _put(parts)


@attack(_GROUP, step="signature.inconsistent", trusting=trusting)
def protection_of_another_algorithm() -> bytes:
    """RFC 6211's attribute names RSA under an ECDSA signature."""
    parts = _honest_parts()
    protection = der.sequence(der.sequence(_SHA256), b"\xa1" + _RSA_SHA256[1:])
    parts.attributes = [*_without(parts, _PROTECTION), _attribute(_PROTECTION, protection)]
    return _put(parts.signed_with(honest().key.sign))


@attack(_GROUP, step="signature.wrong", trusting=trusting)
def protection_removed() -> bytes:
    """RFC 6211's attribute is taken out of the signed ones."""
    parts = _honest_parts()
    parts.attributes = _without(parts, _PROTECTION)
    return _put(parts)


@attack(_GROUP, step="container.digest-algorithms", trusting=trusting)
def two_digest_names() -> bytes:
    """The container announces another digest than its signer uses."""
    parts = _honest_parts()
    parts.digests = der.tlv(0x31, der.sequence(der.object_identifier(_OIDS["sha1"])))
    return _put(parts)


@attack(_GROUP, step="signature", trusting=trusting)
def signature_scheme_of_another_key() -> bytes:
    """An RSA scheme is announced for a key on a curve."""
    parts = _honest_parts()
    parts.attributes = _without(parts, _PROTECTION)
    parts.signature_algorithm = _RSA_SHA256
    return _put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="container.extra-parts", trusting=trusting)
def no_signed_attributes() -> bytes:
    """The signature is over the content itself: attributes can be passed off as content."""
    parts = _honest_parts()
    parts.attributes = []
    return _put(parts)


@attack(_FORM, step="signer-binding.missing", trusting=trusting)
def no_binding() -> bytes:
    """The signed attributes do not name the certificate."""
    parts = _honest_parts()
    parts.attributes = _without(parts, _BINDING)
    return _put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="digest.missing", trusting=trusting)
def no_message_digest() -> bytes:
    """The signed attributes say nothing of the content."""
    parts = _honest_parts()
    parts.attributes = _without(parts, _MESSAGE_DIGEST)
    return _put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="digest.missing", trusting=trusting)
def two_message_digests() -> bytes:
    """Two digests are signed: a reader may compare the other one."""
    parts = _honest_parts()
    parts.attributes.append(_attribute(_MESSAGE_DIGEST, der.octet_string(bytes(32))))
    return _put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="signature.inconsistent", trusting=trusting)
def content_type_of_a_timestamp() -> bytes:
    """The signed content type says that a timestamp was signed."""
    parts = _honest_parts()
    kind = der.object_identifier("1.2.840.113549.1.9.16.1.4")
    parts.attributes = [*_without(parts, _CONTENT_TYPE), _attribute(_CONTENT_TYPE, kind)]
    return _put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="container.content", trusting=trusting)
def content_inside() -> bytes:
    """The container brings its own content, and a reader may digest that instead."""
    parts = _honest_parts()
    inside = der.tlv(0xA0, der.octet_string(b"other"))
    parts.content_info = der.sequence(der.object_identifier("1.2.840.113549.1.7.1"), inside)
    return _put(parts)


@attack(_FORM, step="container.signer-count", trusting=trusting)
def two_signers() -> bytes:
    """A second signer is added: readers check the first or the last."""
    parts = _honest_parts()
    parts.signers_after = [parts.signer()]
    return _put(parts)


@attack(_FORM, step="container.signer-count", trusting=trusting)
def no_signer() -> bytes:
    """A container of certificates only, in which nobody signs."""
    parts = _honest_parts()
    encoded = parts.assemble()
    signer = der.tlv(0x31, parts.signer())
    signed_data = der.sequence(
        parts.version,
        parts.digests,
        parts.content_info,
        der.set_of(parts.certificates, tag=0xA0),
        der.tlv(0x31),
    )
    assert signer in encoded
    kind = der.object_identifier("1.2.840.113549.1.7.2")
    return with_container(sealed_as(honest()), der.sequence(kind, der.tlv(0xA0, signed_data)))


@attack(_FORM, step="container.unsigned-attributes", trusting=trusting)
def unsigned_attribute() -> bytes:
    """Something nobody signed is put beside the signature."""
    parts = _honest_parts()
    parts.unsigned = [_attribute("2.25.1", der.octet_string(b"x"))]
    return _put(parts)


@attack(_FORM, step="container", trusting=trusting)
def element_nobody_reads() -> bytes:
    """An element of an unknown kind stands behind the certificates."""
    parts = _honest_parts()
    parts.after_certificates = der.tlv(0xA3, der.octet_string(b"x"))
    return _put(parts)


@attack(_FORM, step="container.not-der", trusting=trusting)
def length_with_a_needless_octet() -> bytes:
    """A length is spelled with one octet more: the same value, another file."""
    encoded = _honest_parts().assemble()
    assert encoded[1] == 0x82
    return with_container(sealed_as(honest()), b"\x30\x83\x00" + encoded[2:])


@attack(_FORM, step="container.not-der", trusting=trusting)
def length_without_an_end() -> bytes:
    """BER's indefinite length."""
    encoded = _honest_parts().assemble()
    return with_container(sealed_as(honest()), b"\x30\x80" + encoded[4:] + b"\x00\x00")


@attack(_FORM, step="container.not-der", trusting=trusting)
def nested_too_deeply() -> bytes:
    """Sequences within sequences, to exhaust the reader."""
    nested = b""
    for _ in range(900):
        nested = der.sequence(nested)
    return with_container(sealed_as(honest()), nested)


@attack(_FORM, step="container", trusting=trusting)
def not_a_signature() -> bytes:
    """A container of plain data."""
    content = der.tlv(0xA0, der.octet_string(b"x"))
    inside = der.sequence(der.object_identifier("1.2.840.113549.1.7.1"), content)
    return with_container(sealed_as(honest()), inside)


@attack(_FORM, step="container.not-der", trusting=trusting)
def text_instead() -> bytes:
    """The hole holds ordinary text."""
    return with_container(sealed_as(honest()), b"signed, honestly")


@attack(_FORM, step="signature.wrong", trusting=trusting)
def signature_value_of_zeros() -> bytes:
    """The signature value is as many zeros."""
    parts = _honest_parts()
    parts.signature = bytes(len(parts.signature))
    return _put(parts)


@attack(_FORM, step="signature.wrong", trusting=trusting)
def signature_value_is_empty() -> bytes:
    """The signature value is empty."""
    parts = _honest_parts()
    parts.signature = b""
    return _put(parts)


@attack(_FORM, step="container.not-der", trusting=trusting)
def container_larger_than_the_hole() -> bytes:
    """The container claims to be longer than the hole."""
    document = sealed_document()
    start, _ = hole(document)
    return document[: start + 5] + b"ffff" + document[start + 9 :]
