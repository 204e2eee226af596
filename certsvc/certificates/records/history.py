"""State of a record now, at an instant, and as it was known at an instant."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from certsvc.certificates.records.errors import RecordUnknownError
from certsvc.certificates.records.records import CertificateRecord, RecordChange, RecordReplacement
from certsvc.certificates.records.rules import KeptChange, RecordState, RecordStatus
from certsvc.certificates.records.rules import state_at as _state_at
from certsvc.certificates.records.rules import state_left as _state_left
from certsvc.foundation.codes.certificate_identifier import ReadIdentifier, read_identifier
from certsvc.foundation.errors import InvalidInputError


def kept_changes(record: CertificateRecord) -> list[KeptChange]:
    """Return what decides about a record's state, the first change first."""
    return [
        KeptChange(
            state_after=RecordState(change.state_after),
            effective_at=change.effective_at,
            recorded_at=change.recorded_at,
        )
        for change in record.changes
    ]


def state_at(
    record: CertificateRecord, at: datetime, *, known_at: datetime | None = None
) -> RecordState | None:
    """Return a record's state at an instant; None before it was issued.

    `known_at` asks what the register would have answered then.
    """
    changes = kept_changes(record)
    return _state_at(changes, valid_until=record.valid_until, at=at, known_at=known_at)


def state_now(record: CertificateRecord, now: datetime) -> RecordState | None:
    """Return the present state of a record, even if the clock went back before its last change."""
    return _state_left(kept_changes(record), valid_until=record.valid_until, now=now)


def last_change(record: CertificateRecord) -> RecordChange | None:
    """Return the change that determined the state of a record, ignoring expiry."""
    return record.changes[-1] if record.changes else None


def left_in(state: RecordState, *, of: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that the last change of a record left it in a state.

    Args:
        state: The state, expiry aside.
        of: Column of a surrounding statement that names the record.
    """
    last = (
        select(RecordChange.state_after)
        .where(RecordChange.record_id == of)
        .order_by(RecordChange.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return last == state.value


def find_by_identifier(
    session: Session, text: str, *, among: ColumnElement[bool] | None = None
) -> tuple[CertificateRecord | None, ReadIdentifier]:
    """Find the published record of an identifier, with the legacy check character too.

    Args:
        session: Reads the register.
        text: 证照标识 as somebody wrote it.
        among: Which records somebody may know of. The statement asks for it, so that a record of
            others takes the same path, and the same time, as one that does not exist.

    Raises:
        IdentifierInvalidError: it is no identifier.
    """
    read = read_identifier(text)
    record = session.scalar(
        select(CertificateRecord).where(
            CertificateRecord.identifier == str(read.identifier),
            CertificateRecord.status == RecordStatus.ISSUED.value,
            true() if among is None else among,
        )
    )
    return record, read


def count_changes(session: Session, text: str) -> int:
    """Count the changes of a record by its identifier; none of what is no identifier."""
    with suppress(InvalidInputError):
        identifier = str(read_identifier(text).identifier)
        return session.scalars(
            select(func.count())
            .select_from(RecordChange)
            .join(CertificateRecord, CertificateRecord.id == RecordChange.record_id)
            .where(CertificateRecord.identifier == identifier)
        ).one()
    return 0


def get_locked(session: Session, record_id: int) -> CertificateRecord:
    """Lock a record until the transaction ends, and return it as stored now.

    Raises:
        RecordUnknownError: there is no such record.
    """
    record = session.get(
        CertificateRecord,
        record_id,
        with_for_update={"of": CertificateRecord},
        populate_existing=True,
    )
    if record is None:
        raise RecordUnknownError
    return record


def find_replacement(session: Session, record_id: int) -> RecordReplacement | None:
    """Return what a record was issued in the place of; None for a first version."""
    return session.get(RecordReplacement, record_id)
