"""Stored: the log of what was sent, or is to be."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of
from certsvc.foundation.notifications.rules import Channel, DeliveryState


class Delivery(Base):
    """投递记录: one message to one receiver by one channel; it holds no address and no text."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("channel", "target", "event_id"),
        Index("ix_deliveries_state_id", "state", "id"),
        one_of("channel", Channel),
        one_of("state", DeliveryState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    target: Mapped[str] = mapped_column(String(40))
    """Whom: the id of a notice, or of a webhook."""
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    message_id: Mapped[str] = mapped_column(String(120))
    """The same at each attempt."""
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it failed."""
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    """The last attempt."""
    last_reason: Mapped[str | None] = mapped_column(String(80))
    """Code of the last failure."""
    last_status: Mapped[int | None]
    """Status code that the far side answered with, the last time."""
