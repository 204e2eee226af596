"""Stored: seals, their changes, authorisations and uses.

- The route is a column of seal, authorisation and certificate record alike, tied together by
  composite foreign keys: a seal of the wrong route cannot be authorised even by SQL
  (市中区规则第九条).
- A seal is never deleted, and what it is (number, name, owner, route) never changes; a change is
  never deleted, its proposal never rewritten, and what was decided stays decided. Triggers of
  the database hold this.
"""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.db.base import Base


class Seal(Base):
    """电子印章: a designated seal for certificate-free work."""

    __tablename__ = "seals"
    __table_args__ = (
        UniqueConstraint("id", "route"),
        CheckConstraint("route IN ('data_sharing', 'department_verification')", "route"),
        CheckConstraint("diameter_mm > 0", "diameter"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    """Full name, with the district's before it."""
    owner_unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    route: Mapped[str] = mapped_column(String(30))
    rim_text: Mapped[str] = mapped_column(String(60))
    """Text round the rim of the image."""
    bottom_text: Mapped[str] = mapped_column(String(30))
    """Text below the star."""
    second_line: Mapped[str] = mapped_column(String(30), default="")
    """Text below the bottom text."""
    rim_number: Mapped[str] = mapped_column(String(20), default="")
    """Number along the lowest part of the rim."""
    has_star: Mapped[bool] = mapped_column(default=True)
    """Whether a star stands in the centre."""
    uploaded_image: Mapped[bytes | None]
    """SVG or PNG used instead of drawing the words; None: they are drawn."""
    diameter_mm: Mapped[float]
    """Outer diameter of the image; of an uploaded one, its width."""
    key_uri: Mapped[str] = mapped_column(String(500))
    """Where the signing key is; see `keys.open_key`."""
    certificate_chain_pem: Mapped[str] = mapped_column(Text)
    """印章签名证书 first, then its issuers without the root."""


class SealChange(Base):
    """印章变更: a proposed change of state, and its approval or other end."""

    __tablename__ = "seal_changes"
    __table_args__ = (
        UniqueConstraint("seal_id", "number"),
        CheckConstraint(
            "action IN ('apply', 'make', 'file', 'enable', 'stop', 'cancel')", "action"
        ),
        CheckConstraint(
            "state_after IN ('applied', 'made', 'filed', 'in_use', 'stopped', 'cancelled')",
            "state_after",
        ),
        CheckConstraint("length(trim(reason)) > 0", "reason"),
        CheckConstraint("approved_by <> proposed_by", "two_people"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (approved_by IS NULL) = (state_after IS NULL)",
            "approval_whole",
        ),
        CheckConstraint(
            "(closed_by IS NULL) = (closed_at IS NULL) AND (closed_by IS NULL) = (outcome IS NULL)",
            "closing_whole",
        ),
        CheckConstraint("approved_by IS NULL OR closed_by IS NULL", "one_end"),
        CheckConstraint(
            "outcome = 'withdrawn' AND closed_by = proposed_by"
            " OR outcome = 'rejected' AND closed_by <> proposed_by",
            "outcome",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[str] = mapped_column(ForeignKey("seals.id"))
    number: Mapped[int]
    """1, 2, 3 … within the seal."""
    action: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None]
    state_after: Mapped[str | None] = mapped_column(String(20))
    """State from `approved_at` on; None until approved."""
    closed_by: Mapped[str | None] = mapped_column(String(80))
    """Who withdrew or rejected the proposal."""
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    """Withdrawn or rejected; None while it waits, and when it was approved."""


class SealAuthorisation(Base):
    """用印授权: permits one seal on one document, once, for a short time."""

    __tablename__ = "seal_authorisations"
    __table_args__ = (
        ForeignKeyConstraint(["seal_id", "route"], ["seals.id", "seals.route"]),
        ForeignKeyConstraint(
            ["record_id", "route"], ["certificate_records.id", "certificate_records.route"]
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seal_id: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    route: Mapped[str] = mapped_column(String(30))
    document_sha256: Mapped[str] = mapped_column(String(64))
    """Digest of the rendered document that may be sealed; no other may."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]


class SealUse(Base):
    """用印记录: what became of an authorisation; rows are only ever added."""

    __tablename__ = "seal_uses"
    __table_args__ = (
        UniqueConstraint("authorisation_id", "event"),
        CheckConstraint("event IN ('intended', 'sealed', 'abandoned')", "event"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    authorisation_id: Mapped[str] = mapped_column(ForeignKey("seal_authorisations.id"))
    seal_id: Mapped[str] = mapped_column(ForeignKey("seals.id"))
    event: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    operator: Mapped[str] = mapped_column(String(80))
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    identifier: Mapped[str] = mapped_column(String(120))
    copy_number: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    """Digest of the rendered document, or of the sealed file once there is one."""
