"""Stored: which number of the identity platform is which account of staff."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base


class StaffIdentity(Base):
    """统一身份: the number by which an identity platform knows a member of staff."""

    __tablename__ = "staff_identities"
    __table_args__ = (UniqueConstraint("issuer", "login"),)

    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("staff.login"))
    linked_at: Mapped[datetime]
