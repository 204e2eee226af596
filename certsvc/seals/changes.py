"""Entering seals in the register and changing them, by two people (市中区规则第九条).

- No seal is entered without a proposal of 申请; no change takes effect without the approval of
  somebody else: another account, and another person behind it. Both belong to the unit that owns
  the seal.
- A 变更 carries the new version of the seal; it comes into force by the approval, and by nothing
  else. What is approved is what was proposed.
- One proposal waits at a time. It ends by approval, withdrawal, rejection, or after a week.
- Every step goes into the log, with the digests of version and signing certificate it carries.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certsvc.catalogue.service import get_type
from certsvc.organisations.rules import Actor, Permission, require, require_person, require_unit
from certsvc.organisations.service import get_unit
from certsvc.seals.applications import SealApplication, check_application
from certsvc.seals.errors import (
    ChangePendingError,
    ChangeUnknownError,
    ClockBehindError,
    ContentMissingError,
    ForeignProposalError,
    OwnProposalError,
    ProposalExpiredError,
    SealRegisteredError,
    SealUnknownError,
    VersionTamperedError,
)
from certsvc.seals.history import (
    find_last_approval_at,
    get_state_in_force,
    get_version_in_force,
)
from certsvc.seals.limits import next_numbers, require_certificate_lasts, require_uses_left
from certsvc.seals.own_keys import check_version, require_own_key
from certsvc.seals.reasons import clean_reason
from certsvc.seals.records import Seal, SealChange, SealVersion
from certsvc.seals.rules import (
    PROPOSAL_LIFETIME,
    ProposalOutcome,
    SealAction,
    SealState,
    next_state,
)
from certsvc.seals.scope_rules import SealScope, check_scope
from certsvc.seals.versions import (
    certificate_sha256,
    content_of,
    new_version,
    put_in_force,
    version_digest,
)
from certsvc.transparency.service import append_entry

_CARRYING = frozenset({SealAction.APPLY, SealAction.AMEND, SealAction.RESCOPE})


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
        PersonUnknownError: nobody knows who is behind the actor's account.
        SealApplicationInvalidError: an entry is missing, too long or malformed.
        SealCertificateUnusableError: the certificates cannot be used.
        ScopeInvalidError: the scope is malformed.
        TypeUnknownError: the scope names a certificate type that the catalogue has not.
        UploadedImageError: the uploaded image cannot be used.
        ReasonMissingError: no reason, or one that is too long.
        SealRegisteredError: the number or the name is another seal's.
        ChangePendingError: the same application waits already.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    require_unit(actor, application.owner_unit_code)
    get_unit(session, application.owner_unit_code)
    check_application(application, now=now)
    scope = check_known_scope(session, application.scope)
    reason = clean_reason(application.reason)
    seal = _enter(session, application, now)
    version = new_version(seal.id, content_of(application), scope)
    require_own_key(session, version)
    return enter_proposal(
        session, seal, SealAction.APPLY, reason=reason, actor=actor, now=now, version=version
    )


def propose_change(
    session: Session, *, seal_id: str, action: SealAction, reason: str, actor: Actor, now: datetime
) -> SealChange:
    """Propose a change of a seal's state; nothing changes until another person approves it.

    Raises:
        PermissionDeniedError: the actor may not propose.
        PersonUnknownError: nobody knows who is behind the actor's account.
        SealUnknownError: no such seal.
        ForeignUnitError: the seal is another unit's.
        ContentMissingError: the change is a 变更, which `amendments` proposes.
        ReasonMissingError: no reason, or one that is too long.
        ChangePendingError: another change waits.
        SealTransitionError: the seal's state does not permit the change.
        SealCertificateEndingError: 启用, but the signing certificate ends soon.
        SealLimitReachedError: 启用, but the seal was used as often as it may be.
    """
    seal = lock_own_seal(session, seal_id, actor)
    if action in _CARRYING:
        raise ContentMissingError
    return enter_proposal(session, seal, action, reason=reason, actor=actor, now=now)


def lock_own_seal(session: Session, seal_id: str, actor: Actor) -> Seal:
    """Hold a seal that the actor may propose changes of until the transaction ends.

    Raises:
        PermissionDeniedError: the actor may not propose.
        SealUnknownError: no such seal.
        ForeignUnitError: the seal is another unit's.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    seal = session.get(Seal, seal_id, with_for_update=True, populate_existing=True)
    if seal is None:
        raise SealUnknownError
    require_unit(actor, seal.owner_unit_code)
    return seal


