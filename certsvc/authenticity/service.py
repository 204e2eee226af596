"""Checking an uploaded file, or the copy that a verification code names.

For a file:
1. validate its seal with the validator that everybody uses;
2. look its digest up in the register of copies;
3. judge whether the copy is in force now.

For a code, the registered file itself is read from the store and judged the same way. That the
paper or file in somebody's hand is this copy is *not* checked, and the report says so.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from threading import BoundedSemaphore

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.authenticity.rules import (
    VALIDITY,
    AuthenticityReport,
    AuthenticityVerdict,
    CopyState,
    CopySummary,
    judge,
)
from certsvc.clock import Clock
from certsvc.codes.holder import mask_code, mask_name
from certsvc.db.engine import Database
from certsvc.errors import InvalidInputError, NotFoundError, UnavailableError
from certsvc.extraction.records import Extraction
from certsvc.extraction.rules import is_in_force, verify_code_digest
from certsvc.storage.objects import ObjectStore, digest_of, parse_digest
from signing.archive_revisions import sealed_revision
from signing.attachments import read_attachment
from signing.report import Check, Outcome, ValidationReport, Verdict
from signing.revocation_sources import RevocationSource
from signing.trust import TrustStore
from signing.validation import validate_document

_AT_ONCE = 8
_PATIENCE_S = 3.0
TWIN_NAME = "certificate.json"
"""Name under which the machine-readable twin is attached."""


class CodeUnknownError(NotFoundError):
    """No published copy has this verification code."""

    code = "authenticity.code-unknown"


class BusyError(UnavailableError):
    """As many files are being checked as this process takes at once."""

    code = "authenticity.busy"


class FileTooLargeError(InvalidInputError):
    """The file is larger than the service takes for a check."""

    code = "authenticity.file-too-large"


def check_file_offline(content: bytes, *, trust: TrustStore, now: datetime) -> AuthenticityReport:
    """Check a file without any register: its seal against given roots, its expiry as it says."""
    report = validate_document(content, trust=trust, at=now)
    register = [_check("register", Outcome.NOT_CHECKED, "check.register.not-asked")]
    if report.verdict is Verdict.TOTAL_PASSED:
        register.append(_validity(_sealed_expiry(content), now))
    return _assemble(report, tuple(register), None, now)


def _sealed_expiry(content: bytes) -> date | None:
    """Return the last day of a copy as its sealed twin tells it; None if it tells none."""
    twin = read_attachment(content, TWIN_NAME)
    try:
        return date.fromisoformat(json.loads(twin or b"")["extraction"]["valid_until"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _validity(valid_until: date | None, now: datetime) -> Check:
    if valid_until is None:
        return _check(VALIDITY, Outcome.NOT_CHECKED, "check.validity.unknown")
    expires = {"date": valid_until.isoformat()}
    if is_in_force(valid_until, now):
        return _check(VALIDITY, Outcome.PASSED, "check.validity.in-force", expires)
    return _check(VALIDITY, Outcome.FAILED, "check.validity.expired", expires)


class AuthenticityDesk:
    """Answers whether certificates are genuine; one for a process."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        store: ObjectStore,
        trust: TrustStore,
        status_source: RevocationSource,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._trust = trust
        self._status_source = status_source
        self._places = BoundedSemaphore(_AT_ONCE)

    def check_file(self, content: bytes) -> AuthenticityReport:
        """Check a file against the trusted roots and the register of this installation.

        Raises:
            BusyError: too many files are being checked at once.
        """
        now = self._clock.now()
        report = self._validate(content, now)
        sealed = digest_of(sealed_revision(content))  # anyone may have archived the copy since
        with self._database.reading() as session:
            extraction = session.scalar(
                select(Extraction).where(Extraction.object_sha256 == sealed)
            )
            copy = _summarise(extraction, now) if extraction else None
        checks = _register_checks(copy, now, is_archived=sealed != digest_of(content))
        return _assemble(report, checks, copy, now)

    def _validate(self, content: bytes, now: datetime) -> ValidationReport:
        # A file made to be slow holds its place for seconds; the others must not queue behind it.
        if not self._places.acquire(timeout=_PATIENCE_S):
            raise BusyError
        try:
            return self._judge_seals(content, now)
        finally:
            self._places.release()

    def _judge_seals(self, content: bytes, now: datetime) -> ValidationReport:
        return validate_document(
            content, trust=self._trust, at=now, status_source=self._status_source
        )

    def check_code(self, code: str) -> AuthenticityReport:
        """Check the registered copy that a verification code names.

        Raises:
            CodeUnknownError: no published copy has the code.
            ObjectMissingError: its file is gone from the store.
            ObjectDamagedError: its file was changed in the store.
        """
        now = self._clock.now()
        with self._database.reading() as session:
            extraction = _get_by_code(session, code)
            copy = _summarise(extraction, now)
            digest = parse_digest(str(extraction.stored_sha256))
        report = self._judge_seals(self._store.get(digest), now)
        in_hand = _check("in-hand", Outcome.NOT_CHECKED, "check.in-hand.not-compared")
        return _assemble(report, (*_register_checks(copy, now), in_hand), copy, now)


def _get_by_code(session: Session, code: str) -> Extraction:
    extraction = session.scalar(
        select(Extraction).where(
            Extraction.verify_code_sha256 == verify_code_digest(code),
            Extraction.object_sha256.is_not(None),
        )
    )
    if extraction is None:
        raise CodeUnknownError
    return extraction


def _register_checks(
    copy: CopySummary | None, now: datetime, *, is_archived: bool = False
) -> tuple[Check, ...]:
    if copy is None:
        return (_check("register", Outcome.FAILED, "check.register.unknown"),)
    code = "check.register.known-archived" if is_archived else "check.register.known"
    registered = _check("register", Outcome.PASSED, code)
    return registered, _validity(copy.valid_until, now)


def _check(
    name: str, outcome: Outcome, code: str, params: Mapping[str, str | int] | None = None
) -> Check:
    return Check(name=name, outcome=outcome, code=code, params=params or {})


def _summarise(extraction: Extraction, now: datetime) -> CopySummary:
    record, in_force = extraction.record, is_in_force(extraction.valid_until, now)
    return CopySummary(
        type_name=record.certificate_type.name,
        identifier=record.identifier,
        copy_number=extraction.copy_number,
        masked_holder_name=mask_name(record.holder_name),
        masked_holder_code=mask_code(record.holder_code),
        producing_unit=record.certificate_type.producing_unit.name,
        extracting_unit=extraction.extracting_unit.name,
        matter=extraction.matter.name,
        extracted_at=extraction.extracted_at,
        valid_until=extraction.valid_until,
        state=CopyState.IN_FORCE if in_force else CopyState.EXPIRED,
    )


def _assemble(
    report: ValidationReport,
    register: tuple[Check, ...],
    copy: CopySummary | None,
    now: datetime,
) -> AuthenticityReport:
    verdict: AuthenticityVerdict = judge(report, register)
    return AuthenticityReport(
        verdict=verdict,
        sub_indication=report.sub_indication.value if report.sub_indication else None,
        checked_at=now,
        checks=(*report.checks, *register),
        seals=report.seals,
        copy=copy,
    )
