"""Whether the same was issued a moment ago: a clerk may have pressed twice, or two clerks once."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.records import CertificateRecord
from certsvc.extraction.records import Extraction
from certsvc.extraction.rules import SERVED
from certsvc.extraction.service import state_of_copy
from certsvc.issuance.records import Issuance
from certsvc.issuance.rules import IssueRequest

REPEAT_WINDOW = timedelta(minutes=15)
"""Within it a second copy for the same holder, type and matter is more likely a slip."""


def find_recent_copy(
    session: Session, request: IssueRequest, *, caller: str, now: datetime
) -> Extraction | None:
    """Return the last copy that the unit took of the same proof for the same matter just now.

    One that may not be used any more is none: whoever asks again needs another.

    What the same caller issued under the same idempotency key is no repetition but the answer.
    """
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
            Extraction.object_sha256.is_not(None),
        )
        .order_by(Extraction.extracted_at.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    extraction, issuance = found
    key = request.idempotency_key
    if state_of_copy(extraction, now) not in SERVED:
        return None
    is_same = key is not None and (issuance.caller, issuance.idempotency_key) == (caller, key)
    return None if is_same else extraction
