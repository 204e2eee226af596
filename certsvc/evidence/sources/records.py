"""Stored: calls of sources and their outcomes, for the page of the sources' health."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.evidence.sources.health_rules import CallPurpose, Outcome
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of


class SourceCall(Base):
    """One call of a source; nothing of whom it was about or who asked."""

    __tablename__ = "source_calls"
    __table_args__ = (
        one_of("purpose", CallPurpose),
        one_of("outcome", Outcome),
        Index(None, "source", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(10))
    duration_ms: Mapped[int]
    at: Mapped[datetime]
