"""Stored: sealed copies."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.catalogue.matters.records import Matter
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.db.base import Base
from certsvc.people.units.records import Unit


class Extraction(Base):
    """提取件: one sealed copy of a certificate record."""

    __tablename__ = "extractions"
    __table_args__ = (
        UniqueConstraint("copy_number", "record_id", "extracting_unit_code"),
        CheckConstraint("length(trim(purpose)) > 0", "purpose"),
        # Of one record or holder, and of one unit, the newest first.
        Index("ix_extractions_record_id_extracted_at", "record_id", "extracted_at"),
        Index(
            "ix_extractions_extracting_unit_code_extracted_at_copy_number",
            "extracting_unit_code",
            "extracted_at",
            "copy_number",
        ),
        # The same by other orders, and of one matter.
        Index(
            "ix_extractions_unit_valid_until",
            "extracting_unit_code",
            "valid_until",
            "copy_number",
        ),
        Index(
            "ix_extractions_unit_matter",
            "extracting_unit_code",
            "matter_code",
            "extracted_at",
            "copy_number",
        ),
    )

    copy_number: Mapped[str] = mapped_column(String(40), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("certificate_records.id"))
    extracting_unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    matter_code: Mapped[str] = mapped_column(ForeignKey("matters.code"))
    purpose: Mapped[str] = mapped_column(String(200))
    extracted_at: Mapped[datetime]
    valid_until: Mapped[date]
    operator: Mapped[str] = mapped_column(String(80))
    verify_code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    object_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Name of the file as it was sealed, in the object store; None until published."""
    archived_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Name of the same file with archive timestamps; None until it was archived."""

    record: Mapped[CertificateRecord] = relationship(lazy="joined")
    matter: Mapped[Matter] = relationship(lazy="joined")
    extracting_unit: Mapped[Unit] = relationship(lazy="joined")
    withdrawal: Mapped["CopyWithdrawal | None"] = relationship(lazy="joined")

    @property
    def stored_sha256(self) -> str | None:
        """Name of the file as it is handed out now; None until published."""
        return self.archived_sha256 or self.object_sha256


class CopyWithdrawal(Base):
    """撤回: withdrawal of a copy by the unit that extracted it; the record is not affected."""

    __tablename__ = "copy_withdrawals"
    __table_args__ = (CheckConstraint("length(trim(reason)) > 0", "reason"),)

    copy_number: Mapped[str] = mapped_column(
        ForeignKey("extractions.copy_number"), primary_key=True
    )
    reason_code: Mapped[str] = mapped_column(String(30))
    """Reason code."""
    reason: Mapped[str] = mapped_column(String(500))
    """The reason as free text, for the extracting unit alone."""
    operator: Mapped[str] = mapped_column(String(80))
    person: Mapped[str] = mapped_column(String(60))
    """Person behind the operator's account; of a system its name, as `operator` has it."""
    withdrawn_at: Mapped[datetime]
