"""Stored: units."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of
from certsvc.people.units.rules import UnitKind


class Unit(Base):
    """单位: a government or public-service unit."""

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint("length(code) = 18", "credit_code"),
        one_of("kind", UnitKind),
    )

    code: Mapped[str] = mapped_column(String(18), primary_key=True)
    """Unified social credit code (GB 32100)."""
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    area_code: Mapped[str] = mapped_column(String(6))
    """GB/T 2260."""
