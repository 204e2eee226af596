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
    VERSION_LIFE,
    NoVersionInForceError,
    PackVersionTamperedError,
    VersionApprovedError,
    VersionEvent,
    VersionFrozenError,
    check_effective_day,
)
from certsvc.foundation.approvals.rules import ProposalUnknownError
from certsvc.foundation.approvals.service import propose
from certsvc.foundation.events.recording import record
from certsvc.people.rights.moves import require_right
from certsvc.people.rights.rules import Actor, signatory
from templates.errors import PackInvalidError
from templates.pack_files import from_archive, to_archive
from templates.packs import TemplatePack, pack_from_files

KIND = "pack-version"
"""Kind of these proposals; the subject is the pack's code."""


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
        ReasonMissingError: no reason, or one that is too long.
        EffectiveDayError: the day has passed, or is too far ahead.
        VersionApprovedError: this very version was approved before.
        VersionFrozenError: a version of this number is in use and has other files.
        ProposalPendingError: a version of this pack waits already.
    """
    require_right(actor, VERSION_LIFE, VersionEvent.PROPOSE)
    by = signatory(actor)
    check_effective_day(effective_on, now=now)
    require_free(session, pack)
    proposal = propose(session, KIND, pack.code, reason=reason, by=by, now=now)
    version = PackVersion(
        code=pack.code,
        version=pack.version,
        digest=pack.digest,
        title=pack.title.zh,
        effective_on=effective_on,
        content=to_archive(pack.files),
        proposal=proposal,
    )
    session.add(version)
    session.flush()
    record_step(session, VersionProposed, version, actor.id, now)
    return version


def get_version_row(session: Session, version_id: int) -> PackVersion:
    """Return a version, whatever became of it; the caller checks who asks.

    Raises:
        ProposalUnknownError: there is none.
    """
    version = session.get(PackVersion, version_id)
    if version is None:
        raise ProposalUnknownError
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
            PackVersion.approved_at.is_not(None),
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
            PackVersion.approved_at.is_not(None),
            PackVersion.effective_on <= on,
        )
        .order_by(
            PackVersion.effective_on.desc(), PackVersion.approved_at.desc(), PackVersion.id.desc()
        )
        .limit(1)
    )
    if found is None:
        raise NoVersionInForceError(pack=code, on=on.isoformat())
    return found


def open_files(version: PackVersion) -> TemplatePack:
    """Return the pack that a version keeps, its digest checked.

    Raises:
        PackVersionTamperedError: the files are not those that were proposed.
    """
    try:
        files = from_archive(version.code, version.content, digest=version.digest)
        pack = pack_from_files(version.code, files)
    except PackInvalidError as error:
        raise PackVersionTamperedError(pack=version.code, version=version.version) from error
    if pack.version != version.version:
        raise PackVersionTamperedError(pack=version.code, version=version.version)
    return pack


def record_step(
    session: Session,
    step: type[VersionStep],
    version: PackVersion,
    account: str,
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
    record(session, event, actor=account, now=now)
