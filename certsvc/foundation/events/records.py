"""Stored: events, the last position given, and how far each subscriber has come."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base, Json


class EventRecord(Base):
    """事件: one that is recorded; triggers refuse every change but the giving of its position."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("position > 0", "position"),
        Index("ix_events_kind_subject", "kind", "subject"),
        Index(
            "ix_events_waiting",
            "id",
            sqlite_where="position IS NULL",
            postgresql_where="position IS NULL",
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    """Stable, and never another's; not in the order of commits."""
    position: Mapped[int | None] = mapped_column(unique=True)
    """Its place in the order of commits, without gaps; None until it is given (`ordering`)."""
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(160))
    details: Mapped[Json]


class EventHead(Base):
    """Single row, locked while positions are assigned; recording an event does not lock it."""

    __tablename__ = "event_head"
    __table_args__ = (CheckConstraint("id = 1", "single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int]
    """The last that was given."""


class EventPosition(Base):
    """Position of a subscriber, and its failures."""

    __tablename__ = "event_positions"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int]
    """Of the last event that it has taken; 0 before the first."""
    failures: Mapped[int]
    """In a row, on the event that follows `position`."""
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(80))
    """Class of the last error; its message may hold personal data and is not kept."""
    last_code: Mapped[str | None] = mapped_column(String(80))
    next_try_at: Mapped[datetime | None]
    busy_until_at: Mapped[datetime | None]
    """Until when one process alone sends the next event outside; None: nobody does."""
