"""Revocation lists of the demonstration PKI: signed on demand, since its issuers are at hand.

* A list of nothing, unless somebody says what was revoked: demonstrations and tests do.
"""

import warnings
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from keys.development import ISSUERS
from keys.development_certificates import Issuer
from keys.development_files import DevelopmentFiles
from keys.development_key import DevelopmentWarning

_CURRENT_FOR = timedelta(days=7)


class DevelopmentRevocationLists:
    """Signs the lists of a demonstration PKI."""

    def __init__(self, folder: Path, *, revoked: Mapping[int, datetime] | None = None) -> None:
        """Open the issuers' keys.

        Args:
            folder: Where the demonstration PKI lies.
            revoked: Serial numbers of revoked certificates, and since when.

        Raises:
            DevelopmentPkiError: There is no such PKI.
        """
        warnings.warn(
            "DevelopmentRevocationLists: nobody keeps these lists", DevelopmentWarning, stacklevel=2
        )
        files = DevelopmentFiles(folder)
        self._issuers = [
            Issuer(certificate=files.chain(slug)[0], key=files.private_key(slug))
            for slug in ISSUERS
        ]
        self._revoked = dict(revoked or {})

    def find_list(self, issuer: x509.Certificate, *, now: datetime) -> bytes | None:
        """The DER revocation list of an issuer as of now, or ``None`` if it is not one of ours."""
        for known in self._issuers:
            if known.certificate == issuer:
                return self._sign(known, now.replace(microsecond=0))
        return None

    def _sign(self, issuer: Issuer, now: datetime) -> bytes:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now)
            .next_update(now + _CURRENT_FOR)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(identifier, critical=False)
        )
        for serial, since in self._revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
