"""Stored: units, staff, holders' accounts, log-ins."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import one_of
from certsvc.people.rights.rules import STAFF_ROLES


class StaffMember(Base):
    """工作人员: a person of a unit who works with the service."""

    __tablename__ = "staff"

    login: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[str] = mapped_column(String(64))
    """The person behind the account, the same for every account of theirs."""
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    password_hash: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list["StaffRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class StaffRole(Base):
    """A role that a member of staff holds."""

    __tablename__ = "staff_roles"
    __table_args__ = (one_of("role", STAFF_ROLES),)

    login: Mapped[str] = mapped_column(ForeignKey("staff.login"), primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)


class HolderAccount(Base):
    """持证主体账户: how a holder logs in to fetch their own certificates."""

    __tablename__ = "holder_accounts"
    __table_args__ = (UniqueConstraint("holder_kind", "holder_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_kind: Mapped[str] = mapped_column(String(3))
    holder_code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(200))


class LogIn(Base):
    """登录会话: a bearer's proof of who they are, for a limited time."""

    __tablename__ = "log_ins"
    __table_args__ = (
        CheckConstraint("(staff_login IS NULL) <> (holder_account_id IS NULL)", "one_person"),
    )

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of the bearer token; the token itself is kept by the bearer alone."""
    staff_login: Mapped[str | None] = mapped_column(ForeignKey("staff.login"))
    holder_account_id: Mapped[int | None] = mapped_column(ForeignKey("holder_accounts.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LogInFailures(Base):
    """登录失败计数: consecutive failures for a name, and their origins."""

    __tablename__ = "log_in_failures"

    subject_hmac: Mapped[str] = mapped_column(String(64), primary_key=True)
    """HMAC of the name tried, which may be a holder's code, or no account at all; or of the name
    together with the address or the device that it was tried from.

    The key is not in the database: whoever reads it cannot try all identity numbers.
    """
    count: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(index=True)
    """The last failure."""
    locked_until_at: Mapped[datetime | None]


class FailedLogIns(Base):
    """登录失败告知: failed attempts that the owner of a name is told of at the next log-in."""

    __tablename__ = "failed_log_ins"

    subject_hmac: Mapped[str] = mapped_column(String(64), primary_key=True)
    """HMAC of the name tried."""
    count: Mapped[int]
    sources: Mapped[list[str]] = mapped_column(JSON)
    """Parts of the addresses, the first few; never a whole one."""
    last_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    """When the row expires."""