def check_known_scope(session: Session, scope: SealScope) -> SealScope:
    """Return a scope in the form it is kept in, all that it names being registered.

    Raises:
        ScopeInvalidError: hours, a limit or the number of days is malformed.
        TypeUnknownError: the catalogue has no such certificate type.
        UnitUnknownError: there is no such unit.
    """
    checked = check_scope(scope)
    for code in sorted(checked.type_codes):
        get_type(session, code)
    for code in sorted(checked.unit_codes):
        get_unit(session, code)
    return checked


def approve_change(
    session: Session, *, change_id: int, reason: str, actor: Actor, now: datetime
) -> SealState:
    """Approve a change that another person proposed, say why, and return the new state.

    1. The actor may approve, and belongs to the unit that owns the seal.
    2. The proposal waits, and is not older than a week.
    3. Somebody else proposed it: neither this account nor another one of the same person.
    4. The clock has not gone back behind the seal's last change.
    5. The seal's state, locked until the transaction ends, still permits it.
    6. The version that it carries is the one that was proposed, and its certificates are valid.

    Raises:
        PermissionDeniedError: the actor may not approve.
        PersonUnknownError: nobody knows who is behind the actor's account.
        ReasonMissingError: no reason, or one that is too long.
        ChangeUnknownError: no such change waits.
        ForeignUnitError: the seal is another unit's.
        OwnProposalError: the actor, or the person behind the account, proposed it.
        ProposalExpiredError: it waited too long.
        ClockBehindError: the seal's last change is of a later time than it is now.
        SealTransitionError: the seal's state does not permit it any more.
        SealCertificateUnusableError: its certificates are not valid any more.
        VersionTamperedError: the version is not the one that was proposed.
        SealCertificateEndingError: 启用, but the signing certificate ends soon.
        SealLimitReachedError: 启用, but the seal was used as often as it may be.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    person = require_person(actor)
    change = _waiting_change(session, change_id, actor)
    _require_other_person(change, actor, person)
    reason = clean_reason(reason)
    if _has_expired(change, now):
        raise ProposalExpiredError(days=PROPOSAL_LIFETIME.days)
    seal = session.get_one(Seal, change.seal_id)
    _require_clock_ahead(session, seal.id, now)
    state = _state_after(session, seal, SealAction(change.action), now)
    version = _carried_version(session, change, now)
    _, effect = next_numbers(session, seal.id)
    change.approved_by, change.approved_person, change.approved_at = actor.id, person, now
    change.state_after, change.took_effect = state.value, effect
    change.decision_reason = reason
    session.flush()
    details = {"state": state.value}
    if version is not None:
        put_in_force(seal, version)
        session.flush()
        details["version_sha256"] = str(change.version_sha256)
    _log(session, "approved", change, actor, now, **details)
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


def reject_change(
    session: Session, *, change_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Refuse a proposal that another person made, and say why (驳回).

    Raises:
        PermissionDeniedError: the actor may not approve, so may not refuse either.
        ReasonMissingError: no reason, or one that is too long.
        ChangeUnknownError: no such change waits.
        ForeignUnitError: the seal is another unit's.
        OwnProposalError: the actor, or the person behind the account, proposed it.
        PersonUnknownError: nobody knows who is behind the actor's account.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    person = require_person(actor)
    change = _waiting_change(session, change_id, actor)
    _require_other_person(change, actor, person)
    change.decision_reason = clean_reason(reason)
    _close(session, change, ProposalOutcome.REJECTED, actor, now)


def enter_proposal(
    session: Session,
    seal: Seal,
    action: SealAction,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    version: SealVersion | None = None,
) -> SealChange:
    """Enter a proposal for a seal that the caller has locked, with the version that it carries.

    Raises:
        PersonUnknownError: nobody knows who is behind the actor's account.
        ReasonMissingError: no reason, or one that is too long.
        ChangePendingError: another change waits.
        SealTransitionError: the seal's state does not permit the change.
    """
    person, reason = require_person(actor), clean_reason(reason)
    _require_nothing_waits(session, seal.id, now)
    _state_after(session, seal, action, now)
    change = SealChange(
        seal_id=seal.id,
        number=next_numbers(session, seal.id)[0],
        action=action.value,
        reason=reason,
        version_sha256=version_digest(version) if version else None,
        proposed_by=actor.id,
        proposed_person=person,
        proposed_at=now,
    )
    session.add(change)
    session.flush()
    details: dict[str, str] = {}
    if version is not None:
        version.change_id = change.id
        session.add(version)
        session.flush()
        details = {
            "route": seal.route,
            "certificate_sha256": certificate_sha256(version),
            "version_sha256": str(change.version_sha256),
        }
    _log(session, "proposed", change, actor, now, **details)
    return change


def _enter(session: Session, application: SealApplication, now: datetime) -> Seal:
    same = select(Seal).where((Seal.id == application.id) | (Seal.name == application.name))
    seal = session.scalars(same.with_for_update()).first()
    if seal is None:
        seal = Seal(
            id=application.id,
            name=application.name,
            owner_unit_code=application.owner_unit_code,
            route=application.route.value,
            **content_of(application),
        )
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
        or get_state_in_force(session, seal.id) is not None
    ):
        raise SealRegisteredError
    _require_nothing_waits(session, seal.id, now)
    for column, value in content_of(application).items():
        setattr(seal, column, value)
    return seal


def _state_after(session: Session, seal: Seal, action: SealAction, now: datetime) -> SealState:
    state = next_state(get_state_in_force(session, seal.id), action)
    if action is SealAction.ENABLE:
        # Otherwise the system would stop it again at once.
        version = get_version_in_force(session, seal.id)
        require_certificate_lasts(seal, version, now)
        require_uses_left(session, seal, version, now)
    return state


def _carried_version(session: Session, change: SealChange, now: datetime) -> SealVersion | None:
    if change.version_sha256 is None:
        return None
    version = session.get(SealVersion, change.id, populate_existing=True)
    if version is None or version_digest(version) != change.version_sha256:
        raise VersionTamperedError
    if change.action != SealAction.RESCOPE:
        check_version(session, version, now=now)
    return version


def _require_other_person(change: SealChange, actor: Actor, person: str) -> None:
    if change.proposed_by == actor.id or change.proposed_person == person:
        raise OwnProposalError


def _require_clock_ahead(session: Session, seal_id: str, now: datetime) -> None:
    # Otherwise an answer about the past, given already, would become another one.
    last_at = find_last_approval_at(session, seal_id)
    if last_at is not None and now < last_at:
        raise ClockBehindError


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


def _require_nothing_waits(session: Session, seal_id: str, now: datetime) -> None:
    waiting = select(SealChange.id).where(
        SealChange.seal_id == seal_id,
        SealChange.approved_at.is_(None),
        SealChange.closed_at.is_(None),
        SealChange.proposed_at >= now - PROPOSAL_LIFETIME,
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise ChangePendingError


def _has_expired(change: SealChange, now: datetime) -> bool:
    return now - change.proposed_at > PROPOSAL_LIFETIME
