"""Steps `seal-status-then` and `seal-status-now`: state of each seal in our register.

- The seal is known by its signing certificate: number and issuer.
- "Then" is the proven time of the timestamp; what a signer claims proves nothing.
- A certificate that another one had replaced by then fails: its key may be anyone's.
- A seal that was not in use then fails. One that was, and was stopped since, passes both steps:
  what it sealed before stays sealed, and the sentence says that it was stopped.
- Of a seal that is not ours the register knows nothing; that is no fault of the seal.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from certsvc.foundation.clock import rfc3339
from certsvc.sealing.register.history import state_at
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.rules import SealState
from certsvc.sealing.register.service import find_seals_of_certificate, was_certificate_in_force
from certsvc.verification.authenticity.examination import NOW, THEN
from certsvc.verification.authenticity.rules import check
from signing.report import Check, Outcome, Param, ReportedSeal, SubIndication


def check_statuses(
    session: Session, seals: tuple[ReportedSeal, ...], now: datetime
) -> tuple[Check, ...]:
    """Check the state of each seal when it was used, and now."""
    checks: list[Check] = []
    for number, reported in enumerate(seals):
        seal = _find_used(session, reported)
        if seal is None:
            checks += [
                check(name, Outcome.NOT_CHECKED, "not-ours", seal=number) for name in (THEN, NOW)
            ]
        else:
            checks += _check_seal(session, seal, reported, now, number)
    return tuple(checks)


def is_ours(session: Session, reported: ReportedSeal) -> bool:
    """Tell whether a seal of this installation's register has the signing certificate."""
    return bool(_find_all(session, reported))


def _find_all(session: Session, reported: ReportedSeal) -> list[Seal]:
    return find_seals_of_certificate(
        session, serial=reported.certificate_serial, issuer=reported.issuer_name
    )


def _find_used(session: Session, reported: ReportedSeal) -> Seal | None:
    """Return the seal that was used; of several with one certificate, one that could be."""
    found, at = _find_all(session, reported), reported.timestamp_at
    usable = (seal for seal in found if at and state_at(session, seal.id, at) is SealState.IN_USE)
    return next(usable, found[0] if found else None)


def _check_seal(
    session: Session, seal: Seal, reported: ReportedSeal, now: datetime, number: int
) -> list[Check]:
    used_at, state_now = reported.timestamp_at, state_at(session, seal.id, now)
    present: dict[str, Param] = {"seal": seal.name, "state": _word(state_now)}
    if used_at is None:
        then = check(THEN, Outcome.NOT_CHECKED, "no-time", seal=number)
        return [then, _now_alone(state_now, present, number)]
    state_then = state_at(session, seal.id, used_at)
    past: dict[str, Param] = {
        "seal": seal.name,
        "state": _word(state_then),
        "at": rfc3339(used_at),
    }
    is_current = was_certificate_in_force(
        session,
        seal.id,
        serial=reported.certificate_serial,
        issuer=reported.issuer_name,
        at=used_at,
    )
    if state_then is not SealState.IN_USE or not is_current:
        reason = "certificate-replaced" if state_then is SealState.IN_USE else "not-in-use"
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        then = check(THEN, Outcome.FAILED, reason, past, why=why, seal=number)
        return [then, _now_alone(state_now, present, number)]
    then = check(THEN, Outcome.PASSED, "in-use", past, seal=number)
    reason = "in-use" if state_now is SealState.IN_USE else "since-stopped"
    return [then, check(NOW, Outcome.PASSED, reason, present, seal=number)]


def _now_alone(state: SealState | None, present: dict[str, Param], number: int) -> Check:
    if state is SealState.IN_USE:
        return check(NOW, Outcome.PASSED, "in-use", present, seal=number)
    # There is no proof that the seal was used while it was in use.
    why = SubIndication.SIG_CONSTRAINTS_FAILURE
    return check(NOW, Outcome.FAILED, "not-in-use", present, why=why, seal=number)


def _word(state: SealState | None) -> str:
    return state.value if state else "none"
