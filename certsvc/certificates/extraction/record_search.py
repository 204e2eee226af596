"""Searching records by identifier, by the number of a copy, or by holder.

- The unit that vouches finds its own records, a unit that extracted copies finds those records;
  whatever is not theirs is not found, as if it did not exist.
- Every search is logged: who, when, by what, how many came of it, and by a keyed digest about
  whom; never a name or a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.events import RecordsSearched
from certsvc.certificates.extraction.record_cards import visible_to
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.records.changes import is_producer
from certsvc.certificates.records.history import find_by_identifier, state_now
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import RecordState, RecordStatus
from certsvc.foundation.codes.holder import HolderCode, mask_code, mask_name
from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.events.holder_digests import holder_hmac
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor, Permission, may, require

MOST_RECORDS = 50
"""Records that are shown, the newest first."""
MOST_USES = 3
"""Copies that are named for each record."""
_IDENTIFIER_MARK = "."
"""Identifiers have dots in them, numbers of copies have none."""


class NothingToSearchError(InvalidInputError):
    """Neither a number of a paper nor of a holder was given."""

    code = "extraction.nothing-to-search"


@dataclass(frozen=True, kw_only=True)
class UseLine:
    """Matter and purpose for which the record was extracted."""

    matter: str
    """事项."""
    matter_en: str | None
    """Its English name."""
    purpose: str = field(repr=False)
    """用途."""
    unit: str
    """提取单位."""


@dataclass(frozen=True, kw_only=True)
class RecordLine:
    """A record that was found."""

    identifier: str
    """证照标识."""
    type_name: str
    """Name of the certificate type."""
    type_name_en: str | None
    """Its English name."""
    holder_name: str = field(repr=False)
    """Masked."""
    holder_code: str
    """Masked."""
    issued_at: datetime
    """When it was issued."""
    state: RecordState | None
    """State now."""
    uses: Sequence[UseLine] = field(repr=False)
    """The last copies that the reader may see, the newest first."""

    @property
    def uses_are_of_many(self) -> bool:
        """Whether more than one unit extracted it; the page names them then."""
        return len({use.unit for use in self.uses}) > 1


@dataclass(frozen=True, kw_only=True)
class FoundRecords:
    """Result of a search."""

    records: Sequence[RecordLine]
    """The records, the newest first."""
    are_more: bool
    """Whether there are more than are shown."""


def search_records(
    session: Session,
    *,
    paper: str,
    holder: HolderCode | None,
    holder_key: bytes,
    actor: Actor,
    now: datetime,
) -> FoundRecords:
    """Search records of the actor's unit, and log the search.

    Args:
        session: The transaction.
        paper: Identifier or copy number as it stands on a paper; empty to go by the holder.
        holder: Whom the records are about; used if no paper is named.
        holder_key: The installation's key for holders in the log.
        actor: Who searches.
        now: The present instant.

    Raises:
        PermissionDeniedError: the actor may not read records.
        NothingToSearchError: there is nothing to go by.
        IdentifierInvalidError: the identifier is none.
    """
    require(actor, Permission.READ_RECORDS)
    paper = "".join(paper.split())
    condition = _condition(session, paper, holder)
    found = session.scalars(
        select(CertificateRecord)
        .where(CertificateRecord.status == RecordStatus.ISSUED.value, condition, visible_to(actor))
        .order_by(CertificateRecord.issued_at.desc(), CertificateRecord.id.desc())
        .limit(MOST_RECORDS + 1)
    ).all()
    about = _whom(found, None if paper else holder)
    searched = RecordsSearched(
        subject=actor.unit_code or "-",
        by="paper" if paper else "holder",
        found=min(len(found), MOST_RECORDS),
        holder_hmac=holder_hmac(holder_key, about) if about else None,
    )
    record(session, searched, actor=actor.id, now=now)
    return FoundRecords(
        records=[
            line_of(record, _uses(session, record, actor), now) for record in found[:MOST_RECORDS]
        ],
        are_more=len(found) > MOST_RECORDS,
    )


def _whom(found: Sequence[CertificateRecord], holder: HolderCode | None) -> HolderCode | None:
    # A number of a paper names one record at most.
    if holder is None and found:
        return HolderCode.of(found[0].holder_kind, found[0].holder_code)
    return holder


def _condition(session: Session, paper: str, holder: HolderCode | None) -> ColumnElement[bool]:
    if _IDENTIFIER_MARK in paper:
        record, _ = find_by_identifier(session, paper)
        return CertificateRecord.id == (record.id if record else -1)
    if paper:
        number = paper.upper().replace("-", "")
        return CertificateRecord.id.in_(
            select(Extraction.record_id).where(
                Extraction.copy_number == number, Extraction.object_sha256.is_not(None)
            )
        )
    if holder is None:
        raise NothingToSearchError
    return (CertificateRecord.holder_kind == holder.kind.value) & (
        CertificateRecord.holder_code == holder.value
    )


def _uses(session: Session, record: CertificateRecord, actor: Actor) -> list[UseLine]:
    is_own = is_producer(record, actor) and may(actor, Permission.CHANGE_RECORD)
    copies = session.scalars(
        select(Extraction)
        .where(
            Extraction.record_id == record.id,
            Extraction.object_sha256.is_not(None),
            true() if is_own else Extraction.extracting_unit_code == actor.unit_code,
        )
        .order_by(Extraction.extracted_at.desc())
        .limit(MOST_USES)
    )
    return [
        UseLine(
            matter=copy.matter.name,
            matter_en=copy.matter.name_en,
            purpose=copy.purpose,
            unit=copy.extracting_unit.name,
        )
        for copy in copies
    ]


def line_of(record: CertificateRecord, uses: Sequence[UseLine], now: datetime) -> RecordLine:
    """Describe a record without telling whom it is about."""
    return RecordLine(
        identifier=record.identifier,
        type_name=record.certificate_type.name,
        type_name_en=record.certificate_type.name_en,
        holder_name=mask_name(record.holder_name),
        holder_code=mask_code(record.holder_code),
        issued_at=record.issued_at,
        state=state_now(record, now),
        uses=uses,
    )
