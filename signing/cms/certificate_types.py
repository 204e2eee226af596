"""One certificate in the types of the two libraries that read it, and as DER between them.

* ``cryptography`` signs, verifies and reads strictly; ``asn1crypto`` keeps the bytes as they came,
  and is what pyHanko's validators take.
"""

from functools import lru_cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing.checklist import parsing
from signing.parser_errors import ask_parser

_REMEMBERED = 256  # the few certificates of a seal recur in every file


def to_der(certificate: x509.Certificate) -> bytes:
    """The certificate as its issuer encoded it."""
    return certificate.public_bytes(Encoding.DER)


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The same certificate for pyHanko and asn1crypto."""
    return asn1_x509.Certificate.load(to_der(certificate))


def to_x509(certificate: asn1_x509.Certificate) -> x509.Certificate:
    """The same certificate for cryptography.

    Raises:
        StepFailedError: It can be read by the other library alone.
    """
    with parsing():
        return _parse(certificate.dump())


@lru_cache(_REMEMBERED)
def _parse(encoded: bytes) -> x509.Certificate:
    return ask_parser(x509.load_der_x509_certificate, encoded)
