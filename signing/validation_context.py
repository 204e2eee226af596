"""What is known before a seal is looked at: whom to trust, for when, and what the file proves."""

from dataclasses import dataclass
from datetime import datetime

from signing.revocation import RevocationProof
from signing.revocation_sources import RevocationSource
from signing.trust import TrustStore
from signing.validation_material import NO_MATERIAL, ValidationMaterial


@dataclass(frozen=True, kw_only=True)
class ValidationContext:
    """The circumstances of one validation."""

    trust: TrustStore
    """Whom to trust."""

    at: datetime
    """The time to validate for."""

    material: ValidationMaterial = NO_MATERIAL
    """What the document's security store holds."""

    fresh_proofs: tuple[RevocationProof, ...] = ()
    """Revocation proofs fetched now."""

    status_source: RevocationSource | None = None
    """Whom to ask about the present status of certificates that lead to a trusted root."""

    proven_at: datetime
    """When everything before the archive timestamps is proven to have existed (a proof of
    existence, EN 319 102-1 5.6.2.4); ``at`` if there are none."""

    archive_times: tuple[datetime, ...] = ()
    """The times of valid archive timestamps, the first one first."""

    @property
    def proofs(self) -> tuple[RevocationProof, ...]:
        """All revocation proofs at hand."""
        return (*self.material.proofs, *self.fresh_proofs)
