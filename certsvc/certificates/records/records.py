"""Stored: certificate records, the changes of their state, and which one replaces which.

- The state of a record stands nowhere but in its changes; triggers refuse to alter or remove one,
  and to add one that is dated before the last.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.catalogue.routes import Route
from certsvc.catalogue.types.records import CertificateType
from certsvc.certificates.records.rules import (
    BACKDATABLE,
    REASON_CODES,
    RecordAction,
    RecordState,
    RecordStatus,
)
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.db.base import Base, Json
from certsvc.foundation.db.value_lists import one_of


class CertificateRecord(Base):
    """电子证明: the verified facts about a holder, the civil document."""

    __tablename__ = "certificate_records"
    __table_args__ = (
        UniqueConstraint("id", "route", "type_code"),
        one_of("route", Route),
        one_of("status", RecordStatus),
        # Of one type, the newest first.
        Index("ix_certificate_records_type_code_issued_at_id", "type_code", "issued_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(String(120), unique=True)
    """证照标识 (GB/T 36904)."""
    type_code: Mapped[str] = mapped_column(ForeignKey("certificate_types.code"))
    route: Mapped[str] = mapped_column(String(30))
    status: Mapped[str] = mapped_column(String(20))
    """Outcome of issuing; not the present state of the record."""
    holder_kind: Mapped[str] = mapped_column(String(3))
    holder_code: Mapped[str] = mapped_column(String(40), index=True)
    holder_name: Mapped[str] = mapped_column(String(100))
    fields: Mapped[Json]
    evidence: Mapped[Json]
    pack_version: Mapped[str] = mapped_column(String(20))
    pack_digest: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime]
    valid_until: Mapped[date]

    certificate_type: Mapped[CertificateType] = relationship(lazy="joined")
    changes: Mapped[list["RecordChange"]] = relationship(
        foreign_keys="RecordChange.record_id", order_by="RecordChange.number", lazy="selectin"
    )


class RecordChange(Base):
    """状态变更: one change of a record's state; never altered, never removed."""

    __tablename__ = "record_changes"
    __table_args__ = (
        UniqueConstraint("record_id", "number"),
        UniqueConstraint("operator", "idempotency_key"),
        one_of("action", (each for each in RecordAction if each is not RecordAction.EXPIRE)),
        one_of("state_after", (each for each in RecordState if each is not RecordState.EXPIRED)),
        CheckConstraint("(number = 1) = (action = 'issue')", "first"),
        CheckConstraint("(successor_id IS NOT NULL) = (action = 'supersede')", "successor"),
        CheckConstraint("action = 'issue' OR length(trim(reason)) > 0", "reason"),
        CheckConstraint("effective_at <= recorded_at", "effective"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("certificate_records.id"))
    number: Mapped[int]
    """From 1, the issuing."""
    action: Mapped[str] = mapped_column(String(20))
    reason_code: Mapped[str] = mapped_column(String(30))
    """Reason code, public."""
    reason: Mapped[str] = mapped_column(String(500))
    """The reason as free text, for the producing unit alone; may name people."""
    state_after: Mapped[str] = mapped_column(String(20))
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    operator: Mapped[str] = mapped_column(String(80))
    person: Mapped[str | None] = mapped_column(String(60))
    """Person behind the operator's account, where one decided."""
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("certificate_records.id"))
    """Record that was issued in its place."""
    idempotency_key: Mapped[str | None] = mapped_column(String(120))
    """Digest of the operator's key (`hidden_keys`); the key itself in rows from before keys were
    hidden, since none is ever altered."""

    successor: Mapped[CertificateRecord | None] = relationship(foreign_keys=[successor_id])


class RecordChangeProposal(Base):
    """撤销、注销提议: what one person wants to end for good; another one decides (`proposals`)."""

    __tablename__ = "record_change_proposals"
    __table_args__ = (one_of("action", BACKDATABLE),)

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("certificate_records.id"), index=True)
    action: Mapped[str] = mapped_column(String(20))
    reason_code: Mapped[str] = mapped_column(String(30))
    """Class of the reason, told to anyone once it took effect; the reason is the proposal's."""
    effective_at: Mapped[datetime | None]
    """Since when it shall count; None: since it is approved."""
    idempotency_key: Mapped[str | None] = mapped_column(String(120))
    """Digest of the proposer's key (`hidden_keys`)."""
    change_id: Mapped[int | None] = mapped_column(ForeignKey("record_changes.id"))
    """The change that it became; None until it is approved."""

    proposal: Mapped[Proposal] = relationship(lazy="joined")


class RecordReplacement(Base):
    """换发、更正: that a record is issued in the place of another; written when it is allocated."""

    __tablename__ = "record_replacements"
    __table_args__ = (
        one_of("kind", REASON_CODES[RecordAction.SUPERSEDE]),
        CheckConstraint("length(trim(reason)) > 0", "reason"),
        CheckConstraint("record_id <> replaces_id", "other"),
    )

    record_id: Mapped[int] = mapped_column(ForeignKey("certificate_records.id"), primary_key=True)
    replaces_id: Mapped[int] = mapped_column(ForeignKey("certificate_records.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """The reason code with which the older record is superseded."""
    reason: Mapped[str] = mapped_column(String(500))
    altered_fields: Mapped[Json]
    """`names`: the fields whose values differ; no values."""
    person: Mapped[str | None] = mapped_column(String(60))

    replaces: Mapped[CertificateRecord] = relationship(foreign_keys=[replaces_id])
