"""Checking a file where there is no register: against given roots alone."""

from datetime import datetime

from certsvc.verification.authenticity.examination import (
    assemble,
    check_sealed_validity,
    compare_pictures,
    examine,
    statuses_not_asked,
)
from certsvc.verification.authenticity.rules import (
    RECORD_STATE,
    REGISTER,
    AuthenticityReport,
    check,
)
from certsvc.verification.authenticity.twin import GetPaperParts
from signing.report import Outcome
from signing.trust import TrustStore
from signing.validation import validate_document


def check_file_offline(
    content: bytes, *, trust: TrustStore, now: datetime, parts: GetPaperParts | None = None
) -> AuthenticityReport:
    """Check a file without any register: its seal against given roots, its expiry as it says."""
    examined = examine(content, validate_document(content, trust=trust, at=now), parts)
    own = [
        examined.twin,
        *statuses_not_asked(len(examined.report.seals), "not-asked"),
        *compare_pictures(examined, is_claimed=examined.data is not None),
        check(REGISTER, Outcome.NOT_CHECKED, "not-asked"),
        check(RECORD_STATE, Outcome.NOT_CHECKED, "not-asked"),
    ]
    if examined.has_passed:
        own.append(check_sealed_validity(examined.data, now))
    return assemble(examined, own, now)
