"""How an issuance ends: a published copy, a refused request, a voided issuance."""

from dataclasses import dataclass, field
from datetime import date

from certsvc.catalogue.routes import Route
from certsvc.catalogue.uses.service import find_codes
from certsvc.certificates.extraction.rules import normalise_verify_code, verify_code_digest
from certsvc.certificates.issuance import journal
from certsvc.certificates.issuance.events import CertificateRefused
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import IssuanceState, IssueRequest, plausible_code
from certsvc.certificates.records.records import CertificateRecord
from certsvc.evidence.sources.rules import DataWarning, stored_warnings
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database, DatabaseUnavailableError
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor
from certsvc.sealing.register.limits import STOPPING_CODES, stop_due_seals
from keys.errors import SigningKeyError
from signing.errors import SigningError
from templates.checking_content import codes_seen
from templates.errors import TemplateError

DEFECT = "service.defect"
"""Failure code of unexpected errors."""
KNOWN_ERRORS = (CertsvcError, TemplateError, SigningError, SigningKeyError)


@dataclass(frozen=True, kw_only=True)
class IssuedCopy:
    """Result of issuing."""

    identifier: str
    """证照标识 of the record."""
    copy_number: str
    """Number of the sealed copy."""
    route: Route
    """How the facts were obtained."""
    valid_until: date
    """Last day of the copy's life."""
    sha256: str
    """Name of the sealed file in the object store."""
    warnings: tuple[DataWarning, ...] = ()
    """Warnings about irregular but lawful facts."""
    verify_code: str | None = field(default=None, repr=False, compare=False)
    """核验码, as it stands on the copy; kept nowhere but there, so None if nobody read it there."""
    is_replayed: bool = field(default=False, compare=False)
    """Whether it was issued before, and this is the answer again."""


def issued_copy(issuance: Issuance, record: CertificateRecord) -> IssuedCopy:
    """Return the result of a published issuance."""
    return IssuedCopy(
        identifier=record.identifier,
        copy_number=issuance.copy_number,
        route=Route(record.route),
        valid_until=record.valid_until,
        sha256=str(issuance.sealed_sha256),
        warnings=stored_warnings(record.evidence),
    )


def find_published(database: Database, issuance_id: int) -> IssuedCopy | None:
    """Return the copy of an issuance; None if it is not published."""
    with database.reading() as session:
        issuance = journal.get_issuance(session, issuance_id)
        if issuance.state != IssuanceState.PUBLISHED:
            return None
        return issued_copy(issuance, session.get_one(CertificateRecord, issuance.record_id))


def read_verify_code(file: bytes, digest: str) -> str | None:
    """Return the verification code that a sealed file shows; None if it shows another one.

    Args:
        file: The sealed file.
        digest: What is kept of the code of this copy.
    """
    codes = (normalise_verify_code(each) for each in codes_seen(file))
    return next((each for each in codes if verify_code_digest(each) == digest), None)


def record_refusal(
    database: Database, clock: Clock, *, request: IssueRequest, actor: Actor, refusal: str
) -> None:
    """Log who requested what and was refused or found nothing (市中区规则第七、九、十五条)."""
    try:
        with database.transaction() as session:
            if refusal in STOPPING_CODES:
                stop_due_seals(session, now=clock.now())
            matter, kind = find_codes(
                session,
                matter_code=plausible_code(request.matter_code),
                type_code=plausible_code(request.type_code),
            )
            refused = CertificateRefused(subject=matter or "-", refusal=refusal, type=kind or "-")
            record(session, refused, actor=actor.id, now=clock.now())
    except DatabaseUnavailableError:
        # If logging fails, the refusal itself must still reach the caller.
        return


def void_issuance(database: Database, clock: Clock, *, issuance_id: int, error: Exception) -> None:
    """Void an issuance that failed, if the database answers; otherwise `recovery` does it later."""
    code = error.code if isinstance(error, KNOWN_ERRORS) else DEFECT
    try:
        with database.transaction() as session:
            journal.void(session, issuance_id, failure_code=code, now=clock.now())
    except CertsvcError:
        # The database is unavailable too: recovery voids the issuance after its lease.
        return
