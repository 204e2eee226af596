"""Applications for seals, and their validation.

- A seal has a number that addresses can bear, words for its image, and a place of its key.
- An uploaded image can be drawn faithfully; nothing of the file but outlines or pixels is used.
- Its signing certificate is valid now and leads to its issuers, one after the other.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from certsvc.catalogue.routes import Route
from certsvc.sealing.register.errors import (
    SealApplicationInvalidError,
    SealCertificateUnusableError,
)
from certsvc.sealing.register.records import SealVersion
from certsvc.sealing.register.scope_rules import SealScope
from signing.images.seal_images import DIAMETERS_MM
from signing.images.uploaded_images import seal_image_from_file

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LONGEST = {
    "name": 100,
    "rim_text": 60,
    "bottom_text": 30,
    "second_line": 30,
    "rim_number": 20,
    "key_uri": 500,
}
_MAY_BE_EMPTY = frozenset({"bottom_text", "second_line", "rim_number"})


@dataclass(frozen=True, kw_only=True)
class SealApplication:
    """An application for a designated seal (印章申请)."""

    id: str
    """Number of the seal: lower-case ASCII letters, digits and hyphens."""
    name: str
    """Full name, with the district's before it."""
    owner_unit_code: str
    """Unit that owns and manages it."""
    route: Route
    """The one route it is for (市中区规则第九条)."""
    rim_text: str
    """Text round the rim of the image."""
    bottom_text: str
    """Text below the star; may be empty."""
    diameter_mm: float
    """Outer diameter of the image; of an uploaded one, its width."""
    key_uri: str
    """Where the signing key is: an address that the operator of the machine offers."""
    certificate_chain_pem: str
    """印章签名证书 first, then its issuers without the root."""
    reason: str
    """Why the seal is needed."""
    second_line: str = ""
    """Text below the bottom text, such as “(1)”."""
    rim_number: str = ""
    """Number along the lowest part of the rim."""
    has_star: bool = True
    """Whether a star stands in the centre."""
    uploaded_image: bytes | None = None
    """An SVG or PNG that is used instead of drawing the words; None: they are drawn."""

    scope: SealScope = field(default_factory=SealScope)
    """What it may be used for within its route."""


def check_application(application: SealApplication, *, now: datetime) -> x509.Certificate:
    """Check an application's entries and return the signing certificate.

    The key is not opened here; it is tried before anybody can approve.

    Raises:
        SealApplicationInvalidError: an entry is missing, too long or malformed.
        SealCertificateUnusableError: the certificates cannot be used.
        UploadedImageError: the uploaded image cannot be used.
    """
    check_number(application.id)
    check_entry("name", application.name)
    return check_content(application, now=now)


def check_content(content: SealApplication | SealVersion, *, now: datetime) -> x509.Certificate:
    """Check image, certificates and address of the key; return the signing certificate.

    Raises:
        SealApplicationInvalidError: an entry is missing, too long or malformed.
        SealCertificateUnusableError: the certificates cannot be used.
        UploadedImageError: the uploaded image cannot be used.
    """
    for entry in _LONGEST.keys() - {"name"}:
        check_entry(entry, getattr(content, entry))
    smallest, largest = DIAMETERS_MM
    if content.uploaded_image is not None:
        seal_image_from_file(content.uploaded_image, content.diameter_mm)
    elif not smallest <= content.diameter_mm <= largest:
        raise SealApplicationInvalidError(entry="diameter_mm")
    return check_certificates(content.certificate_chain_pem, now=now)


def check_number(number: str) -> None:
    """Accept a number that a seal may have.

    Raises:
        SealApplicationInvalidError: it has other characters, or too many.
    """
    if not _ID.fullmatch(number):
        raise SealApplicationInvalidError(entry="id")


def check_entry(entry: str, text: str) -> None:
    """Accept a text that an entry of an application may have.

    Raises:
        SealApplicationInvalidError: it is missing, too long or has what cannot be printed.
    """
    is_there = bool(text.strip()) or entry in _MAY_BE_EMPTY
    if len(text) > _LONGEST[entry] or not is_there or not text.isprintable():
        raise SealApplicationInvalidError(entry=entry)


def check_certificates(pem: str, *, now: datetime) -> x509.Certificate:
    """Accept certificates that follow from each other and are valid, and return the first.

    Raises:
        SealCertificateUnusableError: they cannot be read, or one is not valid now.
    """
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
        for certificate, issuer in pairwise(chain):
            certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise SealCertificateUnusableError from error
    if not all(each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in chain):
        raise SealCertificateUnusableError
    return chain[0]
