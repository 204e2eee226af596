"""Stored: the journal of issuing."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.certificates.issuance.rules import IssuanceState
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of


class Issuance(Base):
    """签发日志: progress of issuing a record, for finishing or voiding it."""

    __tablename__ = "issuances"
    __table_args__ = (
        UniqueConstraint("caller", "idempotency_key"),
        one_of("state", IssuanceState),
        CheckConstraint("step BETWEEN 2 AND 9", "step"),
        # Partial index: recovery only looks for the few issuances that are running.
        Index("ix_issuances_state_lease_until_at", "state", "lease_until_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("certificate_records.id"), unique=True)
    copy_number: Mapped[str] = mapped_column(ForeignKey("extractions.copy_number"), unique=True)
    caller: Mapped[str] = mapped_column(String(80))
    idempotency_key: Mapped[str | None] = mapped_column(String(120))
    """Digest of the caller's key (`hidden_keys`); None without one, and again once voided, so that
    the caller may try anew."""
    request_sha256: Mapped[str] = mapped_column(String(64))
    """Digest of the request, to tell a repetition from a different request."""
    state: Mapped[str] = mapped_column(String(20))
    step: Mapped[int]
    """Last of the nine steps that is known to be done."""
    authorisation_id: Mapped[str | None] = mapped_column(ForeignKey("seal_authorisations.id"))
    rendered_sha256: Mapped[str | None] = mapped_column(String(64))
    sealed_sha256: Mapped[str | None] = mapped_column(String(64))
    failure_code: Mapped[str | None] = mapped_column(String(80))
    started_at: Mapped[datetime]
    lease_until_at: Mapped[datetime]
    """Until then the process that began may be at work; afterwards recovery may step in."""
