"""Stored: notices, addresses for mail and SMS, and systems' webhooks."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base


class Notice(Base):
    """通知: one person is told of one event; its text is in the catalogue, by its kind."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("event_id", "account"),
        Index("ix_notices_account_id", "account", "id"),
        Index(
            "ix_notices_unread",
            "account",
            sqlite_where="read_at IS NULL",
            postgresql_where="read_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(80))
    """Who is told: `staff:<login>`."""
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    kind: Mapped[str] = mapped_column(String(60))
    """Of the event."""
    subject: Mapped[str] = mapped_column(String(160))
    """Of the event: a seal, a pack, a batch."""
    link: Mapped[str] = mapped_column(String(200))
    """Page that it leads to, without the server."""
    created_at: Mapped[datetime]
    """When the event happened."""
    read_at: Mapped[datetime | None]


class NoticeAddress(Base):
    """通知方式: where a person wants to be told besides the page; personal."""

    __tablename__ = "notice_addresses"

    account: Mapped[str] = mapped_column(String(80), primary_key=True)
    mail: Mapped[str] = mapped_column(String(254))
    """Empty for no mail."""
    phone: Mapped[str] = mapped_column(String(20))
    """Empty for no SMS."""
    language: Mapped[str] = mapped_column(String(2))
    """Of mail and SMS."""


class Webhook(Base):
    """系统回调: an address of a system that is told of what concerns it."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    """Kinds of events; none for all that concern the system."""
    generation: Mapped[int]
    """Number of its newest secret, from which that is derived."""
    old_until_at: Mapped[datetime | None]
    """Until when the secret before is used as well."""
    created_at: Mapped[datetime]
    failing_since_at: Mapped[datetime | None]
    """First failure since the last success."""
    disabled_at: Mapped[datetime | None]
