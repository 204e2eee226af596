"""Fetching sealed copies: the holder their own, a unit's staff what their unit extracted.

- Whoever may not see a copy is told the same as if it did not exist.
- A copy that was withdrawn, or whose record was suspended, revoked, cancelled or superseded, is
  listed and described as such; its file is not handed out, to nobody.
- Every fetch of a file is written to the log before the bytes leave (市中区规则第十五条).
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.copy_lists import copy_list
from certsvc.certificates.extraction.events import CopyFetched
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import SERVED, CopyState, copy_state
from certsvc.certificates.records.history import state_now
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import RecordStatus
from certsvc.foundation.db.paging import FIRST_PAGE, Page, PageRequest
from certsvc.foundation.errors import NotFoundError, RefusedError
from certsvc.foundation.events.recording import record
from certsvc.foundation.storage.objects import ObjectDigest, parse_digest
from certsvc.people.accounts.service import holder_of
from certsvc.people.rights.rules import Actor, Permission, Role, require


class CopyUnknownError(NotFoundError):
    """There is no such copy, or the actor may not see it."""

    code = "extraction.copy-unknown"


class CopyNotServedError(RefusedError):
    """The copy may not be used any more, so its file is not handed out. Params: `copy_state`."""

    code = "extraction.copy-not-served"


def state_of_copy(copy: Extraction, now: datetime) -> CopyState:
    """Return the present state of a published copy."""
    return copy_state(
        state_now(copy.record, now),
        is_withdrawn=copy.withdrawal is not None,
        valid_until=copy.valid_until,
        now=now,
    )


def extracted_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for copies of the actor's unit; of a system's matters alone."""
    of_unit = Extraction.extracting_unit_code == (actor.unit_code or "")
    if actor.matters is None:
        return of_unit
    return and_(of_unit, Extraction.matter_code.in_(sorted(actor.matters)))


def list_copies_of_holder(
    session: Session, *, actor: Actor, now: datetime, page: PageRequest = FIRST_PAGE
) -> Page[Extraction]:
    """List a holder's published copies, newest first if nobody says how.

    Raises:
        PermissionDeniedError: the actor is no holder.
        InvalidInputError: the page is none of this list (`SqlList.take`).
    """
    require(actor, Permission.READ_OWN_CERTIFICATES)
    holder = holder_of(session, actor)
    rows = (
        select(Extraction)
        .join(CertificateRecord, CertificateRecord.id == Extraction.record_id)
        .where(
            CertificateRecord.holder_kind == holder.kind.value,
            CertificateRecord.holder_code == holder.value,
            CertificateRecord.status == RecordStatus.ISSUED.value,
            Extraction.object_sha256.is_not(None),
        )
    )
    return copy_list(actor.id, now).take(session, rows, page)


def list_copies_of_unit(
    session: Session, *, actor: Actor, now: datetime, page: PageRequest = FIRST_PAGE
) -> Page[Extraction]:
    """List the copies that the actor's unit extracted, newest first if nobody says how.

    Raises:
        PermissionDeniedError: the actor may not read a unit's certificates.
        InvalidInputError: the page is none of this list (`SqlList.take`).
    """
    require(actor, Permission.READ_UNIT_CERTIFICATES)
    rows = select(Extraction).where(extracted_by(actor), Extraction.object_sha256.is_not(None))
    matters = " ".join(sorted(actor.matters)) if actor.matters is not None else "*"
    return copy_list(f"{actor.unit_code} {matters}", now).take(session, rows, page)


def get_copy(session: Session, copy_number: str, *, actor: Actor) -> Extraction:
    """Return a published copy that the actor may see.

    Raises:
        PermissionDeniedError: the actor may read no certificates at all.
        CopyUnknownError: no such copy, or not theirs.
    """
    found = session.scalar(select(Extraction).where(*_one_of(session, copy_number, actor)))
    if found is None:
        raise CopyUnknownError
    return found


def _one_of(session: Session, copy_number: str, actor: Actor) -> list[ColumnElement[bool]]:
    """Conditions for a copy that the actor may see.

    The statement asks for them all: a copy of others takes the same path, and the same time, as
    one that does not exist.
    """
    named = [Extraction.copy_number == copy_number, Extraction.object_sha256.is_not(None)]
    if Role.HOLDER not in actor.roles:
        require(actor, Permission.READ_UNIT_CERTIFICATES)
        return [*named, extracted_by(actor)]
    require(actor, Permission.READ_OWN_CERTIFICATES)
    holder = holder_of(session, actor)
    own = select(CertificateRecord.id).where(
        CertificateRecord.holder_kind == holder.kind.value,
        CertificateRecord.holder_code == holder.value,
    )
    return [*named, Extraction.record_id.in_(own)]


def fetch_file(session: Session, copy_number: str, *, actor: Actor, now: datetime) -> ObjectDigest:
    """Log a fetch and return the name of the sealed file; the caller commits, then reads it.

    Raises:
        PermissionDeniedError: the actor may read no certificates at all.
        CopyUnknownError: no such copy, or not theirs.
        CopyNotServedError: the copy or its record is not in force any more.
    """
    digest = file_at_hand(session, copy_number, actor=actor, now=now)
    record(session, CopyFetched(subject=copy_number, sha256=digest), actor=actor.id, now=now)
    return digest


def file_at_hand(
    session: Session, copy_number: str, *, actor: Actor, now: datetime
) -> ObjectDigest:
    """Return the name of the sealed file for a reader who has it already; logs no fetch.

    Raises:
        PermissionDeniedError: the actor may read no certificates at all.
        CopyUnknownError: no such copy, or not theirs.
        CopyNotServedError: the copy or its record is not in force any more.
    """
    found = get_copy(session, copy_number, actor=actor)
    state = state_of_copy(found, now)
    if state not in SERVED:
        raise CopyNotServedError(copy_state=state.value)
    return parse_digest(str(found.stored_sha256))
