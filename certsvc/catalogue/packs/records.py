"""Stored: versions of template packs.

- A row is a proposal and what became of it; it is never deleted, what was proposed never changes,
  and what was decided stays decided. Triggers of the database hold this, on both engines.
- No row is born approved, and no two approved rows have the same code and version.
- The files are kept in the row: what papers were set with cannot be lost apart from the records.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.catalogue.packs.rules import VersionOutcome
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of

PROPOSED_COLUMNS = (
    "id",
    "code",
    "version",
    "digest",
    "title",
    "effective_on",
    "content",
    "reason",
    "proposed_by",
    "proposed_person",
    "proposed_at",
)
"""What is written once, with the proposal."""


class PackVersion(Base):
    """模板包版本: a version of a pack that was proposed, and the decision on it."""

    __tablename__ = "pack_versions"
    __table_args__ = (
        one_of("outcome", VersionOutcome),
        CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL)"
            " AND (outcome IS NULL) = (decided_person IS NULL)"
            " AND (outcome IS NULL) = (decided_at IS NULL)"
            " AND (outcome IS NULL) = (decision_reason IS NULL)",
            "decision_whole",
        ),
        CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' AND decided_by = proposed_by"
            " OR outcome <> 'withdrawn' AND decided_by <> proposed_by"
            " AND decided_person <> proposed_person",
            "two_people",
        ),
        CheckConstraint("length(trim(reason)) > 0", "reason"),
        CheckConstraint("length(digest) = 64", "digest"),
        Index(
            "uq_pack_versions_approved",
            "code",
            "version",
            unique=True,
            sqlite_where=text("outcome = 'approved'"),
            postgresql_where=text("outcome = 'approved'"),
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
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_person: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(20))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_person: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None] = mapped_column(String(500))
