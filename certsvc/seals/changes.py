"""Entering seals in the register and changing them, by two people (市中区规则第九条).

- No seal is entered without a proposal of 申请; no change takes effect without the approval of
  somebody else. Both belong to the unit that owns the seal.
- One proposal waits at a time. It ends by approval, withdrawal, rejection, or after a week.
- Every step goes into the log, with the digest of the signing certificate at the application.
"""

from datetime import datetime

from cryptography.hazmat.primitives import hashes
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certsvc.organisations.rules import Actor, Permission, require, require_unit
from certsvc.organisations.service import get_unit
from certsvc.seals.applications import SealApplication, check_application
from certsvc.seals.errors import (
    ChangePendingError,
    ChangeUnknownError,
    ForeignProposalError,
    OwnProposalError,
    ProposalExpiredError,
    ReasonMissingError,
    SealRegisteredError,
    SealUnknownError,
)
from certsvc.seals.records import Seal, SealChange
from certsvc.seals.rules import (
    PROPOSAL_LIFETIME,
    ProposalOutcome,
    SealAction,
    SealState,
    next_state,
)
from certsvc.transparency.service import append_entry

REASON_MAX_LENGTH = 500


def apply_for_seal(
    session: Session, *, application: SealApplication, actor: Actor, now: datetime
) -> SealChange:
    """Enter a seal in the register together with the proposal to take it up (申请).

    Until another person approves it the seal has no state. An application that came to nothing
    can be made again under the same number, name, owner and route, its other entries corrected.

    Raises:
        PermissionDeniedError: the actor may not propose.
        ForeignUnitError: the actor does not belong to the owner.
        UnitUnknownError: there is no such owner.
        SealApplicationInvalidError: an entry is missing, too long or malformed.
        SealCertificateUnusableError: the certificates cannot be used.
        UploadedImageError: the uploaded image cannot be used.
        ReasonMissingError: no reason, or one that is too long.
        SealRegisteredError: the number or the name is another seal's.
        ChangePendingError: the same application waits already.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    require_unit(actor, application.owner_unit_code)
    get_unit(session, application.owner_unit_code)
    leaf = check_application(application, now=now)
    reason = _clean_reason(application.reason)
    seal = _enter(session, application, now)
    return _propose(
        session,
        seal,
        SealAction.APPLY,
        reason=reason,
        actor=actor,
        now=now,
        route=seal.route,
        certificate_sha256=leaf.fingerprint(hashes.SHA256()).hex(),
    )


def propose_change(
    session: Session, *, seal_id: str, action: SealAction, reason: str, actor: Actor, now: datetime
) -> SealChange:
    """Propose a change of a seal; nothing changes until another person approves it.

    Raises:
        PermissionDeniedError: the actor may not propose.
        SealUnknownError: no such seal.
        ForeignUnitError: the seal is another unit's.
        ReasonMissingError: no reason, or one that is too long.
        ChangePendingError: another change waits.
        SealTransitionError: the seal's state does not permit the change.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    seal = session.get(Seal, seal_id, with_for_update=True)
    if seal is None:
        raise SealUnknownError
    require_unit(actor, seal.owner_unit_code)
    return _propose(session, seal, action, reason=_clean_reason(reason), actor=actor, now=now)


def approve_change(session: Session, *, change_id: int, actor: Actor, now: datetime) -> SealState:
    """Approve a change that another person proposed, and return the new state.

    1. The actor may approve, and belongs to the unit that owns the seal.
    2. The proposal waits, and is not older than a week.
    3. Somebody else proposed it.
    4. The seal's state, locked until the transaction ends, still permits it.

    Raises:
        PermissionDeniedError: the actor may not approve.
        ChangeUnknownError: no such change waits.
        ForeignUnitError: the seal is another unit's.
        OwnProposalError: the actor proposed it.
        ProposalExpiredError: it waited too long.
        SealTransitionError: the seal's state does not permit it any more.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    change = _waiting_change(session, change_id, actor)
    if change.proposed_by == actor.id:
        raise OwnProposalError
    if _has_expired(change, now):
        raise ProposalExpiredError(days=PROPOSAL_LIFETIME.days)
    state = next_state(state_at(session, change.seal_id, now), SealAction(change.action))
    change.approved_by, change.approved_at, change.state_after = actor.id, now, state.value
    session.flush()
    _log(session, "approved", change, actor, now, state=state.value)
    return state


def withdraw_change(session: Session, *, change_id: int, actor: Actor, now: datetime) -> None:
    """Take back a proposal of one's own that nobody has decided on (撤回).

    Raises:
        PermissionDeniedError: the actor may not propose.
        ChangeUnknownError: no such change waits.
        ForeignUnitError: the seal is another unit's.
        ForeignProposalError: somebody else proposed it.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    change = _waiting_change(session, change_id, actor)
    if change.proposed_by != actor.id:
        raise ForeignProposalError
    _close(session, change, ProposalOutcome.WITHDRAWN, actor, now)


