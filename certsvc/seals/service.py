"""Changing seals by two people; authorising and redeeming each use.

- The route decides the seal; a caller cannot name one (市中区规则第九条).
- An authorisation is bound to one seal, one document digest and a short time, and is redeemed
  once, in a transaction that is committed before the key is touched.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certsvc.errors import ForbiddenError, NotFoundError, RefusedError
from certsvc.organisations.rules import Actor, Permission, require
from certsvc.seals.records import Seal, SealAuthorisation, SealChange, SealUse
from certsvc.seals.rules import SealAction, SealState, next_state
from certsvc.sources.rules import Route

AUTHORISATION_LIFETIME = timedelta(minutes=2)
"""From authorisation to seal is milliseconds; two minutes forgive a slow key."""


class SealUnknownError(NotFoundError):
    """No seal has this number, or the route has none."""

    code = "seals.unknown"


class SealNotInUseError(RefusedError):
    """The seal of the route is not in use."""

    code = "seals.not-in-use"


class SealCertificateExpiredError(RefusedError):
    """The seal's signing certificate is not valid at this instant."""

    code = "seals.certificate-expired"


class OwnProposalError(ForbiddenError):
    """The proposer of a change tried to approve it."""

    code = "seals.own-proposal"


class ChangePendingError(RefusedError):
    """The seal has a change that waits for approval."""

    code = "seals.change-pending"


class ChangeUnknownError(NotFoundError):
    """No such change waits for approval."""

    code = "seals.change-unknown"


class AuthorisationSpentError(RefusedError):
    """The authorisation was redeemed before, has expired, or is for another document."""

    code = "seals.authorisation-spent"


@dataclass(frozen=True, kw_only=True)
class SealUseRequest:
    """What a seal is to be put on."""

    record_id: int
    """Certificate record."""
    route: Route
    """Its route, which decides the seal."""
    document_sha256: str
    """Digest of the rendered document."""


def propose_change(
    session: Session, *, seal_id: str, action: SealAction, reason: str, actor: Actor, now: datetime
) -> SealChange:
    """Propose a change of a seal; nothing changes until another person approves it.

    Raises:
        PermissionDeniedError: the actor may not propose.
        SealUnknownError: no such seal.
        ChangePendingError: another change waits.
        SealTransitionError: the seal's state does not permit the change.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    seal = session.get(Seal, seal_id, with_for_update=True)
    if seal is None:
        raise SealUnknownError
    last = _last_change(session, seal_id)
    if last is not None and last.approved_at is None:
        raise ChangePendingError
    next_state(state_at(session, seal_id, now), action)
    change = SealChange(
        seal_id=seal_id,
        number=(last.number if last else 0) + 1,
        action=action.value,
        reason=reason,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(change)
    session.flush()
    return change


def approve_change(session: Session, *, change_id: int, actor: Actor, now: datetime) -> SealState:
    """Approve a change that another person proposed, and return the new state.

    Raises:
        PermissionDeniedError: the actor may not approve.
        ChangeUnknownError: no such change waits.
        OwnProposalError: the actor proposed it.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    change = session.get(SealChange, change_id, with_for_update=True)
    if change is None or change.approved_at is not None:
        raise ChangeUnknownError
    if change.proposed_by == actor.id:
        raise OwnProposalError
    state = next_state(state_at(session, change.seal_id, now), SealAction(change.action))
    change.approved_by, change.approved_at, change.state_after = actor.id, now, state.value
    session.flush()
    return state


def state_at(session: Session, seal_id: str, at: datetime) -> SealState | None:
    """Return a seal's state at an instant, past or present; None before its application."""
    state = session.scalar(
        select(SealChange.state_after)
        .where(SealChange.seal_id == seal_id, SealChange.approved_at <= at)
        .order_by(SealChange.number.desc())
        .limit(1)
    )
    return SealState(state) if state else None


def get_seal_of_route(session: Session, route: Route, *, now: datetime) -> Seal:
    """Return the seal that the route fixes, if it may be used now.

    Raises:
        SealUnknownError: the route has no seal.
        SealNotInUseError: it has one, which is not in use.
        SealCertificateExpiredError: its signing certificate is not valid now.
    """
    seals = session.scalars(select(Seal).where(Seal.route == route.value).order_by(Seal.id)).all()
    if not seals:
        raise SealUnknownError
    usable = [seal for seal in seals if state_at(session, seal.id, now) is SealState.IN_USE]
    if not usable:
        raise SealNotInUseError(seal=seals[-1].name)
    _require_in_use(session, usable[0], now)
    return usable[0]


def find_seal_of_copy(session: Session, copy_number: str) -> Seal | None:
    """Return the seal that a published copy bears; None if there is no such copy."""
    return session.scalar(
        select(Seal)
        .join(SealUse, SealUse.seal_id == Seal.id)
        .where(SealUse.copy_number == copy_number, SealUse.event == "sealed")
    )


def authorise_use(session: Session, request: SealUseRequest, *, now: datetime) -> SealAuthorisation:
    """Permit the seal of a route on one document, once.

    1. The route fixes the seal; there is one in use for it.
    2. Its signing certificate is valid now.
    3. The authorisation names seal, record, route and digest, and ends soon.

    The caller must still record the intent, commit, and redeem the authorisation.

    Raises:
        SealUnknownError: the route has no seal.
        SealNotInUseError: it has one, which is not in use.
        SealCertificateExpiredError: its signing certificate is not valid now.
    """
    seal = get_seal_of_route(session, request.route, now=now)
    authorisation = SealAuthorisation(
        id=secrets.token_hex(16),
        seal_id=seal.id,
        record_id=request.record_id,
        route=request.route.value,
        document_sha256=request.document_sha256,
        created_at=now,
        expires_at=now + AUTHORISATION_LIFETIME,
    )
    session.add(authorisation)
    session.flush()
    return authorisation


def redeem_authorisation(
    session: Session, *, authorisation_id: str, document_sha256: str, now: datetime
) -> Seal:
    """Spend an authorisation and return the seal it permits.

    The caller must commit before it touches the key.

    Raises:
        AuthorisationSpentError: redeemed before, expired, or for another document.
        SealNotInUseError: the seal was stopped since.
    """
    spent = session.execute(
        update(SealAuthorisation)
        .where(
            SealAuthorisation.id == authorisation_id,
            SealAuthorisation.document_sha256 == document_sha256,
            SealAuthorisation.redeemed_at.is_(None),
            SealAuthorisation.expires_at > now,
        )
        .values(redeemed_at=now)
        .returning(SealAuthorisation.seal_id)
    ).scalar_one_or_none()
    if spent is None:
        raise AuthorisationSpentError
    seal = session.get_one(Seal, spent)
    _require_in_use(session, seal, now)
    return seal


def signing_certificates(seal: Seal) -> list[x509.Certificate]:
    """Return a seal's signing certificate and its issuers, leaf first."""
    return x509.load_pem_x509_certificates(seal.certificate_chain_pem.encode())


def _require_in_use(session: Session, seal: Seal, now: datetime) -> None:
    if state_at(session, seal.id, now) is not SealState.IN_USE:
        raise SealNotInUseError(seal=seal.name)
    leaf = signing_certificates(seal)[0]
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise SealCertificateExpiredError(seal=seal.name)


def _last_change(session: Session, seal_id: str) -> SealChange | None:
    return session.scalar(
        select(SealChange)
        .where(SealChange.seal_id == seal_id)
        .order_by(SealChange.number.desc())
        .limit(1)
    )
