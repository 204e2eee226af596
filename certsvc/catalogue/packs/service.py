"""Proposing versions of template packs, and finding the one that is in force.

- The files are kept with the proposal; whenever they are opened their digest is computed again.
- Nothing is in force without the approval of another person (`decisions`).
- Every step goes into the log, with the digest of the files.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.packs.events import VersionProposed, VersionStep
from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import (
    PROPOSAL_LIFETIME,
    NoVersionInForceError,
    VersionApprovedError,
    VersionFrozenError,
    VersionOutcome,
    VersionPendingError,
    VersionTamperedError,
    check_effective_day,
    clean_reason,
)
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor, Permission, require, require_person
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
    record_step(session, VersionProposed, version, actor, now)
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


def record_step(
    session: Session,
    step: type[VersionStep],
    version: PackVersion,
    actor: Actor,
    now: datetime,
    **more: str,
) -> None:
    """Record a step of a version's life, in the transaction that takes it."""
    # The reason is free text and may name people, so it stays in the register.
    event = step(
        subject=version.code,
        id=version.id,
        version=version.version,
        sha256=version.digest,
        effective_on=version.effective_on,
        **more,
    )
    record(session, event, actor=actor.id, now=now)