def reject_change(session: Session, *, change_id: int, actor: Actor, now: datetime) -> None:
    """Refuse a proposal that another person made (驳回).

    Raises:
        PermissionDeniedError: the actor may not approve, so may not refuse either.
        ChangeUnknownError: no such change waits.
        ForeignUnitError: the seal is another unit's.
        OwnProposalError: the actor proposed it.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    change = _waiting_change(session, change_id, actor)
    if change.proposed_by == actor.id:
        raise OwnProposalError
    _close(session, change, ProposalOutcome.REJECTED, actor, now)


def state_at(session: Session, seal_id: str, at: datetime) -> SealState | None:
    """Return a seal's state at an instant, past or present; None before its application."""
    state = session.scalar(
        select(SealChange.state_after)
        .where(SealChange.seal_id == seal_id, SealChange.approved_at <= at)
        .order_by(SealChange.number.desc())
        .limit(1)
    )
    return SealState(state) if state else None


def _enter(session: Session, application: SealApplication, now: datetime) -> Seal:
    same = select(Seal).where((Seal.id == application.id) | (Seal.name == application.name))
    seal = session.scalars(same.with_for_update()).first()
    if seal is None:
        seal = Seal(**application.entries())
        session.add(seal)
        try:
            session.flush()
        except IntegrityError as error:
            # Another application with this number or name was a moment faster.
            raise SealRegisteredError from error
        return seal
    identity = (application.id, application.name, application.owner_unit_code, application.route)
    if (
        identity != (seal.id, seal.name, seal.owner_unit_code, seal.route)
        or state_at(session, seal.id, now) is not None
    ):
        raise SealRegisteredError
    _require_nothing_waits(_last_change(session, seal.id), now)
    for column, value in application.entries().items():
        if getattr(seal, column) != value:
            setattr(seal, column, value)
    return seal


def _propose(
    session: Session,
    seal: Seal,
    action: SealAction,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    **details: str,
) -> SealChange:
    last = _last_change(session, seal.id)
    _require_nothing_waits(last, now)
    next_state(state_at(session, seal.id, now), action)
    change = SealChange(
        seal_id=seal.id,
        number=(last.number if last else 0) + 1,
        action=action.value,
        reason=reason,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(change)
    session.flush()
    _log(session, "proposed", change, actor, now, **details)
    return change


def _close(
    session: Session, change: SealChange, outcome: ProposalOutcome, actor: Actor, now: datetime
) -> None:
    change.closed_by, change.closed_at, change.outcome = actor.id, now, outcome.value
    session.flush()
    _log(session, outcome.value, change, actor, now)


def _log(
    session: Session, event: str, change: SealChange, actor: Actor, now: datetime, **details: str
) -> None:
    # The reason is free text and may name people, so it stays in the register.
    append_entry(
        session,
        kind=f"seal.change-{event}",
        actor=actor.id,
        subject=change.seal_id,
        details={"number": change.number, "action": change.action} | details,
        now=now,
    )


def _waiting_change(session: Session, change_id: int, actor: Actor) -> SealChange:
    """Return a change nobody has decided on, it and its seal locked until the transaction ends."""
    seal_id = session.scalar(select(SealChange.seal_id).where(SealChange.id == change_id))
    if seal_id is None:
        raise ChangeUnknownError
    seal = session.get_one(Seal, seal_id, with_for_update=True)
    change = session.get_one(SealChange, change_id, with_for_update=True, populate_existing=True)
    if change.approved_at is not None or change.closed_at is not None:
        raise ChangeUnknownError
    require_unit(actor, seal.owner_unit_code)
    return change


def _require_nothing_waits(last: SealChange | None, now: datetime) -> None:
    if last is None or last.approved_at is not None or last.closed_at is not None:
        return
    if not _has_expired(last, now):
        raise ChangePendingError


def _has_expired(change: SealChange, now: datetime) -> bool:
    return now - change.proposed_at > PROPOSAL_LIFETIME


def _clean_reason(reason: str) -> str:
    if not 0 < len(reason.strip()) <= REASON_MAX_LENGTH:
        raise ReasonMissingError(longest=REASON_MAX_LENGTH)
    return reason.strip()


def _last_change(session: Session, seal_id: str) -> SealChange | None:
    return session.scalar(
        select(SealChange)
        .where(SealChange.seal_id == seal_id)
        .order_by(SealChange.number.desc())
        .limit(1)
    )
