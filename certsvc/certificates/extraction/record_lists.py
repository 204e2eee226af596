"""The records of a type, for the unit that vouches for it: page by page, sorted, narrowed down.

- A list is of one type, so that an index has it in order however many records there are.
- A record is listed with its holder masked, as in a search; who it is about stands on its card.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from certsvc.catalogue.types.service import get_type
from certsvc.certificates.extraction.record_search import RecordLine, line_of
from certsvc.certificates.records.history import left_in
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import LIVING, RecordState, RecordStatus
from certsvc.foundation.clock import china_day
from certsvc.foundation.db.lists import Condition, SqlList, before_day, from_day
from certsvc.foundation.db.paging import Page, PageRequest
from certsvc.people.rights.rules import Actor, Permission, require, require_unit


def record_list(name: str, now: datetime) -> SqlList:
    """Return how a list of records may be asked for at an instant; `name` says which."""
    return SqlList(
        name=f"records of {name}",
        sorts={"issued_at": (CertificateRecord.issued_at,)},
        key=(CertificateRecord.id,),
        usual="-issued_at",
        filters={
            "state": _in_state(now),
            "issued_from": from_day(CertificateRecord.issued_at),
            "issued_before": before_day(CertificateRecord.issued_at),
        },
        words=lambda value: CertificateRecord.identifier == "".join(value.split()),
    )


def list_records(
    session: Session, type_code: str, *, actor: Actor, now: datetime, page: PageRequest
) -> Page[RecordLine]:
    """List the published records of a type that the actor's unit vouches for.

    Raises:
        PermissionDeniedError: the actor may not change records.
        TypeUnknownError: there is no such type.
        ForeignUnitError: another unit vouches for it.
        InvalidInputError: the page is none of this list (`SqlList.take`).
    """
    require(actor, Permission.CHANGE_RECORD)
    kind = get_type(session, type_code)
    require_unit(actor, kind.producing_unit_code)
    rows = select(CertificateRecord).where(
        CertificateRecord.type_code == kind.code,
        CertificateRecord.status == RecordStatus.ISSUED.value,
    )
    found = record_list(kind.code, now).take(session, rows, page)
    return Page(items=[line_of(record, (), now) for record in found.items], next=found.next)


def _in_state(now: datetime) -> Condition:
    today = china_day(now)

    def condition(value: str) -> ColumnElement[bool]:
        state = RecordState(value)
        left = or_(*(_left(each) for each in sorted(LIVING)))
        if state is RecordState.EXPIRED:
            return and_(left, CertificateRecord.valid_until < today)
        if state in LIVING:
            return and_(_left(state), CertificateRecord.valid_until >= today)
        return _left(state)

    return condition


def _left(state: RecordState) -> ColumnElement[bool]:
    return left_in(state, of=CertificateRecord.id)
