"""The certificates of the demonstration PKI, with the extensions real seal certificates carry.

* A seal certificate has keyUsage digitalSignature + nonRepudiation (ETSI EN 319 412-2 4.3.2)
  and no extended key usage: NSS distrusts documentSigning standing alone.
* A timestamp certificate has a critical extended key usage of timeStamping alone
  (RFC 3161 2.3).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.signing_key import PrivateKey, PublicKey

_MARK = "演示"
_YEAR = timedelta(days=365)
_CLOCK_ALLOWANCE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """A certificate that issues others, with its key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)


def self_sign_root(key: PrivateKey, *, now: datetime) -> x509.Certificate:
    """The root of the demonstration PKI, valid for 20 years."""
    name = _name("电子证明演示根", "无证明城市演示系统")
    builder = _builder(name, name, key.public_key(), now, 20 * _YEAR)
    return _as_issuer(builder, path_length=1).sign(key, hashes.SHA256())


def issue_seal_ca(issuer: Issuer, public_key: PublicKey, *, now: datetime) -> x509.Certificate:
    """The authority that issues seal certificates, valid for 10 years."""
    name = _name("电子印章演示CA", "无证明城市演示系统")
    builder = _builder(name, issuer.certificate.subject, public_key, now, 10 * _YEAR)
    return _sign(_as_issuer(builder, path_length=0), issuer)


def issue_seal_certificate(
    issuer: Issuer, public_key: PublicKey, *, common_name: str, organisation: str, now: datetime
) -> x509.Certificate:
    """A seal certificate (印章签名证书), valid for 2 years."""
    name = _name(common_name, organisation)
    builder = _builder(name, issuer.certificate.subject, public_key, now, 2 * _YEAR)
    return _sign(_as_end_entity(builder, _usage(signing=True, repudiable=False)), issuer)


def issue_timestamp_certificate(
    issuer: Issuer, public_key: PublicKey, *, now: datetime
) -> x509.Certificate:
    """A timestamp authority's certificate, valid for 5 years."""
    name = _name("电子证明演示时间戳", "无证明城市演示系统")
    builder = _builder(name, issuer.certificate.subject, public_key, now, 5 * _YEAR)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = builder.add_extension(purpose, critical=True)
    return _sign(_as_end_entity(builder, _usage(signing=True, repudiable=True)), issuer)


def _name(common_name: str, organisation: str) -> x509.Name:
    marked = common_name if _MARK in common_name else f"{common_name}（{_MARK}）"
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, marked),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: PublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    start = now.replace(microsecond=0) - _CLOCK_ALLOWANCE
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _as_issuer(builder: x509.CertificateBuilder, *, path_length: int) -> x509.CertificateBuilder:
    usage = _usage(issuing=True)
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)


def _as_end_entity(
    builder: x509.CertificateBuilder, usage: x509.KeyUsage
) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    return builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)


def _sign(builder: x509.CertificateBuilder, issuer: Issuer) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    return builder.add_extension(identifier, critical=False).sign(issuer.key, hashes.SHA256())


def _usage(
    *, signing: bool = False, repudiable: bool = True, issuing: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=signing and not repudiable,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuing,
        crl_sign=issuing,
        encipher_only=False,
        decipher_only=False,
    )


def is_development_certificate(certificate: x509.Certificate) -> bool:
    """Whether a certificate says that it is for demonstrations; production refuses such a root."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(_MARK in str(name.value) for name in names)
