"""Counting uses, and stopping a seal that has come to its end.

- The count of a seal is the highest number that an authorisation of it has; numbers are given
  under a lock on the seal and are unique in the database, so no two uses share one.
- At its total limit a seal is stopped when its last use has ended, so that no use that was
  counted is spoilt; at its daily limit it waits for the next day of China Standard Time.
- A seal is stopped some days before its signing certificate ends; how many is its own setting.
- The register says that the system stopped it, and why. Only two people put it into use again.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import china_day
from certsvc.foundation.events.recording import record
from certsvc.sealing.register.errors import (
    SealCertificateEndingError,
    SealCertificateExpiredError,
    SealLimitReachedError,
    SealUnknownError,
)
from certsvc.sealing.register.events import SealStopped
from certsvc.sealing.register.history import (
    find_last_approval_at,
    get_state_in_force,
    get_version_in_force,
)
from certsvc.sealing.register.records import (
    Seal,
    SealAuthorisation,
    SealChange,
    SealUse,
    SealVersion,
)
from certsvc.sealing.register.rules import SEAL_LIFE, SYSTEM, SealAction, SealState, StopReasonCode
from certsvc.sealing.register.versions import signing_certificates

STOPPING_CODES = frozenset(
    kind.code
    for kind in (SealCertificateEndingError, SealCertificateExpiredError, SealLimitReachedError)
)
"""Refusals that may mean that a seal is due to be stopped."""


def lock_seal(session: Session, seal_id: str) -> Seal:
    """Lock a seal until the transaction ends; rows of the log may still refer to it.

    Raises:
        SealUnknownError: there is no such seal.
    """
    seal = session.get(Seal, seal_id, with_for_update={"key_share": True}, populate_existing=True)
    if seal is None:
        raise SealUnknownError
    return seal


def count_uses(session: Session, seal_id: str) -> int:
    """Return how often a seal was authorised in its life."""
    highest = select(func.max(SealAuthorisation.number))
    return session.scalar(highest.where(SealAuthorisation.seal_id == seal_id)) or 0


def count_uses_on(session: Session, seal_id: str, day: date) -> int:
    """Return how often a seal was authorised on a day."""
    highest = select(func.max(SealAuthorisation.number_of_day))
    of_day = (SealAuthorisation.seal_id == seal_id) & (SealAuthorisation.used_on == day)
    return session.scalar(highest.where(of_day)) or 0


def require_uses_left(session: Session, seal: Seal, version: SealVersion, now: datetime) -> None:
    """Check that daily and total limits permit another use.

    Raises:
        SealLimitReachedError: the seal was used as often as it may be, in all or today.
    """
    total, daily = version.total_limit, version.daily_limit
    if total is not None and count_uses(session, seal.id) >= total:
        raise SealLimitReachedError(seal=seal.name, reason="total", limit=total)
    if daily is not None and count_uses_on(session, seal.id, china_day(now)) >= daily:
        raise SealLimitReachedError(seal=seal.name, reason="day", limit=daily)


def require_certificate_lasts(seal: Seal, version: SealVersion, now: datetime) -> None:
    """Check that the signing certificate does not end too soon.

    Raises:
        SealCertificateEndingError: it is.
    """
    if now >= certificate_stop_at(version):
        raise SealCertificateEndingError(seal=seal.name, days=version.stop_before_days)


def certificate_stop_at(version: SealVersion) -> datetime:
    """Return from when on a version is not used, because its signing certificate ends."""
    ends_at = signing_certificates(version)[0].not_valid_after_utc
    return ends_at - timedelta(days=version.stop_before_days)


def stop_if_due(session: Session, seal_id: str, *, now: datetime) -> StopReasonCode | None:
    """Stop a seal in use that has come to its end, and return why; None if it has not."""
    seal = lock_seal(session, seal_id)
    if get_state_in_force(session, seal_id) is not SealState.IN_USE:
        return None
    reason_code = _stop_reason_code(session, seal, get_version_in_force(session, seal_id), now)
    if reason_code is not None:
        _stop(session, seal, reason_code, now)
    return reason_code


def stop_due_seals(session: Session, *, now: datetime) -> dict[str, StopReasonCode]:
    """Stop every seal that has come to its end; return why, by number of the seal."""
    seals = session.scalars(select(Seal.id).order_by(Seal.id)).all()
    reason_codes = {seal_id: stop_if_due(session, seal_id, now=now) for seal_id in seals}
    return {
        seal_id: reason_code
        for seal_id, reason_code in reason_codes.items()
        if reason_code is not None
    }


def end_of_use(session: Session, seal_id: str, *, now: datetime) -> None:
    """Stop a seal after the last use that its total limit permits has ended."""
    if get_version_in_force(session, seal_id).total_limit is not None:
        stop_if_due(session, seal_id, now=now)


def _stop_reason_code(
    session: Session, seal: Seal, version: SealVersion, now: datetime
) -> StopReasonCode | None:
    if now >= certificate_stop_at(version):
        return StopReasonCode.CERTIFICATE_ENDING
    limit = version.total_limit
    if limit is None or count_uses(session, seal.id) < limit or _has_open_use(session, seal.id):
        return None
    return StopReasonCode.TOTAL_LIMIT


def _has_open_use(session: Session, seal_id: str) -> bool:
    ended = select(SealUse.authorisation_id).where(SealUse.event != "intended")
    open_use = select(SealAuthorisation.id).where(
        SealAuthorisation.seal_id == seal_id, SealAuthorisation.id.not_in(ended)
    )
    return session.scalar(open_use.limit(1)) is not None


def next_numbers(session: Session, seal_id: str) -> tuple[int, int]:
    """Return the next number of a proposal and of a change that takes effect."""
    of_seal = SealChange.seal_id == seal_id
    number = session.scalar(select(func.max(SealChange.number)).where(of_seal)) or 0
    effect = session.scalar(select(func.max(SealChange.took_effect)).where(of_seal)) or 0
    return number + 1, effect + 1


def _stop(session: Session, seal: Seal, reason_code: StopReasonCode, now: datetime) -> None:
    number, effect = next_numbers(session, seal.id)
    # If the clock went back, the stop is dated at the last change, never before it.
    now = max(now, find_last_approval_at(session, seal.id) or now)
    session.add(
        SealChange(
            seal_id=seal.id,
            number=number,
            action=SealAction.STOP.value,
            stop_reason_code=reason_code.value,
            approved_at=now,
            state_after=SEAL_LIFE.next_state(SealState.IN_USE, SealAction.STOP).value,
            took_effect=effect,
        )
    )
    session.flush()
    stopped = SealStopped(subject=seal.id, number=number, reason_code=reason_code.value)
    record(session, stopped, actor=SYSTEM, now=now)
