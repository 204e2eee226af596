"""Stored: seals, their changes and versions, authorisations and uses.

- Route, certificate type and unit are columns of authorisation, certificate record and copy
  alike, tied together by composite foreign keys: a seal of the wrong route cannot be authorised
  even by SQL (市中区规则第九条). A trigger refuses what the scope in force does not permit.
- A seal is never deleted, and what it is (number, name, owner, route) never changes; a change is
  never deleted, its proposal and the version that comes with it never rewritten, and what was
  decided stays decided. Triggers of the database hold this.
- Image, signing certificates and key of a seal are those of its last approved version; a trigger
  refuses anything else.
- No change takes effect without its proposal approved; the system alone may stop a seal.
- No change takes effect before the seal's last one: the register's time runs forward.
- An authorisation has numbers that no other has: its place in the seal's life and in the day.
  They are the count, and a trigger keeps them within the limits.
"""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certsvc.catalogue.routes import Route
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import leads_to, one_of
from certsvc.sealing.register.rules import SEAL_LIFE, SYSTEM, SealAction, SealState, SealUseEvent


class SealContent:
    """The parts of a seal that can be changed: image, signing certificates and key."""

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


CONTENT_COLUMNS = (
    "rim_text",
    "bottom_text",
    "second_line",
    "rim_number",
    "has_star",
    "uploaded_image",
    "diameter_mm",
    "key_uri",
    "certificate_chain_pem",
)


