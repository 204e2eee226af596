"""The port to whoever knows whether a certificate is revoked."""

from typing import Protocol

from cryptography import x509

from signing.revocation.statuses import RevocationProof


class RevocationSource(Protocol):
    """Knows the revocation status of certificates."""

    def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
        """A proof of the certificate's status; whoever asks judges it.

        Raises:
            RevocationUnavailableError: None could be had.
        """
        ...
