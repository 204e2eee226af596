"""Whom the validator trusts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509

from signing.errors import TrustStoreError


@dataclass(frozen=True, kw_only=True)
class TrustStore:
    """Trusted roots and helpful intermediates."""

    roots: tuple[x509.Certificate, ...]
    """Trust anchors of seals."""

    intermediates: tuple[x509.Certificate, ...] = ()
    """Issuers that documents may leave out; not trusted by themselves."""

    timestamp_roots: tuple[x509.Certificate, ...] | None = None
    """Trust anchors of timestamp authorities; ``None`` means the same as ``roots``."""

    @property
    def anchors_of_timestamps(self) -> tuple[x509.Certificate, ...]:
        """The roots a timestamp authority must chain to."""
        return self.roots if self.timestamp_roots is None else self.timestamp_roots

    @classmethod
    def from_pem(
        cls,
        roots: Iterable[Path],
        *,
        intermediates: Iterable[Path] = (),
        timestamp_roots: Iterable[Path] | None = None,
    ) -> Self:
        """Read PEM files, each with one or more certificates.

        Raises:
            TrustStoreError: A file is missing, unreadable or holds no certificate.
        """
        return cls(
            roots=_read(roots),
            intermediates=_read(intermediates),
            timestamp_roots=None if timestamp_roots is None else _read(timestamp_roots),
        )


def _read(paths: Iterable[Path]) -> tuple[x509.Certificate, ...]:
    certificates: list[x509.Certificate] = []
    for path in paths:
        try:
            certificates += x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError) as error:
            raise TrustStoreError(name=path.name) from error
    return tuple(certificates)
