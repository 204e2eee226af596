"""Stored: certificate types."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.foundation.db.base import Base
from certsvc.people.units.records import Unit


class CertificateType(Base):
    """证明类型: a kind of proof that a unit can vouch for."""

    __tablename__ = "certificate_types"
    __table_args__ = (CheckConstraint("length(standard_code) = 21", "standard_code"),)

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    """Short name; also the code of its template pack."""
    standard_code: Mapped[str] = mapped_column(String(21), unique=True)
    """证照类型代码 (GB/T 36904): credit code of the defining authority and 3 digits."""
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str | None] = mapped_column(String(200))
    """English name, shown to whoever reads English; None: the Chinese one is."""
    producing_unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    """制作单位: the unit whose records these are."""
    excluded_reason: Mapped[str | None] = mapped_column(String(200))
    """Why it is excluded from certificate-free service (不适用), or None (市中区规则第二条)."""
    producing_unit: Mapped[Unit] = relationship(lazy="joined")
