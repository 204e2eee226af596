"""Stored: versions of template packs.

- A row is what was proposed; who proposed and who decided stands in its `Proposal`. It is never
  deleted and never changes, but for the instant of its approval, which is that of the proposal's.
  Triggers of the database hold this, on both engines.
- No row is born approved, and no two approved rows have the same code and version.
- The files are kept in the row: what papers were set with cannot be lost apart from the records.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.db.base import Base

PROPOSED_COLUMNS = (
    "id",
    "code",
    "version",
    "digest",
    "title",
    "effective_on",
    "content",
    "proposal_id",
)
"""Columns that are written once, with the proposal."""
_APPROVED = text("approved_at IS NOT NULL")


class PackVersion(Base):
    """模板包版本: a version of a pack that was proposed, and whether it was approved."""

    __tablename__ = "pack_versions"
    __table_args__ = (
        CheckConstraint("length(digest) = 64", "digest"),
        Index(
            "uq_pack_versions_approved",
            "code",
            "version",
            unique=True,
            sqlite_where=_APPROVED,
            postgresql_where=_APPROVED,
        ),
        Index("ix_pack_versions_code_effective_on", "code", "effective_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    """Code of the pack, which is that of its certificate type."""
    version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 over the pack's files and the letterhead it is set with."""
    title: Mapped[str] = mapped_column(String(200))
    """Printed title, in Chinese."""
    effective_on: Mapped[date]
    """Day in Shanghai from which papers are set with it."""
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """All its files, as one ZIP archive; read when it is first used by a process."""
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), unique=True)
    """Who proposed it and who decided, and why."""
    approved_at: Mapped[datetime | None]
    """When it was approved; None until it is."""

    proposal: Mapped[Proposal] = relationship(lazy="joined", innerjoin=True)
