"""Stored: requests that came with an idempotency key, for a day."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of
from certsvc.foundation.idempotency.rules import RequestState


class RepeatableRequest(Base):
    """可重复提交的请求: what a request created, so that its repetition creates nothing."""

    __tablename__ = "repeatable_requests"
    __table_args__ = (
        one_of("state", RequestState),
        CheckConstraint("(state = 'done') = (body IS NOT NULL)", "answered"),
    )

    caller: Mapped[str] = mapped_column(String(80), primary_key=True)
    key_hmac: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hmac: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    attempt: Mapped[str] = mapped_column(String(32))
    """Which attempt holds the request; one that lost it to another commits nothing."""
    ends_at: Mapped[datetime] = mapped_column(index=True)
    """In progress: when another attempt may begin. Done: when the answer is forgotten."""
    body: Mapped[str | None] = mapped_column(Text)
    """The answer: numbers and addresses of what was created, never a secret."""
    location: Mapped[str | None] = mapped_column(String(500))
