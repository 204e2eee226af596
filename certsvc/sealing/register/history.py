"""State and version of a seal at an instant, computed from its approved changes.

- Changes count in the order in which they took effect, never in that of their proposals.
- A clock that went back undoes nothing: what is in force is what the last change left.
- Nothing here looks at the present columns of the seal: they say only what is in force now.
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, lazyload

from certsvc.sealing.register.records import SealChange, SealVersion
from certsvc.sealing.register.rules import SealState


def state_at(session: Session, seal_id: str, at: datetime) -> SealState | None:
    """Return a seal's state at an instant, past or present; None before its application."""
    state = session.scalar(_before(seal_id, at).with_only_columns(SealChange.state_after))
    return SealState(state) if state else None


def get_state_in_force(session: Session, seal_id: str) -> SealState | None:
    """Return the state that the last change left, whatever the clock says; None before any."""
    state = session.scalar(
        select(SealChange.state_after)
        .where(SealChange.seal_id == seal_id, SealChange.took_effect.is_not(None))
        .order_by(SealChange.took_effect.desc())
        .limit(1)
    )
    return SealState(state) if state else None


def find_last_approval_at(session: Session, seal_id: str) -> datetime | None:
    """Return when the last change of a seal took effect; no later one is dated before it."""
    return session.scalar(
        select(SealChange.approved_at)
        .where(SealChange.seal_id == seal_id, SealChange.took_effect.is_not(None))
        .order_by(SealChange.took_effect.desc())
        .limit(1)
    )


def find_change_at(session: Session, seal_id: str, at: datetime) -> SealChange | None:
    """Return the change that fixed a seal's state at an instant."""
    return session.scalar(_before(seal_id, at))


def find_state_change_at(session: Session, seal_id: str, at: datetime) -> SealChange | None:
    """Return the change that brought a seal into the state it had at an instant."""
    changes = session.scalars(
        select(SealChange)
        .where(SealChange.seal_id == seal_id, SealChange.approved_at <= at)
        .order_by(SealChange.took_effect)
    )
    found: SealChange | None = None
    for change in changes:
        if found is None or change.state_after != found.state_after:
            found = change
    return found


def find_version_at(session: Session, seal_id: str, at: datetime) -> SealVersion | None:
    """Return what was in force of a seal at an instant: image, certificates, key and scope."""
    return session.scalar(_versions(seal_id).where(SealChange.approved_at <= at).limit(1))


def get_version_in_force(session: Session, seal_id: str) -> SealVersion:
    """Return what is in force of a seal that has been approved; its scope is read when asked for.

    Every use of a seal asks several times, and its scope only once.
    """
    return session.scalars(
        _versions(seal_id)
        .where(SealChange.took_effect.is_not(None))
        .limit(1)
        .options(lazyload(SealVersion.types), lazyload(SealVersion.units))
    ).one()


def list_versions(session: Session, seal_id: str) -> list[SealVersion]:
    """Return all versions of a seal that came into force, the last one first."""
    return list(session.scalars(_versions(seal_id).where(SealChange.took_effect.is_not(None))))


def list_changes(session: Session, seal_id: str) -> list[SealChange]:
    """Return all changes of a seal, proposed and decided, in the order of their proposals."""
    changes = select(SealChange).where(SealChange.seal_id == seal_id)
    return list(session.scalars(changes.order_by(SealChange.number)))


def _before(seal_id: str, at: datetime) -> Select[SealChange]:
    return (
        select(SealChange)
        .where(SealChange.seal_id == seal_id, SealChange.approved_at <= at)
        .order_by(SealChange.took_effect.desc())
        .limit(1)
    )


def _versions(seal_id: str) -> Select[SealVersion]:
    return (
        select(SealVersion)
        .join(SealChange, SealChange.id == SealVersion.change_id)
        .where(SealVersion.seal_id == seal_id)
        .order_by(SealChange.took_effect.desc())
    )
