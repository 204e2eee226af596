"""One small conforming PDF, one sealed by pyHanko, and broken copies named after their defect."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

import typst
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate as Asn1Certificate
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

SIGNER = "电子证明专用章"
_SOURCE = b"""
#set document(title: "Sample", date: datetime(year: 2025, month: 1, day: 1))
#set text(lang: "en")
= Sample
One page that conforms.
"""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate and its key, thrown away after the test."""

    certificate: x509.Certificate
    key: PrivateKey

    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def conforming() -> bytes:
    """Return a PDF/A-3a and PDF/UA-1 file."""
    return bytes(typst.compile(_SOURCE, pdf_standards=["a-3a", "ua-1"]))


def plain() -> bytes:
    """Return the same page without any claim of conformance."""
    return bytes(typst.compile(_SOURCE))


def truncated(document: bytes) -> bytes:
    return document[: len(document) * 2 // 3]


def appended_to(document: bytes) -> bytes:
    return document + b"\n% added after sealing\n"


def changed_after_sealing(document: bytes) -> bytes:
    """Return the file with its title changed by one letter, its structure intact."""
    assert document.count(b"(Sample)") > 0
    return document.replace(b"(Sample)", b"(Simple)")


def issue(name: str, issuer: Issued | None, now: datetime, *, usage: str) -> Issued:
    """Return a fresh certificate: usage is `ca`, `sign` (both P-256) or `time` (RSA)."""
    key = _generate_key(usage)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    parent = issuer.certificate.subject if issuer else subject
    parent_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder(parent, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(usage == "ca", None), critical=True)
        .add_extension(_key_usage(certifies=usage == "ca"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(parent_key.public_key()),
            critical=False,
        )
    )
    if usage == "time":
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(purpose, critical=True)
    return Issued(certificate=builder.sign(parent_key, SHA256()), key=key)


def sealed(document: bytes, root: Issued, now: datetime) -> bytes:
    """Return the file sealed as PAdES B-T by pyHanko, the judges' yardstick."""
    signer = issue(SIGNER, root, now, usage="sign")
    authority = issue("time-stamp authority", root, now, usage="time")
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's own
    store.register(_asn1(root.certificate))
    output: BytesIO = sign_pdf(
        IncrementalPdfFileWriter(BytesIO(document)),
        PdfSignatureMetadata(
            field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        ),
        SimpleSigner(
            signing_cert=_asn1(signer.certificate),
            signing_key=_asn1_key(signer.key),
            cert_registry=store,
        ),
        timestamper=DummyTimeStamper(
            tsa_cert=_asn1(authority.certificate),
            tsa_key=_asn1_key(authority.key),
            certs_to_embed=store,
            fixed_dt=now.astimezone(UTC),
        ),
    )
    return output.getvalue()


def _generate_key(usage: str) -> PrivateKey:
    if usage == "time":  # pyHanko's test authority signs with RSA only
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def _key_usage(*, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _asn1(certificate: x509.Certificate) -> Asn1Certificate:
    return Asn1Certificate.load(certificate.public_bytes(Encoding.DER))


def _asn1_key(key: PrivateKey) -> PrivateKeyInfo:
    return PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