class Seal(SealContent, Base):
    """电子印章: a designated seal for certificate-free work, as it is now."""

    __tablename__ = "seals"
    __table_args__ = (
        UniqueConstraint("id", "route"),
        one_of("route", Route),
        CheckConstraint("diameter_mm > 0", "diameter"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    """Full name, with the district's before it."""
    owner_unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    route: Mapped[str] = mapped_column(String(30))


class SealChange(Base):
    """印章变更: a change of state that was proposed, and whether it took effect.

    Who proposed and who decided stands in its `Proposal`.
    """

    __tablename__ = "seal_changes"
    __table_args__ = (
        UniqueConstraint("seal_id", "number"),
        UniqueConstraint("seal_id", "took_effect"),
        UniqueConstraint("id", "seal_id"),
        one_of("action", SealAction),
        one_of("state_after", SealState),
        leads_to("state_of_action", "action", "state_after", SEAL_LIFE),
        CheckConstraint(
            "(approved_at IS NULL) = (state_after IS NULL)"
            " AND (approved_at IS NULL) = (took_effect IS NULL)",
            "effect_whole",
        ),
        CheckConstraint(
            "proposal_id IS NOT NULL AND stop_reason_code IS NULL OR proposal_id IS NULL"
            " AND stop_reason_code IS NOT NULL AND action = 'stop' AND took_effect IS NOT NULL",
            "by_people_or_system",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[str] = mapped_column(ForeignKey("seals.id"))
    number: Mapped[int]
    """1, 2, 3 … within the seal."""
    action: Mapped[str] = mapped_column(String(20))
    version_sha256: Mapped[str | None] = mapped_column(String(64))
    """Digest of the version that it carries, as it was proposed; None if it carries none."""
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"), unique=True)
    """Who proposed and who decided; None where the system stopped the seal."""
    stop_reason_code: Mapped[str | None] = mapped_column(String(20))
    """`StopReasonCode` of a stop by the system."""
    approved_at: Mapped[datetime | None]
    """When it took effect: the instant of the approval, or of the stop."""
    state_after: Mapped[str | None] = mapped_column(String(20))
    """State from `approved_at` on; None until approved."""
    took_effect: Mapped[int | None]
    """1, 2, 3 … in the order of taking effect within the seal; None until approved."""

    proposal: Mapped[Proposal | None] = relationship(lazy="selectin")

    @property
    def reason(self) -> str:
        """Why it was proposed; of a stop by the system its `StopReasonCode`."""
        return self.proposal.reason if self.proposal else str(self.stop_reason_code)

    @property
    def proposed_by(self) -> str:
        """Account that proposed it, or the system."""
        return self.proposal.proposed_by if self.proposal else SYSTEM

    @property
    def proposed_person(self) -> str:
        """The person behind that account."""
        return self.proposal.proposed_person if self.proposal else SYSTEM

    @property
    def proposed_at(self) -> datetime:
        """When it was proposed; of a stop by the system when it took effect."""
        proposed_at = self.proposal.proposed_at if self.proposal else self.approved_at
        if proposed_at is None:
            raise ValueError(self.id)  # the database refuses such rows
        return proposed_at


class SealVersion(SealContent, Base):
    """印章版本: what a seal shall be once the change that carries it is approved."""

    __tablename__ = "seal_versions"
    __table_args__ = (
        ForeignKeyConstraint(["change_id", "seal_id"], ["seal_changes.id", "seal_changes.seal_id"]),
        UniqueConstraint("change_id", "seal_id"),
        CheckConstraint("diameter_mm > 0", "diameter"),
        CheckConstraint("daily_limit > 0", "daily_limit"),
        CheckConstraint("total_limit > 0", "total_limit"),
        CheckConstraint("stop_before_days BETWEEN 0 AND 365", "stop_before_days"),
    )

    change_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Change that carries it: 申请, 变更 or 变更使用范围."""
    seal_id: Mapped[str] = mapped_column(String(40))
    service_hours: Mapped[str] = mapped_column(String(200))
    """When it may be used, as `ServiceHours` reads it; empty: at any time."""
    daily_limit: Mapped[int | None]
    total_limit: Mapped[int | None]
    stop_before_days: Mapped[int]
    """How many days before its signing certificate ends the system stops it."""

    types: Mapped[list["SealVersionType"]] = relationship(lazy="selectin", cascade="all")
    """Certificate types; none: every one."""
    units: Mapped[list["SealVersionUnit"]] = relationship(lazy="selectin", cascade="all")
    """Units that may have something sealed; none: every one."""
    certificate: Mapped["SealVersionCertificate"] = relationship(cascade="all")
    """Index entry for its signing certificate."""


class SealVersionCertificate(Base):
    """Serial number and issuer of a version's certificate, to find the seal of a signature."""

    __tablename__ = "seal_version_certificates"
    __table_args__ = (Index("ix_seal_version_certificates_serial_issuer", "serial", "issuer"),)

    change_id: Mapped[int] = mapped_column(
        ForeignKey("seal_versions.change_id"), primary_key=True, autoincrement=False
    )
    serial: Mapped[str] = mapped_column(String(64))
    """Serial number, hexadecimal."""
    issuer: Mapped[str] = mapped_column(Text)
    """Common name of its issuer."""


class SealVersionType(Base):
    """A certificate type that a version of a seal permits."""

    __tablename__ = "seal_version_types"

    change_id: Mapped[int] = mapped_column(ForeignKey("seal_versions.change_id"), primary_key=True)
    type_code: Mapped[str] = mapped_column(ForeignKey("certificate_types.code"), primary_key=True)


class SealVersionUnit(Base):
    """A unit that a version of a seal permits to have something sealed."""

    __tablename__ = "seal_version_units"

    change_id: Mapped[int] = mapped_column(ForeignKey("seal_versions.change_id"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)


class SealKeyTrial(Base):
    """密钥试签: a test signature with the key that a change would give to a seal.

    Rows are only ever added. Whoever has the certificate can check the signature.
    """

    __tablename__ = "seal_key_trials"
    __table_args__ = (CheckConstraint("(error = '') = (length(signature_base64) > 0)", "outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("seal_changes.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    key_uri: Mapped[str] = mapped_column(String(500))
    """Address that was opened."""
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the certificate whose public key the signature was checked with."""
    statement: Mapped[str] = mapped_column(Text)
    """What was signed: says that it is a trial and no document, with a random number."""
    algorithm: Mapped[str] = mapped_column(String(40))
    """How; empty if the key could not be opened."""
    signature_base64: Mapped[str] = mapped_column(Text)
    """Of exactly these octets, detached; empty if there is none, or it is another key's."""
    error: Mapped[str] = mapped_column(String(80))
    """Code of what went wrong; empty: the signature is good."""


class SealAuthorisation(Base):
    """用印授权: permits one seal on one document, once, for a short time."""

    __tablename__ = "seal_authorisations"
    __table_args__ = (
        UniqueConstraint("id", "seal_id"),
        UniqueConstraint("seal_id", "number"),
        UniqueConstraint("seal_id", "used_on", "number_of_day"),
        CheckConstraint("number > 0", "number"),
        CheckConstraint("number_of_day > 0", "number_of_day"),
        ForeignKeyConstraint(["seal_id", "route"], ["seals.id", "seals.route"]),
        ForeignKeyConstraint(
            ["version_id", "seal_id"], ["seal_versions.change_id", "seal_versions.seal_id"]
        ),
        ForeignKeyConstraint(
            ["record_id", "route", "type_code"],
            [
                "certificate_records.id",
                "certificate_records.route",
                "certificate_records.type_code",
            ],
        ),
        ForeignKeyConstraint(
            ["copy_number", "record_id", "unit_code"],
            [
                "extractions.copy_number",
                "extractions.record_id",
                "extractions.extracting_unit_code",
            ],
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seal_id: Mapped[str] = mapped_column(String(40))
    version_id: Mapped[int]
    """Version of the seal; another one needs another authorisation."""
    number: Mapped[int]
    """1, 2, 3 … in the life of the seal."""
    used_on: Mapped[date]
    """Day of China Standard Time."""
    number_of_day: Mapped[int]
    """1, 2, 3 … of that day."""
    record_id: Mapped[int]
    route: Mapped[str] = mapped_column(String(30))
    type_code: Mapped[str] = mapped_column(String(60))
    copy_number: Mapped[str] = mapped_column(String(40))
    unit_code: Mapped[str] = mapped_column(String(18))
    """Extracting unit."""
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
        Index("ix_seal_uses_seal_id_unit_code", "seal_id", "unit_code"),
        Index("ix_seal_uses_seal_id_event_at_id", "seal_id", "event", "at", "id"),
        one_of("event", SealUseEvent),
        ForeignKeyConstraint(
            ["authorisation_id", "seal_id"],
            ["seal_authorisations.id", "seal_authorisations.seal_id"],
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    authorisation_id: Mapped[str] = mapped_column(String(32))
    seal_id: Mapped[str] = mapped_column(ForeignKey("seals.id"))
    event: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(index=True)
    operator: Mapped[str] = mapped_column(String(80))
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    identifier: Mapped[str] = mapped_column(String(120))
    """证照标识 of the certificate record."""
    copy_number: Mapped[str] = mapped_column(String(40), index=True)
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the signing certificate of the authorised version."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Digest of the rendered document, or of the sealed file once there is one."""
