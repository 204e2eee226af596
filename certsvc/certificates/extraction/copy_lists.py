"""Lists of sealed copies: how they are sorted and narrowed down.

- A state is what `rules.copy_state` says, put into SQL: the record's last change first, then the
  withdrawal, then the last days.
- A word is the number of a copy or of its record, as it stands on the paper; never a person.
"""

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from certsvc.certificates.extraction.records import CopyWithdrawal, Extraction
from certsvc.certificates.extraction.rules import CopyState
from certsvc.certificates.records.history import left_in
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import LIVING, RecordState
from certsvc.foundation.clock import china_day
from certsvc.foundation.db.lists import Condition, SqlList, before_day, equals, from_day

COPY_SORTS = {
    "extracted_at": (Extraction.extracted_at,),
    "valid_until": (Extraction.valid_until,),
    "matter": (Extraction.matter_code, Extraction.extracted_at),
}
COPY_FILTERS = ("state", "type", "matter", "extracted_from", "extracted_before")
NEWEST_FIRST = "-extracted_at"
_LEFT_BY_RECORD = {
    CopyState.REVOKED: RecordState.REVOKED,
    CopyState.CANCELLED: RecordState.CANCELLED,
    CopyState.SUPERSEDED: RecordState.SUPERSEDED,
}


def copy_list(name: str, now: datetime) -> SqlList:
    """Return how a list of copies may be asked for at an instant; `name` says whose it is."""
    return SqlList(
        name=f"copies of {name}",
        sorts=COPY_SORTS,
        key=(Extraction.copy_number,),
        usual=NEWEST_FIRST,
        filters={
            "state": _in_state(now),
            "type": lambda value: Extraction.record.has(CertificateRecord.type_code == value),
            "matter": equals(Extraction.matter_code),
            "extracted_from": from_day(Extraction.extracted_at),
            "extracted_before": before_day(Extraction.extracted_at),
        },
        words=_has_number,
    )


def _has_number(words: str) -> ColumnElement[bool]:
    number = "".join(words.split()).upper().replace("-", "")
    return or_(
        Extraction.copy_number == number,
        Extraction.record.has(CertificateRecord.identifier == "".join(words.split())),
    )


def _in_state(now: datetime) -> Condition:
    return lambda value: _state_is(CopyState(value), china_day(now))


def _state_is(state: CopyState, today: date) -> ColumnElement[bool]:
    if state in _LEFT_BY_RECORD:
        return _left(_LEFT_BY_RECORD[state])
    lasts = Extraction.record.has(CertificateRecord.valid_until >= today)
    suspended = and_(_left(RecordState.SUSPENDED), lasts)
    if state is CopyState.SUSPENDED:
        return suspended
    withdrawn = exists().where(CopyWithdrawal.copy_number == Extraction.copy_number)
    own = and_(or_(*(_left(each) for each in sorted(LIVING))), not_(suspended))
    if state is CopyState.WITHDRAWN:
        return and_(own, withdrawn)
    in_force = and_(_left(RecordState.ISSUED), lasts, Extraction.valid_until >= today)
    wanted = in_force if state is CopyState.IN_FORCE else not_(in_force)
    return and_(own, not_(withdrawn), wanted)


def _left(state: RecordState) -> ColumnElement[bool]:
    return left_in(state, of=Extraction.record_id)
