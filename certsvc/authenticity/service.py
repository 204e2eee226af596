"""Checking an uploaded file, or the copy that a verification code names.

For a file:
1. validate its seal with the validator that everybody uses;
2. compare the data attached to it with what its pages show, if the seal passed;
3. ask the register of seals whether each seal was in use when it was used, and is now;
4. look its digest up in the register of copies;
5. judge how the record stands that it was made of, and whether the copy is in force now.

For a code, the registered file itself is read from the store and judged the same way. That the
paper or file in somebody's hand is this copy is *not* checked, and the report says so.
"""

from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.authenticity.file_kinds import kind_of
from certsvc.authenticity.record_status import (
    check_copy_validity,
    check_last_day,
    check_record_state,
    summarise,
)
from certsvc.authenticity.rules import (
    IN_HAND,
    RECORD_STATE,
    VALIDITY,
    AuthenticityAnswer,
    AuthenticityReport,
    CopySummary,
    check,
    conclude,
    judge,
)
from certsvc.authenticity.seal_status import check_statuses, is_ours, statuses_not_asked
from certsvc.authenticity.twin import TWIN_NAME, GetPaperParts, check_twin
from certsvc.clock import Clock
from certsvc.db.engine import Database
from certsvc.errors import InvalidInputError, NotFoundError, UnavailableError
from certsvc.extraction.records import Extraction
from certsvc.extraction.rules import (
    fault_of_verify_code,
    normalise_verify_code,
    verify_code_digest,
)
from certsvc.extraction.twins import TwinForeignError, TwinMalformedError, read_twin
from certsvc.storage.objects import ObjectStore, digest_of, parse_digest
from signing.pdf.attachments import read_attachment
from signing.report import Check, Outcome, ValidationReport, Verdict
from signing.revocation.revocation_sources import RevocationSource
from signing.trust import TrustStore
from signing.validation import validate_document

_AT_ONCE = 8
_PATIENCE_S = 3.0


class CodeUnknownError(NotFoundError):
    """No published copy has this verification code.

    Params: `reason`, if none can: `length`, or `character` with `position` and `character`.
    """

    code = "authenticity.code-unknown"


class BusyError(UnavailableError):
    """As many files are being checked as this process takes at once."""

    code = "authenticity.busy"


class FileTooLargeError(InvalidInputError):
    """The file is larger than the service takes for a check."""

    code = "authenticity.file-too-large"


@dataclass(frozen=True, kw_only=True)
class _Examined:
    """A document and what the validator and the comparison of its data found."""

    content: bytes
    report: ValidationReport
    twin: Check

    @property
    def has_passed(self) -> bool:
        return self.report.verdict is Verdict.TOTAL_PASSED


def check_file_offline(
    content: bytes, *, trust: TrustStore, now: datetime, parts: GetPaperParts | None = None
) -> AuthenticityReport:
    """Check a file without any register: its seal against given roots, its expiry as it says."""
    examined = _examine(content, validate_document(content, trust=trust, at=now), parts)
    own = [
        examined.twin,
        *statuses_not_asked(len(examined.report.seals), "not-asked"),
        check("register", Outcome.NOT_CHECKED, "not-asked"),
        check(RECORD_STATE, Outcome.NOT_CHECKED, "not-asked"),
    ]
    if examined.has_passed:
        own.append(_sealed_validity(content, now))
    return _assemble(examined, own, None, now)


def _examine(content: bytes, report: ValidationReport, parts: GetPaperParts | None) -> _Examined:
    if report.verdict is Verdict.TOTAL_PASSED:
        twin = check_twin(content, parts)
    else:
        twin = check("twin", Outcome.NOT_CHECKED, "not-reached")
    return _Examined(content=content, report=report, twin=twin)


def _sealed_part(examined: _Examined) -> bytes:
    """The file without what the validator found was added to it for the archive alone."""
    for step in examined.report.checks:
        if step.code == "validation.whole-file.archival" and step.outcome is Outcome.PASSED:
            return examined.content[: -int(step.evidence["extra"])]
    return examined.content


def _sealed_validity(content: bytes, now: datetime) -> Check:
    """Judge the last day of a copy as its sealed twin tells it."""
    try:
        twin = read_twin(read_attachment(content, TWIN_NAME) or b"null")
    except (TwinForeignError, TwinMalformedError):
        return check(VALIDITY, Outcome.NOT_CHECKED, "unknown")
    return check_last_day(twin.valid_until, now)


