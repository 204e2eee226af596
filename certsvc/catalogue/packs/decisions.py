"""Deciding on a proposed version of a pack: approval, rejection, withdrawal, by two people.

- What is approved is what was proposed, and what was shown to whoever approves.
- Whoever proposed a version cannot approve or reject it, whichever account they use.
"""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certsvc.catalogue.packs.events import (
    VersionApproved,
    VersionRejected,
    VersionStep,
    VersionWithdrawn,
)
from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import (
    PROPOSAL_LIFETIME,
    ForeignVersionError,
    OwnVersionError,
    VersionExpiredError,
    VersionFrozenError,
    VersionOutcome,
    VersionUnknownError,
    check_effective_day,
    clean_reason,
    has_expired,
)
from certsvc.catalogue.packs.service import open_files, record_step, require_free
from certsvc.catalogue.packs.shown_versions import whole_version
from certsvc.foundation.approvals.shown import require_unchanged
from certsvc.people.rights.rules import Actor, Permission, require, require_person

_STEPS: dict[VersionOutcome, type[VersionStep]] = {
    VersionOutcome.APPROVED: VersionApproved,
    VersionOutcome.REJECTED: VersionRejected,
    VersionOutcome.WITHDRAWN: VersionWithdrawn,
}


def approve_version(
    session: Session, *, version_id: int, shown: str, reason: str, actor: Actor, now: datetime
) -> PackVersion:
    """Approve a version that another person proposed; it is in force from its effective day on.

    1. The actor may approve.
    2. The proposal waits, locked until the transaction ends, and is not older than a week.
    3. Somebody else proposed it: neither this account nor another one of the same person.
    4. Its effective day has not passed: nothing comes into force for days that are over.
    5. No other files have been approved under the number in between.
    6. The files that were kept are those that were proposed.
    7. What would take effect is what was shown to the actor.

    Args:
        session: Transaction.
        version_id: Number of the proposal.
        shown: Digest of what was shown to the actor (`ShownVersion.digest`).
        reason: Why it is approved.
        actor: Who approves.
        now: When.

    Raises:
        PermissionDeniedError: the actor may not approve.
        PersonUnknownError: nobody knows who is behind the actor's account.
        VersionReasonError: no reason, or one that is too long.
        VersionUnknownError: no such proposal waits.
        OwnVersionError: the actor, or the person behind the account, proposed it.
        VersionExpiredError: it waited too long.
        EffectiveDayError: its effective day has passed.
        VersionApprovedError: the same files were approved in between.
        VersionFrozenError: other files were approved under this number in between.
        VersionTamperedError: the files are not those that were proposed.
        NotShownError: it is not said what was shown.
        ChangedSinceShownError: something else would take effect than was shown.
    """
    require(actor, Permission.APPROVE_PACK)
    person, reason = require_person(actor), clean_reason(reason)
    version = _waiting_version(session, version_id)
    _require_other_person(version, actor, person)
    if has_expired(version.proposed_at, now=now):
        raise VersionExpiredError(days=PROPOSAL_LIFETIME.days)
    check_effective_day(version.effective_on, now=now)
    require_free(session, open_files(version))
    whole = whole_version(session, version)
    require_unchanged(shown, now=whole.digest)
    try:
        _decide(
            session,
            version,
            VersionOutcome.APPROVED,
            reason,
            actor=actor,
            now=now,
            shown_sha256=whole.digest,
        )
    except IntegrityError as error:
        # Another approval of this number was a moment faster.
        raise VersionFrozenError(pack=version.code, version=version.version) from error
    return version


def reject_version(
    session: Session, *, version_id: int, reason: str, actor: Actor, now: datetime
) -> PackVersion:
    """Refuse a version that another person proposed (驳回).

    Raises:
        PermissionDeniedError: the actor may not approve, so may not refuse either.
        PersonUnknownError: nobody knows who is behind the actor's account.
        VersionReasonError: no reason, or one that is too long.
        VersionUnknownError: no such proposal waits.
        OwnVersionError: the actor, or the person behind the account, proposed it.
    """
    require(actor, Permission.APPROVE_PACK)
    person, reason = require_person(actor), clean_reason(reason)
    version = _waiting_version(session, version_id)
    _require_other_person(version, actor, person)
    _decide(session, version, VersionOutcome.REJECTED, reason, actor=actor, now=now)
    return version


def withdraw_version(
    session: Session, *, version_id: int, reason: str, actor: Actor, now: datetime
) -> PackVersion:
    """Take back a proposal of one's own that nobody has decided on (撤回).

    Raises:
        PermissionDeniedError: the actor may not propose.
        PersonUnknownError: nobody knows who is behind the actor's account.
        VersionReasonError: no reason, or one that is too long.
        VersionUnknownError: no such proposal waits.
        ForeignVersionError: somebody else proposed it.
    """
    require(actor, Permission.PROPOSE_PACK)
    require_person(actor)
    reason = clean_reason(reason)
    version = _waiting_version(session, version_id)
    if version.proposed_by != actor.id:
        raise ForeignVersionError
    _decide(session, version, VersionOutcome.WITHDRAWN, reason, actor=actor, now=now)
    return version


def _waiting_version(session: Session, version_id: int) -> PackVersion:
    """Return a proposal nobody has decided on, locked until the transaction ends."""
    version = session.get(PackVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None or version.outcome is not None:
        raise VersionUnknownError
    return version


def _require_other_person(version: PackVersion, actor: Actor, person: str) -> None:
    if version.proposed_by == actor.id or version.proposed_person == person:
        raise OwnVersionError


def _decide(
    session: Session,
    version: PackVersion,
    outcome: VersionOutcome,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    **more: str,
) -> None:
    version.outcome, version.decision_reason = outcome.value, reason
    version.decided_by, version.decided_person = actor.id, require_person(actor)
    version.decided_at = now
    session.flush()
    record_step(session, _STEPS[outcome], version, actor, now, **more)
