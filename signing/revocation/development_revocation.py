"""A source of revocation proofs inside this process, for demonstrations and tests."""

import warnings
from collections.abc import Callable
from datetime import datetime

from cryptography import x509

from keys.development_key import DevelopmentWarning
from keys.development_revocation import DevelopmentRevocationLists
from signing.errors import RevocationUnavailableError
from signing.revocation.statuses import ProofKind, RevocationProof


class DevelopmentRevocationSource:
    """A source of revocation proofs that only development may trust."""

    def __init__(self, lists: DevelopmentRevocationLists, *, clock: Callable[[], datetime]) -> None:
        """Create the stand-in.

        Args:
            lists: Sign the lists.
            clock: Tells when.
        """
        warnings.warn(
            "DevelopmentRevocationSource: its answers prove nothing",
            DevelopmentWarning,
            stacklevel=2,
        )
        self._lists = lists
        self._clock = clock

    def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
        """See :meth:`signing.revocation.revocation_sources.RevocationSource.fetch`."""
        encoded = self._lists.find_list(issuer, now=self._clock())
        if encoded is None:
            raise RevocationUnavailableError(
                serial=f"{certificate.serial_number:x}", reason="other-issuer"
            )
        return RevocationProof(kind=ProofKind.CRL, encoded=encoded)
