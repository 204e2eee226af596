"""Detecting accidental repetitions: the same certificate was issued a moment ago.

- It is decided in the transaction that allocates the next one, and whoever allocates for the same
  holder, type, matter and unit waits for it: of several at once one goes on, the others are told of
  it, though it is not published yet.
- Only who asks to be stopped is: the desk, where a second copy is more likely a slip. A system has
  its own idempotency keys for that, and a batch its rows; but the desk is told of what they took.
- A clerk who wants another copy all the same says which one they were told of. What was taken
  meanwhile beside that one stops them again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import rfc8785
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import SERVED
from certsvc.certificates.extraction.service import state_of_copy
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import IssuanceState, IssueRequest, RepeatedError
from certsvc.certificates.records.records import CertificateRecord

REPEAT_WINDOW = timedelta(minutes=15)
"""Within this time, a second copy for the same holder, type and matter is probably a mistake."""


@dataclass(frozen=True, kw_only=True)
class RecentCopy:
    """The last copy that a unit took of the same proof for the same matter."""

    copy: Extraction
    """The copy."""
    is_published: bool
    """Whether it is there; otherwise it is being made at this moment."""


def hold_repetitions(session: Session, request: IssueRequest) -> None:
    """Lock out parallel allocations for the same holder, type, matter and unit until the commit.

    SQLite has one writer at a time in any case.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_number_of(request))))


def _number_of(request: IssueRequest) -> int:
    """Return a 64-bit lock number; a collision only causes waiting."""
    holder = request.holder
    parts = [
        request.unit_code, request.matter_code, request.type_code, holder.kind.value, holder.value,
    ]  # fmt: skip
    return int.from_bytes(hashlib.sha256(rfc8785.dumps(parts)).digest()[:8], signed=True)


def refuse_repetition(
    session: Session, request: IssueRequest, *, caller: str, now: datetime
) -> None:
    """Stop a request that asked to be stopped if the same was taken a moment ago.

    Raises:
        RepeatedError: it was, and the asker did not say that they know of that copy.
    """
    if not request.stops_if_repeated:
        return
    recent = find_recent_copy(session, request, caller=caller, now=now)
    if recent is not None and recent.copy.copy_number != request.knows_of:
        raise RepeatedError(copy_number=recent.copy.copy_number)


def find_recent_copy(
    session: Session, request: IssueRequest, *, caller: str, now: datetime
) -> RecentCopy | None:
    """Return the last copy that the unit took, or is taking, of the same proof just now.

    One that may not be used any more is none: whoever asks again needs another.

    What the same caller issued under the same idempotency key, hidden as it is kept, is no
    repetition but the answer.
    """
    under_way = and_(Issuance.state == IssuanceState.RUNNING.value, Issuance.lease_until_at > now)
    found = session.execute(
        select(Extraction, Issuance)
        .join(CertificateRecord, CertificateRecord.id == Extraction.record_id)
        .join(Issuance, Issuance.copy_number == Extraction.copy_number)
        .where(
            CertificateRecord.holder_kind == request.holder.kind.value,
            CertificateRecord.holder_code == request.holder.value,
            CertificateRecord.type_code == request.type_code,
            Extraction.extracting_unit_code == request.unit_code,
            Extraction.matter_code == request.matter_code,
            Extraction.extracted_at > now - REPEAT_WINDOW,
            or_(Issuance.state == IssuanceState.PUBLISHED.value, under_way),
        )
        .order_by(Issuance.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    copy, issuance = found
    key, is_published = request.idempotency_key, issuance.state == IssuanceState.PUBLISHED
    if is_published and state_of_copy(copy, now) not in SERVED:
        return None
    if key is not None and (issuance.caller, issuance.idempotency_key) == (caller, key):
        return None
    return RecentCopy(copy=copy, is_published=is_published)
