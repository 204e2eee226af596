"""Read access for custodians: proposals, the list of seals, the details of a seal.

- Plain values for a page, a terminal or a file; translating them is left to the caller.
- Everybody sees the seals of their own unit alone.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Outcome
from certsvc.foundation.approvals.service import waits_for
from certsvc.foundation.approvals.standing import standing
from certsvc.foundation.clock import china_day
from certsvc.people.accounts.records import StaffMember
from certsvc.people.rights.rules import Actor, Permission, require, require_unit, signatory
from certsvc.people.units.service import get_unit
from certsvc.sealing.register.errors import SealUnknownError
from certsvc.sealing.register.history import find_state_change_at, find_version_at, list_changes
from certsvc.sealing.register.limits import certificate_stop_at, count_uses, count_uses_on
from certsvc.sealing.register.records import Seal, SealChange, SealVersion
from certsvc.sealing.register.rules import SYSTEM
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.versions import (
    scope_of,
    signing_certificates,
    values_of,
)

_MOST_COUNTED = 100
"""Counting stops at this number."""


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """A change of a seal, proposed or decided."""

    id: int
    """What it is approved, rejected or withdrawn by."""
    seal_id: str
    """Number of the seal."""
    seal_name: str
    """Its name."""
    number: int
    """1, 2, 3 … within the seal."""
    action: str
    """`SealAction`."""
    reason: str
    """Why, in the proposer's words; of a stop by the system its `StopReasonCode`."""
    by_system: bool
    """Whether the system itself stopped the seal."""
    proposed_by: str
    """Account."""
    proposer_name: str
    """Name of whoever has it now; empty if nobody has."""
    proposed_at: datetime
    """When."""
    decided_by: str | None
    """Account that approved, rejected or withdrew it."""
    decider_name: str
    """Name of whoever has it now; empty if nobody has."""
    decided_at: datetime | None
    """When."""
    decision_reason: str | None
    """Why it was approved or rejected, in the words of who did."""
    outcome: str
    """`waiting`, `expired`, `approved`, `rejected` or `withdrawn`."""
    expires_at: datetime
    """Until when it can be approved."""
    state_after: str | None
    """`SealState` that it led to."""
    altered: tuple[tuple[str, object, object], ...] = ()
    """Of a 变更: entry, what it was, what it becomes. Images and certificates as they are."""


@dataclass(frozen=True, kw_only=True)
class SealLine:
    """A seal in a list."""

    id: str
    """Number."""
    name: str
    """Full name."""
    route: str
    """The one route it is for."""
    state: str
    """`SealState`, or `none` before its application was approved."""
    certificate_ends_at: datetime
    """When its signing certificate ends."""
    uses: int
    """How often it was authorised in its life."""


@dataclass(frozen=True, kw_only=True)
class SealCard:
    """Details of a seal for custodians."""

    line: SealLine
    """Its line in the list."""
    owner_code: str
    """Unit that owns it."""
    owner_name: str
    """Its name."""
    since: datetime | None
    """Since when it is in its state."""
    certificate: x509.Certificate
    """印章签名证书 in force."""
    stops_at: datetime
    """When the system stops it because the certificate ends."""
    scope: SealScope
    """What it may be used for."""
    uses_today: int
    """How often it was authorised today."""
    history: tuple[ChangeLine, ...]
    """All changes, in the order of their proposals."""
    seal: Seal
    """The register's entry; `SealCredentials.draw` makes its picture."""


