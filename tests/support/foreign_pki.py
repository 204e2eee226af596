"""A public key infrastructure of strangers: several algorithms, several issuers above a signer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign import SimpleSigner
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.trust import TrustStore

# Other products stamp with the real clock, so this is about today.
TODAY = datetime.fromtimestamp(int(time.time()), UTC)
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody with a certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey
    issuers: tuple[x509.Certificate, ...] = ()
    """Above it, nearest first, without the root."""

    @property
    def encoded(self) -> asn1_x509.Certificate:
        return encode(self.certificate)

    def signer(self, *, carried: Sequence[x509.Certificate] | None = None) -> SimpleSigner:
        """pyHanko's signer, carrying the issuers unless told otherwise."""
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's own
        registry.register_multiple(map(encode, self.issuers if carried is None else carried))
        return SimpleSigner(
            signing_cert=self.encoded, signing_key=self._key_info, cert_registry=registry
        )

    def timestamper(self) -> DummyTimeStamper:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's own
        registry.register_multiple(map(encode, self.issuers))
        return DummyTimeStamper(
            tsa_cert=self.encoded, tsa_key=self._key_info, certs_to_embed=registry
        )

    @property
    def _key_info(self) -> PrivateKeyInfo:
        return PrivateKeyInfo.load(
            self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        )

    def files(self, folder: Path) -> tuple[Path, Path]:
        """Certificate and key as PEM files."""
        certificate, key = folder / "signer.pem", folder / "signer.key"
        certificate.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, key

    def keystore(self, path: Path) -> Path:
        """A PKCS #12 file, its password ``test``."""
        assert not isinstance(self.key, ed25519.Ed25519PrivateKey)
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"signer",
                self.key,
                self.certificate,
                self.issuers,
                BestAvailableEncryption(b"test"),
            )
        )
        return path


@dataclass(frozen=True, kw_only=True)
class ForeignPki:
    """A root, two issuers below it, signers of every kind and a timestamp authority."""

    root: Party
    issuers: tuple[Party, ...]
    signers: dict[str, Party]
    authority: Party

    @property
    def trust(self) -> TrustStore:
        return TrustStore(roots=(self.root.certificate,))

    def context(self) -> ValidationContext:
        """What pyHanko needs to gather revocation material."""
        lists = [_revocation_list(party) for party in (self.root, *self.issuers)]
        return ValidationContext(
            trust_roots=[self.root.encoded],
            other_certs=[party.encoded for party in self.issuers],
            crls=lists,
            allow_fetching=False,
            revocation_mode="hard-fail",
        )


@cache
def foreign_pki() -> ForeignPki:
    """One for the whole run."""
    root = _issue("Foreign Root", _new_key("rsa"), None, ca=True)
    upper = _issue("Foreign Upper CA", _new_key("p384"), root, ca=True)
    lower = _issue("Foreign Lower CA", _new_key("p256"), upper, ca=True)
    signers = {
        kind: _issue(f"Foreign Signer {kind}", _new_key(kind), lower)
        for kind in ("rsa", "p256", "p384", "brainpool", "ed25519")
    }
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    authority = _issue("Foreign TSA", _new_key("rsa"), lower, purposes=purposes)
    return ForeignPki(root=root, issuers=(upper, lower), signers=signers, authority=authority)


def _new_key(kind: str) -> PrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "brainpool": ec.BrainpoolP256R1()}
    return ec.generate_private_key(curves[kind])


def _issue(
    name: str,
    key: PrivateKey,
    issuer: Party | None,
    *,
    ca: bool = False,
    purposes: x509.ExtendedKeyUsage | None = None,
) -> Party:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = ("key_cert_sign", "crl_sign") if ca else ("digital_signature", "content_commitment")
    public = key.public_key()
    above = issuer.key.public_key() if issuer else public
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY - timedelta(days=1))
        .not_valid_after(TODAY + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{each: each in usage for each in _USAGES}), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )
    if purposes is not None:
        builder = builder.add_extension(purposes, critical=True)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    has_issuers = issuer is not None and issuer.certificate.issuer != issuer.certificate.subject
    issuers = (issuer.certificate, *issuer.issuers) if issuer and has_issuers else ()
    return Party(certificate=certificate, key=key, issuers=issuers)


def _revocation_list(issuer: Party) -> asn1_crl.CertificateList:
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(TODAY - timedelta(hours=1))
        .next_update(TODAY + timedelta(days=30))
        .sign(issuer.key, hashes.SHA256())
    )
    return asn1_crl.CertificateList.load(made.public_bytes(Encoding.DER))


def encode(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
