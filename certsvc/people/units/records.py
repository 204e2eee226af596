"""Stored: units."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base


class Unit(Base):
    """单位: a government or public-service unit."""

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint("length(code) = 18", "credit_code"),
        CheckConstraint("kind IN ('government', 'public_service')", "kind"),
    )

    code: Mapped[str] = mapped_column(String(18), primary_key=True)
    """Unified social credit code (GB 32100)."""
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    area_code: Mapped[str] = mapped_column(String(6))
    """GB/T 2260."""
