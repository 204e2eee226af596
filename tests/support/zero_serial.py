"""A certificate whose serial number is zero, which RFC 5280 §4.1.2.2 does not allow."""

from datetime import UTC, datetime, timedelta

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def certificate() -> bytes:
    """Return it as DER; its signature does not verify: the serial number is set afterwards."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "演示")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    read = asn1_x509.Certificate.load(made.public_bytes(Encoding.DER))
    read["tbs_certificate"]["serial_number"] = 0
    return read.dump(force=True)  # type: ignore[no-any-return]  # the library has no types
