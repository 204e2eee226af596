"""Certificates of any kind, right and wrong, for seals."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from keys.development_certificates import Issuer, issue_seal_certificate
from keys.development_files import DevelopmentFiles
from keys.file_key import FileKey
from keys.uri import open_key
from tests.support.seals import NOW


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    private_key: ec.EllipticCurvePrivateKey

    @property
    def key(self) -> FileKey:
        return FileKey(self.private_key, name="test")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the certificate should say."""

    name: str = "示范区电子证明核实信息专用章（演示）"
    ca: bool = False
    serial: int | None = None
    starts_at: datetime = NOW - timedelta(days=1)
    ends_at: datetime = NOW + timedelta(days=365)
    usage: tuple[str, ...] | None = ("digital_signature", "content_commitment")
    purposes: tuple[x509.ObjectIdentifier, ...] = ()
    purposes_critical: bool = False
    revocation_url: str | None = None
    responder_url: str | None = None
    no_check: bool = False
    digest: hashes.SHA224 | hashes.SHA256 = field(default_factory=hashes.SHA256)


def issue(
    wish: Wish, issuer: Issued | None = None, *, key: ec.EllipticCurvePrivateKey | None = None
) -> Issued:
    """Make it; without an issuer it signs itself, without a key it gets a new one."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wish.name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(wish.serial or x509.random_serial_number())
        .not_valid_before(wish.starts_at)
        .not_valid_after(wish.ends_at)
        .add_extension(x509.BasicConstraints(ca=wish.ca, path_length=None), critical=True)
    )
    for extension, critical in _extensions(wish):
        builder = builder.add_extension(extension, critical=critical)
    signer = issuer.private_key if issuer else key
    return Issued(certificate=builder.sign(signer, wish.digest), private_key=key)


def certify(key_uri: str, *, name: str, beside: str, now: datetime) -> str:
    """Let the authority that certified one key certify another; return the chain, PEM."""
    files = DevelopmentFiles(Path(unquote(beside.removeprefix("file:").partition("?")[0])).parent)
    (authority,) = files.chain("seal-ca")
    leaf = issue_seal_certificate(
        Issuer(certificate=authority, key=files.private_key("seal-ca")),
        open_key(key_uri).public_key,
        common_name=name,
        organisation="示范区",
        now=now,
    )
    return b"".join(each.public_bytes(Encoding.PEM) for each in (leaf, authority)).decode()


def _extensions(wish: Wish) -> list[tuple[x509.ExtensionType, bool]]:
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if wish.ca:
        extensions.append((_usage("key_cert_sign", "crl_sign"), True))
    elif wish.usage is not None:
        extensions.append((_usage(*wish.usage), True))
    if wish.purposes:
        extensions.append((x509.ExtendedKeyUsage(wish.purposes), wish.purposes_critical))
    if wish.revocation_url:
        uri = x509.UniformResourceIdentifier(wish.revocation_url)
        point = x509.DistributionPoint([uri], None, None, None)
        extensions.append((x509.CRLDistributionPoints([point]), False))
    if wish.responder_url:
        place = x509.UniformResourceIdentifier(wish.responder_url)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        extensions.append((x509.AuthorityInformationAccess([access]), False))
    if wish.no_check:
        extensions.append((x509.OCSPNoCheck(), False))
    return extensions


def _usage(*granted: str) -> x509.KeyUsage:
    names = (
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
    return x509.KeyUsage(**{name: name in granted for name in names})
