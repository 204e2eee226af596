"""Inputs of a validation: trusted roots, the time, and proofs of existence in the file."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from signing.revocation.revocation_sources import RevocationSource
from signing.revocation.statuses import RevocationProof
from signing.revocation.validation_material import NO_MATERIAL, ValidationMaterial
from signing.trust import TrustStore


@dataclass(frozen=True, kw_only=True)
class ArchiveTime:
    """What a valid archive timestamp proves."""

    at: datetime
    """When everything it covers existed."""

    covered_end: int
    """Offset after the last byte it covers."""


@dataclass(frozen=True, kw_only=True)
class ValidationContext:
    """Inputs of one validation."""

    trust: TrustStore
    """Trusted roots."""

    at: datetime
    """The time to validate for."""

    material: ValidationMaterial = NO_MATERIAL
    """What the document's security store holds."""

    fresh_proofs: tuple[RevocationProof, ...] = ()
    """Revocation proofs fetched now."""

    status_source: RevocationSource | None = None
    """Whom to ask about the present status of certificates that lead to a trusted root."""

    proven_at: datetime
    """When the signature that is looked at is proven to have existed (a proof of existence,
    EN 319 102-1 5.6.2.4); ``at`` if nothing proves it."""

    archive_times: tuple[ArchiveTime, ...] = ()
    """Of valid archive timestamps that cover it, the first one first."""

    def about(self, covered_end: int) -> Self:
        """The same for a signature that covers the file up to an offset.

        A timestamp says nothing of a signature that was added after it.
        """
        times = tuple(time for time in self.archive_times if time.covered_end > covered_end)
        proven_at = times[0].at if times else self.at
        return replace(self, archive_times=times, proven_at=proven_at)

    @property
    def proofs(self) -> tuple[RevocationProof, ...]:
        """All revocation proofs at hand."""
        return (*self.material.proofs, *self.fresh_proofs)
