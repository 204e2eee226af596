"""Authorising and redeeming each use of a seal.

- The route decides the seal; a caller cannot name one (市中区规则第九条). It says which one the
  paper names, and is refused if that is no longer the route's.
- An authorisation is bound to one seal, one document digest and a short time, and is redeemed
  once, in a transaction that is committed before the key is touched.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certsvc.seals.changes import state_at
from certsvc.seals.errors import (
    AuthorisationSpentError,
    SealCertificateExpiredError,
    SealChangedMeanwhileError,
    SealNotInUseError,
    SealUnknownError,
)
from certsvc.seals.records import Seal, SealAuthorisation, SealUse
from certsvc.seals.rules import SealState
from certsvc.sources.rules import Route

AUTHORISATION_LIFETIME = timedelta(minutes=2)
"""From authorisation to seal is milliseconds; two minutes forgive a slow key."""


@dataclass(frozen=True, kw_only=True)
class SealUseRequest:
    """What a seal is to be put on."""

    record_id: int
    """Certificate record."""
    route: Route
    """Its route, which decides the seal."""
    seal_id: str
    """Seal that the paper names."""
    document_sha256: str
    """Digest of the rendered document."""
    not_after: datetime
    """When the work must be done; the authorisation does not outlive it."""


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


def find_seals_of_certificate(session: Session, *, serial: str, issuer: str) -> list[Seal]:
    """Return the seals whose signing certificate has a serial number and an issuer.

    Args:
        session: Reads the register.
        serial: Hexadecimal.
        issuer: Common name of the issuer.
    """
    return [
        seal
        for seal in session.scalars(select(Seal).order_by(Seal.id))
        if _identity_of(signing_certificates(seal)[0]) == (serial, issuer)
    ]


def _identity_of(certificate: x509.Certificate) -> tuple[str, str]:
    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return f"{certificate.serial_number:x}", str(names[0].value) if names else ""


def authorise_use(session: Session, request: SealUseRequest, *, now: datetime) -> SealAuthorisation:
    """Permit the seal of a route on one document, once.

    1. The route fixes the seal; there is one in use for it.
    2. Its signing certificate is valid now.
    3. It is the seal that the paper names.
    4. The authorisation names seal, record, route and digest, and ends soon.

    The caller must still record the intent, commit, and redeem the authorisation.

    Raises:
        SealUnknownError: the route has no seal.
        SealNotInUseError: it has one, which is not in use.
        SealCertificateExpiredError: its signing certificate is not valid now.
        SealChangedMeanwhileError: the paper names another seal.
    """
    seal = get_seal_of_route(session, request.route, now=now)
    if seal.id != request.seal_id:
        raise SealChangedMeanwhileError(seal=seal.name)
    authorisation = SealAuthorisation(
        id=secrets.token_hex(16),
        seal_id=seal.id,
        record_id=request.record_id,
        route=request.route.value,
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


def seals_in_use(session: Session, *, now: datetime) -> list[Seal]:
    """Return the seals that may be used now."""
    seals = session.scalars(select(Seal).order_by(Seal.id)).all()
    return [seal for seal in seals if state_at(session, seal.id, now) is SealState.IN_USE]


def signing_certificates(seal: Seal) -> list[x509.Certificate]:
    """Return a seal's signing certificate and its issuers, leaf first."""
    return x509.load_pem_x509_certificates(seal.certificate_chain_pem.encode())


def _require_in_use(session: Session, seal: Seal, now: datetime) -> None:
    if state_at(session, seal.id, now) is not SealState.IN_USE:
        raise SealNotInUseError(seal=seal.name)
    leaf = signing_certificates(seal)[0]
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise SealCertificateExpiredError(seal=seal.name)
