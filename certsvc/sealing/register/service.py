"""Authorising and redeeming each use of a seal.

- The route decides the seal; a caller cannot name one (市中区规则第九条). It says which one the
  paper names, and is refused if that is no longer the route's.
- Certificate type, extracting unit, hour and count are within the scope that two people gave the
  seal; whatever is not, is refused and recorded (市中区规则第九条第二款).
- An authorisation is bound to one seal, one document digest and a short time, and is redeemed
  once, in a transaction that is committed before the key is touched.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.foundation.clock import china_day
from certsvc.foundation.errors import RefusedError
from certsvc.sealing.register.errors import (
    AuthorisationSpentError,
    SealAlteredMeanwhileError,
    SealCertificateExpiredError,
    SealChangedMeanwhileError,
    SealNotInUseError,
    SealUnknownError,
)
from certsvc.sealing.register.history import (
    find_version_at,
    get_state_in_force,
    get_version_in_force,
    state_at,
)
from certsvc.sealing.register.limits import (
    count_uses,
    count_uses_on,
    lock_seal,
    require_certificate_lasts,
    require_uses_left,
)
from certsvc.sealing.register.records import (
    Seal,
    SealAuthorisation,
    SealChange,
    SealUse,
    SealVersion,
    SealVersionCertificate,
)
from certsvc.sealing.register.rules import SealState
from certsvc.sealing.register.scope_rules import require_within
from certsvc.sealing.register.versions import identity_of, scope_of, signing_certificates

AUTHORISATION_LIFETIME = timedelta(minutes=2)
"""Lifetime of an authorisation. Sealing takes milliseconds; two minutes allow for slow keys."""


@dataclass(frozen=True, kw_only=True)
class SealPurpose:
    """Purpose of a use; its route determines the seal."""

    route: Route
    """Route of the certificate record."""
    type_code: str
    """Its certificate type."""
    unit_code: str
    """Extracting unit."""


@dataclass(frozen=True, kw_only=True)
class SealUseRequest:
    """Request to seal a document."""

    record_id: int
    """Certificate record."""
    copy_number: str
    """Copy of it."""
    purpose: SealPurpose
    """Purpose, which determines the seal."""
    seal_id: str
    """Seal that the paper names."""
    document_sha256: str
    """Digest of the rendered document."""
    not_after: datetime
    """Deadline; the authorisation ends no later."""


def get_seal_for(session: Session, purpose: SealPurpose, *, now: datetime) -> Seal:
    """Return the seal that the route fixes, if it may be used now for this.

    Where a route has several seals in use, it is the first whose scope permits it.

    Raises:
        SealUnknownError: the route has no seal.
        SealNotInUseError: it has one, which is not in use.
        SealCertificateExpiredError: its signing certificate is not valid now.
        SealCertificateEndingError: its signing certificate ends soon.
        OutsideScopeError: its scope does not permit it.
        SealLimitReachedError: it was used as often as it may be.
    """
    of_route = select(Seal).where(Seal.route == purpose.route.value).order_by(Seal.id)
    seals = session.scalars(of_route).all()
    if not seals:
        raise SealUnknownError
    refusals: list[RefusedError] = []
    for seal in seals:
        if state_at(session, seal.id, now) is SealState.IN_USE:
            try:
                _require_permitted(session, seal, purpose, now)
            except RefusedError as refusal:
                refusals.append(refusal)
            else:
                return seal
    raise refusals[0] if refusals else SealNotInUseError(seal=seals[-1].name)


def find_seal_of_copy(session: Session, copy_number: str) -> Seal | None:
    """Return the seal that a published copy bears; None if there is no such copy."""
    return session.scalar(
        select(Seal)
        .join(SealUse, SealUse.seal_id == Seal.id)
        .where(SealUse.copy_number == copy_number, SealUse.event == "sealed")
    )


def find_seals_of_certificate(session: Session, *, serial: str, issuer: str) -> list[Seal]:
    """Return the seals of which a signing certificate is or was in force.

    Args:
        session: Reads the register.
        serial: Serial number of the certificate, hexadecimal.
        issuer: Common name of its issuer.
    """
    theirs = (
        select(SealVersion.seal_id)
        .join(SealChange, SealChange.id == SealVersion.change_id)
        .join(SealVersionCertificate, SealVersionCertificate.change_id == SealVersion.change_id)
        .where(
            SealVersionCertificate.serial == serial,
            SealVersionCertificate.issuer == issuer,
            SealChange.took_effect.is_not(None),
        )
    )
    return list(session.scalars(select(Seal).where(Seal.id.in_(theirs)).order_by(Seal.id)))


def was_certificate_in_force(
    session: Session, seal_id: str, *, serial: str, issuer: str, at: datetime
) -> bool:
    """Tell whether a seal's signing certificate was the one in force when it was used.

    A use that was redeemed just before a 变更 may be timestamped just after it.
    """
    return any(
        version is not None and identity_of(signing_certificates(version)[0]) == (serial, issuer)
        for version in (
            find_version_at(session, seal_id, moment)
            for moment in (at, at - AUTHORISATION_LIFETIME)
        )
    )


def authorise_use(session: Session, request: SealUseRequest, *, now: datetime) -> SealAuthorisation:
    """Authorise the seal of a route for one document, once.

    1. The seal that the paper names is held until the transaction ends: uses queue for numbers.
    2. The route fixes the seal; there is one in use for it, and it is the one that is named.
    3. Its signing certificate is valid now and for some days more.
    4. Type, unit and hour are within its scope, and its counts are not used up.
    5. The authorisation names seal, version, record, copy and digest, has numbers that no other
       has, and ends soon.

    The caller must still record the intent, commit, and redeem the authorisation.

    Raises:
        SealUnknownError: the route has no seal.
        SealNotInUseError: it has one, which is not in use.
        SealCertificateExpiredError: its signing certificate is not valid now.
        SealCertificateEndingError: its signing certificate ends soon.
        OutsideScopeError: its scope does not permit it.
        SealLimitReachedError: it was used as often as it may be.
        SealChangedMeanwhileError: the paper names another seal.
    """
    lock_seal(session, request.seal_id)
    seal = get_seal_for(session, request.purpose, now=now)
    if seal.id != request.seal_id:
        raise SealChangedMeanwhileError(seal=seal.name)
    day = china_day(now)
    authorisation = SealAuthorisation(
        id=secrets.token_hex(16),
        seal_id=seal.id,
        version_id=get_version_in_force(session, seal.id).change_id,
        number=count_uses(session, seal.id) + 1,
        used_on=day,
        number_of_day=count_uses_on(session, seal.id, day) + 1,
        record_id=request.record_id,
        route=request.purpose.route.value,
        type_code=request.purpose.type_code,
        copy_number=request.copy_number,
        unit_code=request.purpose.unit_code,
        document_sha256=request.document_sha256,
        created_at=now,
        expires_at=min(now + AUTHORISATION_LIFETIME, request.not_after),
    )
    session.add(authorisation)
    session.flush()
    return authorisation


def redeem_authorisation(
    session: Session, *, authorisation_id: str, document_sha256: str, now: datetime
) -> Seal:
    """Redeem an authorisation and return the seal that it permits.

    The caller must commit before it touches the key.

    Raises:
        AuthorisationSpentError: redeemed before, expired, or for another document.
        SealNotInUseError: the seal was stopped since.
        SealAlteredMeanwhileError: image, certificate, key or scope were changed since.
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
        .returning(SealAuthorisation.seal_id, SealAuthorisation.version_id)
    ).one_or_none()
    if spent is None:
        raise AuthorisationSpentError
    seal = session.get_one(Seal, spent.seal_id, populate_existing=True)
    version = _require_in_use(session, seal, now)
    if version.change_id != spent.version_id:
        raise SealAlteredMeanwhileError(seal=seal.name)
    return seal


