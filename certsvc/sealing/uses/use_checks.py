"""Consistency check of the log of uses (用印记录).

Triggers refuse to change or delete a use. Whoever owns the tables can remove a trigger, so the log
is held against what they would have to falsify as well: the numbers of the authorisations, and the
chain of the service's log, which names every file that was sealed.
"""

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    cast,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from certsvc.foundation.errors import DefectError
from certsvc.foundation.events.records import EventRecord
from certsvc.sealing.register.records import SealAuthorisation, SealUse

ISSUED = "certificate.issued"
"""Kind of the events that name a sealed file: the copy is the subject."""


class UseLogBrokenError(DefectError):
    """A use is missing or was changed. Param `trace`: seal and number of a use, or a copy."""

    code = "seals.use-log-broken"


def check_uses(session: Session) -> int:
    """Check that the log of uses is complete; return the number of authorisations it covers.

    1. A seal's authorisations are numbered without a gap.
    2. Each has its intent on record, for the document that it permits.
    3. Each file that an event calls issued has the record of its sealing.
    4. Each sealing has the event of issuing, so that no event is deleted before the log has it.

    Raises:
        UseLogBrokenError: names the first thing that does not fit.
    """
    broken = session.scalars(
        union_all(_gaps(), _without_intent(), _issued_without_use(), _sealed_without_event()).limit(
            1
        )
    ).first()
    if broken is not None:
        raise UseLogBrokenError(trace=broken)
    return session.scalar(select(func.count()).select_from(SealAuthorisation)) or 0


def _trace(number: SQLColumnExpression[int]) -> ColumnElement[str]:
    return SealAuthorisation.seal_id.concat("/").concat(cast(number, String))


def _gaps() -> Select[str]:
    last = func.max(SealAuthorisation.number)
    return select(_trace(last)).group_by(SealAuthorisation.seal_id).having(func.count() != last)


def _without_intent() -> Select[str]:
    intent = and_(
        SealUse.authorisation_id == SealAuthorisation.id,
        SealUse.event == "intended",
        SealUse.sha256 == SealAuthorisation.document_sha256,
        SealUse.copy_number == SealAuthorisation.copy_number,
    )
    return (
        select(_trace(SealAuthorisation.number))
        .join(SealUse, intent, isouter=True)
        .where(SealUse.id.is_(None))
    )


def _issued_without_use() -> Select[str]:
    sealing = and_(
        SealUse.copy_number == EventRecord.subject,
        SealUse.event == "sealed",
        SealUse.sha256 == EventRecord.details["sha256"].as_string(),
    )
    return (
        select(EventRecord.subject)
        .join(SealUse, sealing, isouter=True)
        .where(EventRecord.kind == ISSUED, SealUse.id.is_(None))
    )


def _sealed_without_event() -> Select[str]:
    issuing = and_(
        EventRecord.kind == ISSUED,
        EventRecord.subject == SealUse.copy_number,
        EventRecord.details["sha256"].as_string() == SealUse.sha256,
    )
    return (
        select(SealUse.copy_number)
        .join(EventRecord, issuing, isouter=True)
        .where(SealUse.event == "sealed", EventRecord.id.is_(None))
    )
