"""Stored: keys, what was done with them, and ceremonies; rows are only ever added.

- Triggers of the database refuse updates and deletions, as for the log.
- A row is written before a token is used, and a second row with the result.
- No row holds a PIN, a passphrase or anything of a private key.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base, Json
from certsvc.foundation.db.value_lists import one_of
from certsvc.sealing.custody.rules import KeyAction, Outcome


class CustodyKey(Base):
    """密钥: a key pair in custody."""

    __tablename__ = "custody_keys"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    uri: Mapped[str] = mapped_column(String(500), unique=True)
    """Address, see `keys.open_key`. It may name the place of a PIN, never the PIN."""
    algorithm: Mapped[str] = mapped_column(String(40))
    public_key_pem: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    ceremony_sha256: Mapped[str | None] = mapped_column(String(64))
    """The ceremony that made it; None if one person did alone."""


class CustodyEvent(Base):
    """密钥操作记录: an action on a key was begun, done or failed."""

    __tablename__ = "custody_events"
    __table_args__ = (
        UniqueConstraint("operation", "outcome"),
        one_of("action", KeyAction),
        one_of("outcome", Outcome),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(String(32))
    """Ties the beginning to its end."""
    key_name: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    ceremony_sha256: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[Json]


class CeremonyRun(Base):
    """密钥仪式: that one was begun; there can be one of each text and number."""

    __tablename__ = "ceremony_runs"

    ceremony_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    text: Mapped[str] = mapped_column(Text)
    """The file, as it was approved."""
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(80))


class CeremonyEnd(Base):
    """密钥仪式结果: how it ended; a run without one was killed in the middle."""

    __tablename__ = "ceremony_ends"
    __table_args__ = (one_of("outcome", (Outcome.DONE, Outcome.FAILED)),)

    ceremony_sha256: Mapped[str] = mapped_column(
        ForeignKey("ceremony_runs.ceremony_sha256"), primary_key=True
    )
    outcome: Mapped[str] = mapped_column(String(20))
    ended_at: Mapped[datetime]
    protocol: Mapped[str] = mapped_column(Text)
    """Canonical JSON (RFC 8785)."""
    signature_base64: Mapped[str] = mapped_column(Text)
    """Of the protocol's octets; empty if it failed before its key could sign."""