class AuthenticityDesk:
    """Answers whether certificates are genuine; one for a process."""

    def __init__(  # noqa: PLR0913  one part each
        self,
        *,
        database: Database,
        clock: Clock,
        store: ObjectStore,
        trust: TrustStore,
        parts: GetPaperParts,
        status_source: RevocationSource,
        at_once: int = _AT_ONCE,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._trust = trust
        self._parts = parts
        self._places = BoundedSemaphore(at_once)
        self._patience_s = patience_s
        self._status_source = status_source

    def check_file(self, content: bytes) -> AuthenticityReport:
        """Check a file against the trusted roots and the registers of this installation.

        Raises:
            BusyError: too many files are being checked at once.
        """
        now = self._clock.now()
        examined = self._examine(content, now)
        sealed = digest_of(_sealed_part(examined))  # anyone may have archived the copy since
        with self._database.reading() as session:
            extraction = session.scalar(
                select(Extraction).where(Extraction.object_sha256 == sealed)
            )
            copy = summarise(extraction, now) if extraction else None
            own = _own_checks(session, examined, copy, now)
        return _assemble(examined, own, copy, now)

    def check_code(self, code: str) -> AuthenticityReport:
        """Check the registered copy that a verification code names.

        Raises:
            CodeUnknownError: no published copy has the code.
            ObjectMissingError: its file is gone from the store.
            ObjectDamagedError: its file was changed in the store.
            BusyError: too many files are being checked at once.
        """
        now = self._clock.now()
        with self._database.reading() as session:
            extraction = _get_by_code(session, code)
            copy = summarise(extraction, now)
            digest = parse_digest(str(extraction.stored_sha256))
        examined = self._examine(self._store.get(digest), now)
        with self._database.reading() as session:
            own = _own_checks(session, examined, copy, now)
        own.append(check(IN_HAND, Outcome.NOT_CHECKED, "not-compared"))
        return _assemble(examined, own, copy, now)

    def _examine(self, content: bytes, now: datetime) -> _Examined:
        # A file made to be slow holds its place for seconds; the others must not queue behind it.
        if not self._places.acquire(timeout=self._patience_s):
            raise BusyError
        try:
            report = validate_document(
                content, trust=self._trust, at=now, status_source=self._status_source
            )
            return _examine(content, report, self._parts)
        finally:
            self._places.release()


def _get_by_code(session: Session, code: str) -> Extraction:
    extraction = session.scalar(
        select(Extraction).where(
            Extraction.verify_code_sha256 == verify_code_digest(code),
            Extraction.object_sha256.is_not(None),
        )
    )
    if extraction is None:
        raise CodeUnknownError(**fault_of_verify_code(normalise_verify_code(code)))
    return extraction


def _own_checks(
    session: Session, examined: _Examined, copy: CopySummary | None, now: datetime
) -> list[Check]:
    seals = examined.report.seals
    is_archived = _sealed_part(examined) != examined.content
    if examined.has_passed:
        statuses = check_statuses(session, seals, now)
    else:
        statuses = statuses_not_asked(len(seals), "not-reached")
    own = [examined.twin, *statuses]
    if copy is not None:
        return [
            *own,
            check("register", Outcome.PASSED, "known-archived" if is_archived else "known"),
            check_record_state(copy),
            check_copy_validity(copy, now),
        ]
    if not seals:
        return [*own, check("register", Outcome.FAILED, "unknown")]
    if any(is_ours(session, seal) for seal in seals):
        return [*own, check("register", Outcome.FAILED, "unknown")]
    # Somebody else's seal: that we did not issue the file is no fault of it.
    return [*own, check("register", Outcome.NOT_CHECKED, "not-ours")]


def _assemble(
    examined: _Examined, own: list[Check], copy: CopySummary | None, now: datetime
) -> AuthenticityReport:
    report, own_checks = examined.report, tuple(own)
    answer = judge(report, own_checks)
    is_unreadable = answer is AuthenticityAnswer.UNREADABLE
    return AuthenticityReport(
        answer=answer,
        file_kind=kind_of(examined.content) if is_unreadable else None,
        checked_at=now,
        sha256=digest_of(examined.content),
        size=len(examined.content),
        checks=(*report.checks, *own_checks),
        seals=conclude(report, own_checks),
        copy=copy,
    )
