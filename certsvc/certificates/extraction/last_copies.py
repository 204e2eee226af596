"""What the records of a search were last extracted for, so that they can be told apart."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.records.records import CertificateRecord
from certsvc.people.rights.rules import Actor, Permission, may, require


@dataclass(frozen=True, kw_only=True)
class LastCopy:
    """The last copy of a record, as far as the actor may see it."""

    matter: str
    """Name of its matter."""
    purpose: str
    """What it was extracted for."""


def find_last_copies(
    session: Session, identifiers: Collection[str], *, actor: Actor
) -> dict[str, LastCopy]:
    """Return the last copies of records that the actor found, by 证照标识.

    A unit that extracts sees its own copies alone; the unit that vouches sees all of its record.

    Raises:
        PermissionDeniedError: the actor may not read records.
    """
    require(actor, Permission.READ_RECORDS)
    copies = (
        select(CertificateRecord.identifier, Extraction)
        .join(Extraction, Extraction.record_id == CertificateRecord.id)
        .where(CertificateRecord.identifier.in_(identifiers), Extraction.object_sha256.is_not(None))
        .order_by(Extraction.extracted_at, Extraction.copy_number)
    )
    if not may(actor, Permission.CHANGE_RECORD):
        copies = copies.where(Extraction.extracting_unit_code == (actor.unit_code or ""))
    return {
        identifier: LastCopy(matter=copy.matter.name, purpose=copy.purpose)
        for identifier, copy in session.execute(copies)
    }
