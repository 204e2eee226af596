"""Stored: systems, their secrets and their access tokens."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.foundation.db.base import Base


class Client(Base):
    """应用系统: a system that uses the interface for its unit."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    matters: Mapped[list[str] | None] = mapped_column(JSON)
    """Matters that it works for, and whose copies it sees; None: all of its unit."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong secrets in a row."""
    failed_at: Mapped[datetime | None]
    """The last of them."""
    secrets: Mapped[list["ClientSecret"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="ClientSecret.created_at"
    )


class ClientSecret(Base):
    """系统密钥: one of at most two secrets of a client."""

    __tablename__ = "client_secrets"

    secret_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of 256 random bits: nothing that could be guessed, so nothing slow is needed."""
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), index=True)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    """End of its validity; None for the newest secret."""


class ClientToken(Base):
    """访问令牌: what a client shows for a short time instead of its secret."""

    __tablename__ = "client_tokens"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
