"""Deciding on a proposed change of a seal: approval, withdrawal, rejection (市中区规则第九条).

- No change takes effect without the approval of somebody else than who proposed it: another
  account, and another person behind it. Both belong to the unit that owns the seal.
- A 变更 comes into force by the approval, and by nothing else. What is approved is what was
  proposed, and what was shown to whoever approves.
- A seal is not put to work with a key that has not just signed under the offered certificate.
- A proposal that waited for more than a week is not decided on any more, only closed.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.approvals.shown import require_unchanged
from certsvc.people.rights.rules import Actor, Permission, require, require_person, require_unit
from certsvc.sealing.changes.events import (
    ChangeApproved,
    ChangeRejected,
    ChangeStep,
    ChangeWithdrawn,
)
from certsvc.sealing.changes.key_choice import require_offered
from certsvc.sealing.changes.key_trials import require_good_trial
from certsvc.sealing.changes.proposals import record_step, state_after
from certsvc.sealing.changes.shown_changes import ChangeReader, ShownChange
from certsvc.sealing.register.errors import (
    ChangeUnknownError,
    ClockBehindError,
    ForeignProposalError,
    OwnProposalError,
    ProposalExpiredError,
    VersionTamperedError,
)
from certsvc.sealing.register.history import find_last_approval_at
from certsvc.sealing.register.limits import next_numbers
from certsvc.sealing.register.own_keys import check_version
from certsvc.sealing.register.reasons import clean_reason
from certsvc.sealing.register.records import Seal, SealChange, SealVersion
from certsvc.sealing.register.rules import PROPOSAL_LIFETIME, ProposalOutcome, SealAction, SealState
from certsvc.sealing.register.versions import put_in_force, version_digest

_ENDINGS: dict[ProposalOutcome, type[ChangeStep]] = {
    ProposalOutcome.REJECTED: ChangeRejected,
    ProposalOutcome.WITHDRAWN: ChangeWithdrawn,
}


def approve_change(
    session: Session,
    *,
    change_id: int,
    shown: str,
    reader: ChangeReader,
    reason: str,
    actor: Actor,
    now: datetime,
) -> SealState:
    """Approve a change that another person proposed, say why, and return the new state.

    1. The actor may approve, and belongs to the unit that owns the seal.
    2. The proposal waits, and is not older than a week.
    3. Somebody else proposed it: neither this account nor another one of the same person.
    4. The clock has not gone back behind the seal's last change.
    5. The seal's state, locked until the transaction ends, still permits it.
    6. The version that it carries is the one that was proposed, and its certificates are valid.
    7. What would take effect is what was shown to the actor.
    8. A seal that is put to work: its key is offered and has just signed, its picture is drawn.

    Args:
        session: Transaction.
        change_id: The change.
        shown: Digest of what was shown to the actor (`ShownChange.digest`).
        reader: Reads what would take effect now.
        reason: Why it is approved.
        actor: Who approves.
        now: When.

    Raises:
        PermissionDeniedError: the actor may not approve.
        PersonUnknownError: nobody knows who is behind the actor's account.
        ReasonMissingError: no reason, or one that is too long.
        ChangeUnknownError: no such change waits.
        ForeignUnitError: the seal is another unit's.
        OwnProposalError: the actor, or the person behind the account, proposed it.
        ProposalExpiredError: it waited too long.
        NotShownError: it is not said what was shown.
        ChangedSinceShownError: something else would take effect than was shown.
        KeyNotOfferedError: the operator of the machine does not offer the key.
        KeyUntriedError: the key was not tried just now.
        KeyTrialFailedError: the key was tried and failed.
        SealImageError: the picture cannot be drawn.
        ClockBehindError: the seal's last change is of a later time than it is now.
        SealTransitionError: the seal's state does not permit it any more.
        SealCertificateUnusableError: its certificates are not valid any more.
        VersionTamperedError: the version is not the one that was proposed.
        SealCertificateEndingError: 启用, but the signing certificate ends soon.
        SealLimitReachedError: 启用, but the seal was used as often as it may be.
    """
    change, person = require_decidable(session, change_id, reason, actor, now)
    reason = clean_reason(reason)
    seal = session.get_one(Seal, change.seal_id)
    state = state_after(session, seal, SealAction(change.action), now)
    version = _carried_version(session, change, now)
    whole = reader.read(session, change_id)
    require_unchanged(shown, now=whole.digest)
    _require_usable(session, whole, reader, now)
    _, effect = next_numbers(session, seal.id)
    change.approved_by, change.approved_person, change.approved_at = actor.id, person, now
    change.state_after, change.took_effect = state.value, effect
    change.decision_reason = reason
    session.flush()
    details = {"state": state.value, "shown_sha256": whole.digest}
    if version is not None:
        put_in_force(seal, version)
        session.flush()
        details["version_sha256"] = str(change.version_sha256)
    record_step(session, ChangeApproved, change, actor, now, **details)
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


def _carried_version(session: Session, change: SealChange, now: datetime) -> SealVersion | None:
    if change.version_sha256 is None:
        return None
    version = session.get(SealVersion, change.id, populate_existing=True)
    if version is None or version_digest(version) != change.version_sha256:
        raise VersionTamperedError
    if change.action != SealAction.RESCOPE:
        check_version(session, version, now=now)
    return version


def require_decidable(
    session: Session, change_id: int, reason: str, actor: Actor, now: datetime
) -> tuple[SealChange, str]:
    """Return a change that the actor may approve, locked, and who the actor is.

    Raises:
        CertsvcError: what `approve_change` refuses about actor, reason, age and clock.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    person = require_person(actor)
    change = _waiting_change(session, change_id, actor)
    _require_other_person(change, actor, person)
    clean_reason(reason)
    if _has_expired(change, now):
        raise ProposalExpiredError(days=PROPOSAL_LIFETIME.days)
    _require_clock_ahead(session, change.seal_id, now)
    return change, person


def _require_usable(
    session: Session, whole: ShownChange, reader: ChangeReader, now: datetime
) -> None:
    if whole.needs_trial:
        require_offered(session, reader.offers, whole.version.key_uri)
        require_good_trial(session, whole.change, whole.version, now)
        reader.require_drawable(whole.version)


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
    record_step(session, _ENDINGS[outcome], change, actor, now)


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


def _has_expired(change: SealChange, now: datetime) -> bool:
    return now - change.proposed_at > PROPOSAL_LIFETIME
