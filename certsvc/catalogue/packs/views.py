"""Read access to the register of pack versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import (
    NoVersionInForceError,
    VersionState,
)
from certsvc.catalogue.packs.service import get_in_force, get_version_row, open_files
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Outcome
from certsvc.foundation.approvals.service import waits_for
from certsvc.foundation.approvals.standing import standing
from certsvc.foundation.clock import china_day
from certsvc.people.accounts.records import StaffMember
from certsvc.people.rights.rules import Actor, Permission, require, signatory
from templates.packs import TemplatePack

_STAFF = "staff:"
_MOST_COUNTED = 100
"""Counting stops at this number."""


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """A version as it is listed."""

    id: int
    """Number of the proposal."""
    code: str
    version: str
    digest: str
    title: str
    effective_on: date
    """Day in Shanghai from which papers are set with it."""
    state: VersionState
    reason: str
    proposed_by: str
    proposer_name: str
    proposed_at: datetime
    decided_by: str | None
    decider_name: str | None
    decided_at: datetime | None
    decision_reason: str | None


def list_versions(
    session: Session, *, actor: Actor, now: datetime, code: str = ""
) -> list[VersionLine]:
    """List all versions, or those of one pack: by code, the latest proposal first.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    require(actor, Permission.READ_PACKS)
    found = select(PackVersion).order_by(PackVersion.code, PackVersion.id.desc())
    if code:
        found = found.where(PackVersion.code == code)
    return _lines(session, session.scalars(found).all(), now)


def count_waiting(session: Session, *, actor: Actor, now: datetime) -> int:
    """Count the versions that wait for the actor, up to a hundred.

    Raises:
        PermissionDeniedError: the actor may not approve.
    """
    require(actor, Permission.APPROVE_PACK)
    waiting = (
        select(PackVersion.id)
        .join(Proposal, Proposal.id == PackVersion.proposal_id)
        .where(waits_for(signatory(actor), now))
    )
    return len(session.scalars(waiting.limit(_MOST_COUNTED)).all())


def get_version(session: Session, version_id: int, *, actor: Actor, now: datetime) -> VersionLine:
    """Return one version.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        ProposalUnknownError: there is none.
    """
    return _lines(session, [_readable(session, version_id, actor)], now)[0]


def open_version(session: Session, version_id: int, *, actor: Actor) -> TemplatePack:
    """Return the pack that a version keeps, to look at.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        ProposalUnknownError: there is none.
        PackVersionTamperedError: the files are not those that were proposed.
    """
    return open_files(_readable(session, version_id, actor))


def _readable(session: Session, version_id: int, actor: Actor) -> PackVersion:
    require(actor, Permission.READ_PACKS)
    return get_version_row(session, version_id)


def _lines(session: Session, versions: Sequence[PackVersion], now: datetime) -> list[VersionLine]:
    proposals = [version.proposal for version in versions]
    logins = {proposal.proposed_by for proposal in proposals}
    logins |= {proposal.decided_by for proposal in proposals if proposal.decided_by}
    names = _names(session, {login.removeprefix(_STAFF) for login in logins})
    in_force = {
        code: _id_in_force(session, code, china_day(now))
        for code in {version.code for version in versions}
    }
    return [
        VersionLine(
            id=version.id,
            code=version.code,
            version=version.version,
            digest=version.digest,
            title=version.title,
            effective_on=version.effective_on,
            state=_state(version, in_force[version.code], now),
            reason=version.proposal.reason,
            proposed_by=version.proposal.proposed_by,
            proposer_name=names.get(version.proposal.proposed_by.removeprefix(_STAFF), ""),
            proposed_at=version.proposal.proposed_at,
            decided_by=version.proposal.decided_by,
            decider_name=names.get((version.proposal.decided_by or "").removeprefix(_STAFF)),
            decided_at=version.proposal.decided_at if version.proposal.decided_by else None,
            decision_reason=version.proposal.decision_reason,
        )
        for version in versions
    ]


def _names(session: Session, logins: set[str]) -> dict[str, str]:
    rows = session.execute(
        select(StaffMember.login, StaffMember.name).where(StaffMember.login.in_(logins))
    )
    return {str(row.login): str(row.name) for row in rows}


def _id_in_force(session: Session, code: str, on: date) -> int | None:
    try:
        return get_in_force(session, code, on=on).id
    except NoVersionInForceError:
        return None


def _state(version: PackVersion, in_force: int | None, now: datetime) -> VersionState:
    stands = standing(version.proposal, now)
    if stands != Outcome.APPROVED:
        return VersionState(stands)
    if version.id == in_force:
        return VersionState.IN_FORCE
    planned = version.effective_on > china_day(now)
    return VersionState.PLANNED if planned else VersionState.REPLACED