def seals_in_use(session: Session, *, now: datetime) -> list[Seal]:
    """Return the seals that may be used now."""
    seals = session.scalars(select(Seal).order_by(Seal.id)).all()
    return [seal for seal in seals if state_at(session, seal.id, now) is SealState.IN_USE]


def _require_permitted(session: Session, seal: Seal, purpose: SealPurpose, now: datetime) -> None:
    """Check scope, counts and certificate of a seal in use."""
    version = _require_undisturbed(session, seal, now)
    require_certificate_lasts(seal, version, now)
    require_within(
        scope_of(version),
        seal=seal.name,
        type_code=purpose.type_code,
        unit_code=purpose.unit_code,
        now=now,
    )
    require_uses_left(session, seal, version, now)


def _require_in_use(session: Session, seal: Seal, now: datetime) -> SealVersion:
    if state_at(session, seal.id, now) is not SealState.IN_USE:
        raise SealNotInUseError(seal=seal.name)
    return _require_undisturbed(session, seal, now)


def _require_undisturbed(session: Session, seal: Seal, now: datetime) -> SealVersion:
    """Return the version in force of a seal that is in use at this instant."""
    # It differs from the state at this instant when the clock went back behind the last change.
    if get_state_in_force(session, seal.id) is not SealState.IN_USE:
        raise SealNotInUseError(seal=seal.name)
    leaf = signing_certificates(seal)[0]
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise SealCertificateExpiredError(seal=seal.name)
    return get_version_in_force(session, seal.id)