def list_seals(session: Session, *, actor: Actor, now: datetime) -> list[SealLine]:
    """List the seals of the actor's unit.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    require(actor, Permission.READ_SEALS)
    seals = select(Seal).where(Seal.owner_unit_code == actor.unit_code).order_by(Seal.id)
    return [_line(session, seal, now) for seal in session.scalars(seals)]


def get_seal_card(session: Session, seal_id: str, *, actor: Actor, now: datetime) -> SealCard:
    """Return the card of a seal.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        SealUnknownError: there is no such seal.
        ForeignUnitError: it is another unit's.
    """
    seal = get_readable_seal(session, seal_id, actor=actor)
    # Before its application is approved, what was applied for is shown.
    version = find_version_at(session, seal_id, now) or _last_version(session, seal_id)
    change = find_state_change_at(session, seal_id, now)
    return SealCard(
        line=_line(session, seal, now),
        owner_code=seal.owner_unit_code,
        owner_name=get_unit(session, seal.owner_unit_code).name,
        since=change.approved_at if change else None,
        certificate=signing_certificates(version)[0],
        stops_at=certificate_stop_at(version),
        scope=scope_of(version),
        uses_today=count_uses_on(session, seal_id, china_day(now)),
        history=tuple(
            _change_line(session, each, seal, now) for each in list_changes(session, seal_id)
        ),
        seal=seal,
    )


def get_readable_seal(session: Session, seal_id: str, *, actor: Actor) -> Seal:
    """Return a seal that the actor may read about.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        SealUnknownError: there is no such seal.
        ForeignUnitError: it is another unit's.
    """
    require(actor, Permission.READ_SEALS)
    seal = session.get(Seal, seal_id)
    if seal is None:
        raise SealUnknownError
    require_unit(actor, seal.owner_unit_code)
    return seal


def list_waiting(session: Session, *, actor: Actor, now: datetime) -> list[ChangeLine]:
    """List the proposals that wait for the actor: of their unit, and by another person.

    Raises:
        PermissionDeniedError: the actor may not approve.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    waiting = (
        select(SealChange, Seal)
        .join(Seal, Seal.id == SealChange.seal_id)
        .join(Proposal, Proposal.id == SealChange.proposal_id)
        .where(Seal.owner_unit_code == actor.unit_code, waits_for(signatory(actor), now))
        .order_by(Proposal.proposed_at, SealChange.id)
    )
    return [_change_line(session, change, seal, now) for change, seal in session.execute(waiting)]


def count_waiting(session: Session, *, actor: Actor, now: datetime) -> int:
    """Count the proposals that wait for the actor, up to a hundred.

    Raises:
        PermissionDeniedError: the actor may not approve.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    waiting = (
        select(SealChange.id)
        .join(Seal, Seal.id == SealChange.seal_id)
        .join(Proposal, Proposal.id == SealChange.proposal_id)
        .where(Seal.owner_unit_code == actor.unit_code, waits_for(signatory(actor), now))
    )
    return len(session.scalars(waiting.limit(_MOST_COUNTED)).all())


def _line(session: Session, seal: Seal, now: datetime) -> SealLine:
    change = find_state_change_at(session, seal.id, now)
    return SealLine(
        id=seal.id,
        name=seal.name,
        route=seal.route,
        state=(change.state_after if change else None) or "none",
        certificate_ends_at=signing_certificates(seal)[0].not_valid_after_utc,
        uses=count_uses(session, seal.id),
    )


def _last_version(session: Session, seal_id: str) -> SealVersion:
    of_seal = select(SealVersion).where(SealVersion.seal_id == seal_id)
    return session.scalars(of_seal.order_by(SealVersion.change_id.desc()).limit(1)).one()


def _change_line(session: Session, change: SealChange, seal: Seal, now: datetime) -> ChangeLine:
    proposal = change.proposal
    decided_by = proposal.decided_by if proposal else SYSTEM
    return ChangeLine(
        id=change.id,
        seal_id=seal.id,
        seal_name=seal.name,
        number=change.number,
        action=change.action,
        reason=change.reason,
        by_system=proposal is None,
        proposed_by=change.proposed_by,
        proposer_name=_name_of(session, change.proposed_by),
        proposed_at=change.proposed_at,
        decided_by=decided_by,
        decider_name=_name_of(session, decided_by),
        decided_at=proposal.decided_at if proposal and decided_by else change.approved_at,
        decision_reason=proposal.decision_reason if proposal else None,
        outcome=standing(proposal, now) if proposal else Outcome.APPROVED,
        expires_at=proposal.expires_at if proposal else change.proposed_at,
        state_after=change.state_after,
        altered=_altered(session, change),
    )


def _altered(session: Session, change: SealChange) -> tuple[tuple[str, object, object], ...]:
    version = session.get(SealVersion, change.id)
    before = find_version_at(session, change.seal_id, change.proposed_at)
    if version is None or before is None or before.change_id == version.change_id:
        return ()
    old, new = values_of(before), values_of(version)
    return tuple((name, old[name], new[name]) for name in new if old[name] != new[name])


def _name_of(session: Session, account: str | None) -> str:
    member = session.get(StaffMember, (account or "").removeprefix("staff:"))
    return member.name if member else ""
