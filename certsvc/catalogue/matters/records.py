"""Stored: matters."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base


class Matter(Base):
    """事项: something a unit handles for residents or firms."""

    __tablename__ = "matters"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str | None] = mapped_column(String(200))
    """English name, shown to whoever reads English; None: the Chinese one is."""
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    excluded_reason: Mapped[str | None] = mapped_column(String(200))
    """Why no electronic proof may be used for it (不适用), or None (市中区规则第二条)."""
