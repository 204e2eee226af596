"""Stored: the use list."""

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base


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
