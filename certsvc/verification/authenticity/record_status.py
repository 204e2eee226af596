"""Steps `record-state` and `validity`: how the record and its copy stand now.

- The producing unit says how the record stands; the extracting unit, whether it withdrew its copy.
- Anyone is told since when and the reason code; the reason itself, and who decided, stay with
  the units.
- A record that was suspended, revoked, cancelled or superseded fails, and so does its copy: the
  file is as genuine as before, and must not be used.
"""

from datetime import datetime

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.service import state_of_copy
from certsvc.certificates.records.history import last_change, state_now
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import ReasonCode, RecordState
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.codes.holder import mask_code, mask_name
from certsvc.foundation.errors import DefectError
from certsvc.verification.authenticity.examination import check_last_day
from certsvc.verification.authenticity.rules import (
    RECORD_STATE,
    VALIDITY,
    CopySummary,
    RecordStanding,
    check,
)
from signing.report import Check, Outcome, Param


class RecordWithoutHistoryError(DefectError):
    """A published record has no change that issued it."""

    code = "authenticity.record-without-history"


def summarise(copy: Extraction, now: datetime) -> CopySummary:
    """Return what anyone may know of a registered copy.

    Raises:
        RecordWithoutHistoryError: nothing says how its record stands.
    """
    record, withdrawal = copy.record, copy.withdrawal
    return CopySummary(
        type_name=record.certificate_type.name,
        type_name_en=record.certificate_type.name_en,
        identifier=record.identifier,
        copy_number=copy.copy_number,
        masked_holder_name=mask_name(record.holder_name),
        masked_holder_code=mask_code(record.holder_code),
        producing_unit=record.certificate_type.producing_unit.name,
        extracting_unit=copy.extracting_unit.name,
        matter=copy.matter.name,
        matter_en=copy.matter.name_en,
        extracted_at=copy.extracted_at,
        valid_until=copy.valid_until,
        state=state_of_copy(copy, now),
        record=standing_of(record, now),
        withdrawn_at=withdrawal.withdrawn_at if withdrawal else None,
    )


def standing_of(record: CertificateRecord, now: datetime) -> RecordStanding:
    """Return how a published record stands.

    Raises:
        RecordWithoutHistoryError: nothing says how it stands.
    """
    state, change = state_now(record, now), last_change(record)
    if state is None or change is None:
        raise RecordWithoutHistoryError
    return RecordStanding(
        state=state,
        since=change.effective_at,
        reason_code=ReasonCode(change.reason_code),
        successor=change.successor.identifier if change.successor else None,
    )


def check_record_state(copy: CopySummary) -> Check:
    """Check the state of the record."""
    standing = copy.record
    if standing.state is RecordState.ISSUED:
        return check(RECORD_STATE, Outcome.PASSED, "in-force", {"since": rfc3339(standing.since)})
    if standing.state is RecordState.EXPIRED:
        last_day = copy.valid_until.isoformat()
        return check(RECORD_STATE, Outcome.FAILED, "expired", {"date": last_day})
    params: dict[str, Param] = {
        "since": rfc3339(standing.since),
        "reason_code": standing.reason_code.value,
        "unit": copy.producing_unit,
    }
    if standing.successor is not None:
        params["successor"] = standing.successor
    return check(RECORD_STATE, Outcome.FAILED, standing.state.value, params)


def check_copy_validity(copy: CopySummary, now: datetime) -> Check:
    """Check whether the copy itself is in force, apart from its record."""
    if copy.withdrawn_at is not None:
        params: dict[str, Param] = {
            "since": rfc3339(copy.withdrawn_at),
            "unit": copy.extracting_unit,
        }
        return check(VALIDITY, Outcome.FAILED, "withdrawn", params)
    return check_last_day(copy.valid_until, now)
