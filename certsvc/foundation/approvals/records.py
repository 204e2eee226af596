"""Stored: proposals and decisions.

- One table for everything that two people decide; the rows of each area refer to it.
- Proposals and decisions are never altered or deleted, and every row begins undecided. Checks and
  triggers of the database enforce this, and that two people are involved.
- One proposal of a kind and subject waits at a time: a partial unique index.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.foundation.approvals.rules import Outcome
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of

_WAITS = text("outcome IS NULL")


class Proposal(Base):
    """提议: what one person proposed, and its outcome."""

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("length(trim(reason)) > 0", "reason"),
        CheckConstraint("needed > 0", "needed"),
        one_of("outcome", Outcome),
        CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NULL) = (coalesce(outcome, 'expired') = 'expired')"
            " AND (decided_by IS NULL) = (decided_person IS NULL)",
            "decision_whole",
        ),
        CheckConstraint(
            "coalesce(outcome, 'expired') = 'expired'"
            " OR outcome = 'withdrawn' AND decided_by = proposed_by"
            " OR outcome <> 'withdrawn' AND decided_by <> proposed_by"
            " AND decided_person <> proposed_person",
            "two_people",
        ),
        CheckConstraint("outcome <> 'approved' OR decided_at <= expires_at", "in_time"),
        Index(
            "uq_proposals_waiting",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index("ix_proposals_kind_subject", "kind", "subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    """What is decided: `seal-change`, `pack-version`, `key-ceremony`…"""
    subject: Mapped[str] = mapped_column(String(80))
    """What it is about, within the kind."""
    reason: Mapped[str] = mapped_column(String(500))
    needed: Mapped[int]
    """How many other people must approve."""
    proposed_by: Mapped[str] = mapped_column(String(80))
    """Account."""
    proposed_person: Mapped[str] = mapped_column(String(64))
    """The person behind the account, who may have another."""
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """Until when it can be approved."""
    shown_sha256: Mapped[str | None] = mapped_column(String(64))
    """Digest of what was shown to whoever approved; None before, and of what was decided long ago.

    Where several people approve the same, it stands here from the proposal on.
    """
    outcome: Mapped[str | None] = mapped_column(String(20))
    """`Outcome`; None while it waits."""
    decided_by: Mapped[str | None] = mapped_column(String(80))
    """Account; None if the proposal expired."""
    decided_person: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None] = mapped_column(String(500))

    confirmations: Mapped[list["Confirmation"]] = relationship(order_by="Confirmation.at")
    """Approvals before the last one, which is the decision; none where one is enough."""


class Confirmation(Base):
    """确认: an approval of something that more than two people decide. Rows are only ever added."""

    __tablename__ = "proposal_confirmations"

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    confirmed_person: Mapped[str] = mapped_column(String(64), primary_key=True)
    confirmed_by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
