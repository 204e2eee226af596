"""Stored: certificate types, matters, the use list."""

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.db.base import Base
from certsvc.organisations.records import Unit


class CertificateType(Base):
    """证明类型: a kind of proof that a unit can vouch for."""

    __tablename__ = "certificate_types"
    __table_args__ = (CheckConstraint("length(standard_code) = 21", "standard_code"),)

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    """Short name; also the code of its template pack."""
    standard_code: Mapped[str] = mapped_column(String(21), unique=True)
    """证照类型代码 (GB/T 36904): credit code of the defining authority and 3 digits."""
    name: Mapped[str] = mapped_column(String(100))
    producing_unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    """制作单位: the unit whose records these are."""
    excluded_ground: Mapped[str | None] = mapped_column(String(200))
    """Why it is excluded from certificate-free service (不适用), or None (市中区规则第二条)."""
    producing_unit: Mapped[Unit] = relationship(lazy="joined")


class Matter(Base):
    """事项: something a unit handles for residents or firms."""

    __tablename__ = "matters"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    excluded_ground: Mapped[str | None] = mapped_column(String(200))
    """Why no electronic proof may be used for it (不适用), or None (市中区规则第二条)."""


class UseListEntry(Base):
    """用证清单条目: a matter needs a proof, and these fields of it."""

    __tablename__ = "use_list"
    __table_args__ = (CheckConstraint("ended_on IS NULL OR ended_on > effective_on", "period"),)

    matter_code: Mapped[str] = mapped_column(ForeignKey("matters.code"), primary_key=True)
    type_code: Mapped[str] = mapped_column(ForeignKey("certificate_types.code"), primary_key=True)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    ended_on: Mapped[date | None]
    """First day on which the entry is no longer in force."""
    fields: Mapped[list[str]] = mapped_column(JSON)
    """Fields the matter needs; nothing else is given (非必要不收集)."""
