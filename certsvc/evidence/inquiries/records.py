"""Stored: replies of departments."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base, Json


class DepartmentReply(Base):
    """反馈: a handler's reply about a holder, from their unit's records."""

    __tablename__ = "department_replies"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    type_code: Mapped[str] = mapped_column(ForeignKey("certificate_types.code"))
    holder_kind: Mapped[str] = mapped_column(String(3))
    holder_code: Mapped[str] = mapped_column(String(40))
    holder_name: Mapped[str] = mapped_column(String(100))
    fields: Mapped[Json]
    basis: Mapped[str] = mapped_column(String(500))
    """What the handler looked at: archive, volume, system."""
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    replied_by: Mapped[str] = mapped_column(ForeignKey("staff.login"))
    replied_at: Mapped[datetime]
