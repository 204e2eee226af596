"""Revocation lists and OCSP responses of any kind, right and wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from signing.revocation.statuses import ProofKind, RevocationProof
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import NOW

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
KEYS: dict[str, Callable[[], Key]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class ListWish:
    """What a list should say."""

    revoked: Mapping[int, datetime] = field(default_factory=dict)
    this_update: datetime = NOW
    next_update: datetime = NOW + _WEEK
    digest: hashes.SHA224 | hashes.SHA256 | hashes.SHA384 = field(default_factory=hashes.SHA256)
    pss: bool = False
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    entry_extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()


def make_list(issuer: x509.Certificate, key: Key, wish: ListWish | None = None) -> RevocationProof:
    """A CRL in the name of the issuer, signed by the key."""
    wish = wish or ListWish()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(wish.this_update)
        .next_update(wish.next_update)
    )
    for extension, critical in wish.extensions:
        builder = builder.add_extension(extension, critical=critical)
    for serial, since in wish.revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        for extension, critical in wish.entry_extensions:
            entry = entry.add_extension(extension, critical=critical)
        builder = builder.add_revoked_certificate(entry.build())
    is_edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    scheme = padding.PSS(padding.MGF1(wish.digest), wish.digest.digest_size) if wish.pss else None
    encoded = builder.sign(key, None if is_edwards else wish.digest, rsa_padding=scheme)
    return RevocationProof(kind=ProofKind.CRL, encoded=encoded.public_bytes(Encoding.DER))


@dataclass(frozen=True, kw_only=True)
class ResponseWish:
    """What an OCSP response should say."""

    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD
    revoked_at: datetime | None = None
    this_update: datetime = NOW
    next_update: datetime | None = NOW + _WEEK
    names: hashes.HashAlgorithm = field(default_factory=hashes.SHA1)  # RFC 5019
    digest: hashes.SHA224 | hashes.SHA256 | hashes.SHA384 = field(default_factory=hashes.SHA256)
    by_name: bool = False
    carried: tuple[x509.Certificate, ...] = ()
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()


def make_response(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    responder: x509.Certificate,
    key: Key,
    wish: ResponseWish | None = None,
) -> RevocationProof:
    """An OCSP response in the name of the responder, signed by the key."""
    wish = wish or ResponseWish()
    form = ocsp.OCSPResponderEncoding.NAME if wish.by_name else ocsp.OCSPResponderEncoding.HASH
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate,
            issuer,
            wish.names,
            wish.status,
            wish.this_update,
            wish.next_update,
            wish.revoked_at,
            None,
        )
        .responder_id(form, responder)
    )
    if wish.carried:
        builder = builder.certificates(list(wish.carried))
    for extension, critical in wish.extensions:
        builder = builder.add_extension(extension, critical=critical)
    is_edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    response = builder.sign(key, None if is_edwards else wish.digest)
    return RevocationProof(kind=ProofKind.OCSP, encoded=response.public_bytes(Encoding.DER))


def authority_of(key: Key) -> tuple[x509.Certificate, x509.Certificate]:
    """An issuer with a key of any kind, and a certificate from it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "签发机构")])
    above = issue(Wish(ca=True))
    usage = above.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    certificates = []
    for public, is_ca in ((key.public_key(), True), (above.private_key.public_key(), False)):
        builder = (
            x509.CertificateBuilder(name, name, public, x509.random_serial_number())
            .not_valid_before(NOW - _WEEK)
            .not_valid_after(NOW + _WEEK)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if is_ca:
            builder = builder.add_extension(usage, critical=True)
        is_edwards = isinstance(key, ed25519.Ed25519PrivateKey)
        certificates.append(builder.sign(key, None if is_edwards else hashes.SHA256()))
    return certificates[0], certificates[1]
