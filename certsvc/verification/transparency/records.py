"""Stored: the log and its head."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base, Json


class LogEntry(Base):
    """日志条目: one event, linked to the previous entry."""

    __tablename__ = "log_entries"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(160))
    """What it was done to: a copy number, a seal, an authorisation."""
    details: Mapped[Json]
    previous_sha256: Mapped[str] = mapped_column(String(64))
    entry_sha256: Mapped[str] = mapped_column(String(64), unique=True)


class LogHead(Base):
    """日志头: the one row that is locked while entries are appended."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1", "single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    entry_sha256: Mapped[str] = mapped_column(String(64))
