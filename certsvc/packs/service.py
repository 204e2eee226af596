"""Putting versions of template packs into force, by two people.

- What is approved is what was proposed: the files are kept with the proposal, and their digest is
  computed again before the approval.
- Whoever proposed a version cannot approve or reject it, whichever account they use.
- Every step goes into the log, with the digest of the files.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certsvc.organisations.rules import Actor, Permission, require, require_person
from certsvc.packs.records import PackVersion
from certsvc.packs.rules import (
    PROPOSAL_LIFETIME,
    ForeignVersionError,
    NoVersionInForceError,
    OwnVersionError,
    VersionApprovedError,
    VersionExpiredError,
    VersionFrozenError,
    VersionOutcome,
    VersionPendingError,
    VersionTamperedError,
    VersionUnknownError,
    check_effective_day,
    clean_reason,
    has_expired,
)
from certsvc.transparency.service import append_entry
from templates.errors import PackInvalidError
from templates.pack_files import from_archive, to_archive
from templates.packs import TemplatePack, pack_from_files


def propose_version(
    session: Session,
    *,
    pack: TemplatePack,
    effective_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> PackVersion:
    """Propose that papers be set with a pack from a day on; its files are kept as they are now.

    The caller must have checked the pack (`templates.pack_linting.require_sound`).

    Raises:
        PermissionDeniedError: the actor may not propose.
        PersonUnknownError: nobody knows who is behind the actor's account.
        VersionReasonError: no reason, or one that is too long.
        EffectiveDayError: the day has passed, or is too far ahead.
        VersionApprovedError: this very version was approved before.
        VersionFrozenError: a version of this number is in use and has other files.
        VersionPendingError: a version of this pack waits already.
    """
    require(actor, Permission.PROPOSE_PACK)
    person, reason = require_person(actor), clean_reason(reason)
    check_effective_day(effective_on, now=now)
    require_free(session, pack)
    _require_nothing_waits(session, pack.code, now)
    version = PackVersion(
        code=pack.code,
        version=pack.version,
        digest=pack.digest,
        title=pack.title.zh,
        effective_on=effective_on,
        content=to_archive(pack.files),
        reason=reason,
        proposed_by=actor.id,
        proposed_person=person,
        proposed_at=now,
    )
    session.add(version)
    session.flush()
    _log(session, "proposed", version, actor, now)
    return version


def require_free(session: Session, pack: TemplatePack) -> None:
    """Accept a pack whose version number was never put into force.

    Raises:
        VersionApprovedError: this very version was approved before.
        VersionFrozenError: a version of this number is in use and has other files.
    """
    approved = find_approved(session, pack.code, pack.version)
    if approved is None:
        return
    kind = VersionApprovedError if approved.digest == pack.digest else VersionFrozenError
    raise kind(pack=pack.code, version=pack.version)


def approve_version(
    session: Session, *, version_id: int, reason: str, actor: Actor, now: datetime
) -> PackVersion:
    """Approve a version that another person proposed; it is in force from its effective day on.

    1. The actor may approve.
    2. The proposal waits, locked until the transaction ends, and is not older than a week.
    3. Somebody else proposed it: neither this account nor another one of the same person.
    4. Its effective day has not passed: nothing comes into force for days that are over.
    5. No other files have been approved under the number in between.
    6. The files that were kept are those that were proposed.

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
    """
    require(actor, Permission.APPROVE_PACK)
    person, reason = require_person(actor), clean_reason(reason)
    version = _waiting_version(session, version_id)
    _require_other_person(version, actor, person)
    if has_expired(version.proposed_at, now=now):
        raise VersionExpiredError(days=PROPOSAL_LIFETIME.days)
    check_effective_day(version.effective_on, now=now)
    require_free(session, open_files(version))
    try:
        _decide(session, version, VersionOutcome.APPROVED, reason, actor=actor, now=now)
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


def find_approved(session: Session, code: str, version: str) -> PackVersion | None:
    """Return the approved version of a number; there is at most one."""
    return session.scalar(
        select(PackVersion).where(
            PackVersion.code == code,
            PackVersion.version == version,
            PackVersion.outcome == VersionOutcome.APPROVED.value,
        )
    )


def get_in_force(session: Session, code: str, *, on: date) -> PackVersion:
    """Return the version of a pack that is in force on a day in Shanghai.

    Raises:
        NoVersionInForceError: none was approved for that day.
    """
    found = session.scalar(
        select(PackVersion)
        .where(
            PackVersion.code == code,
            PackVersion.outcome == VersionOutcome.APPROVED.value,
            PackVersion.effective_on <= on,
        )
        .order_by(
            PackVersion.effective_on.desc(), PackVersion.decided_at.desc(), PackVersion.id.desc()
        )
        .limit(1)
    )
    if found is None:
        raise NoVersionInForceError(pack=code, on=on.isoformat())
    return found


def open_files(version: PackVersion) -> TemplatePack:
    """Return the pack that a version keeps, its digest checked.

    Raises:
        VersionTamperedError: the files are not those that were proposed.
    """
    try:
        files = from_archive(version.code, version.content, digest=version.digest)
        pack = pack_from_files(version.code, files)
    except PackInvalidError as error:
        raise VersionTamperedError(pack=version.code, version=version.version) from error
    if pack.version != version.version:
        raise VersionTamperedError(pack=version.code, version=version.version)
    return pack


def _waiting_version(session: Session, version_id: int) -> PackVersion:
    """Return a proposal nobody has decided on, locked until the transaction ends."""
    version = session.get(PackVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None or version.outcome is not None:
        raise VersionUnknownError
    return version


def _require_other_person(version: PackVersion, actor: Actor, person: str) -> None:
    if version.proposed_by == actor.id or version.proposed_person == person:
        raise OwnVersionError


def _require_nothing_waits(session: Session, code: str, now: datetime) -> None:
    waiting = session.scalar(
        select(PackVersion)
        .where(
            PackVersion.code == code,
            PackVersion.outcome.is_(None),
            PackVersion.proposed_at >= now - PROPOSAL_LIFETIME,
        )
        .limit(1)
    )
    if waiting is not None:
        raise VersionPendingError(pack=code, version=waiting.version)


def _decide(
    session: Session,
    version: PackVersion,
    outcome: VersionOutcome,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    version.outcome, version.decision_reason = outcome.value, reason
    version.decided_by, version.decided_person = actor.id, require_person(actor)
    version.decided_at = now
    session.flush()
    _log(session, outcome.value, version, actor, now)


def _log(session: Session, event: str, version: PackVersion, actor: Actor, now: datetime) -> None:
    # The reason is free text and may name people, so it stays in the register.
    append_entry(
        session,
        kind=f"pack.version-{event}",
        actor=actor.id,
        subject=version.code,
        details={
            "id": version.id,
            "version": version.version,
            "sha256": version.digest,
            "effective_on": version.effective_on.isoformat(),
        },
        now=now,
    )
