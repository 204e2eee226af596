"""Stored: certificate records."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.catalogue.records import CertificateType
from certsvc.db.base import Base, Json


class CertificateRecord(Base):
    """电子证明: the verified facts about a holder, the civil document."""

    __tablename__ = "certificate_records"
    __table_args__ = (
        UniqueConstraint("id", "route", "type_code"),
        CheckConstraint("route IN ('data_sharing', 'department_verification')", "route"),
        CheckConstraint("status IN ('allocated', 'issued', 'voided')", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(String(120), unique=True)
    """证照标识 (GB/T 36904)."""
    type_code: Mapped[str] = mapped_column(ForeignKey("certificate_types.code"))
    route: Mapped[str] = mapped_column(String(30))
    status: Mapped[str] = mapped_column(String(20))
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
