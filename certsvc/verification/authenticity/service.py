"""Checking an uploaded file, or the copy that a verification code names.

For a file:
1. validate its seal with the validator that everybody uses;
2. compare the data attached to it with what its pages show, if the seal passed;
3. ask the register of seals whether each seal was in use when it was used, and is now;
4. look up in the register of copies what it is, or begins with; if something was added to a
   registered file, draw both and compare them;
5. judge how the record stands that it was made of, and whether the copy is in force now.

For a code, the registered file itself is read from the store and judged the same way. That the
paper or file in somebody's hand is this copy is *not* checked, and the report says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import BoundedSemaphore

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import (
    fault_of_verify_code,
    normalise_verify_code,
    verify_code_digest,
)
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import (
    CertsvcError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from certsvc.foundation.storage.objects import ObjectStore, parse_digest
from certsvc.verification.authenticity.examination import (
    Examined,
    assemble,
    compare_pictures,
    examine,
    statuses_not_asked,
)
from certsvc.verification.authenticity.pictures import (
    ARCHIVAL,
    check_pictures,
)
from certsvc.verification.authenticity.record_status import (
    check_copy_validity,
    check_record_state,
    summarise,
)
from certsvc.verification.authenticity.register import (
    Likeness,
    Match,
    find_claimed,
    find_match,
    judge_match,
    original_of,
)
from certsvc.verification.authenticity.rules import (
    IN_HAND,
    REGISTER,
    AuthenticityReport,
    Original,
    check,
)
from certsvc.verification.authenticity.seal_status import (
    check_statuses,
    is_ours,
)
from certsvc.verification.authenticity.twin import GetPaperParts
from signing.report import Check, Outcome
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
    """The limit of concurrent checks is reached."""

    code = "authenticity.busy"


class FileTooLargeError(InvalidInputError):
    """The file is larger than the service takes for a check."""

    code = "authenticity.file-too-large"


class AuthenticityDesk:
    """Service for authenticity checks; one instance per process."""

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
        with self._at_work():
            examined = self._examine(content, now)
            with self._database.reading() as session:
                match = find_match(session, content)
            standing = self._stand(examined, match)
        with self._database.reading() as session:
            return _conclude(session, examined, standing, now)

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
            digest = parse_digest(str(extraction.stored_sha256))
            is_archived = extraction.archived_sha256 is not None
            standing = _Standing(
                likeness=Likeness.ARCHIVED if is_archived else Likeness.ISSUED,
                copy_number=extraction.copy_number,
            )
        with self._at_work():
            examined = self._examine(self._store.get(digest), now)
        in_hand = check(IN_HAND, Outcome.NOT_CHECKED, "not-compared")
        with self._database.reading() as session:
            return _conclude(session, examined, standing, now, in_hand)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        # A file made to be slow holds its place for seconds; the others must not queue behind it.
        if not self._places.acquire(timeout=self._patience_s):
            raise BusyError
        try:
            yield
        finally:
            self._places.release()

    def _examine(self, content: bytes, now: datetime) -> Examined:
        report = validate_document(
            content, trust=self._trust, at=now, status_source=self._status_source
        )
        return examine(content, report, self._parts)

    def _stand(self, examined: Examined, match: Match | None) -> "_Standing":
        """Find the relation of a file to the registered one that it begins with."""
        if match is None:
            return _Standing(drawn=tuple(compare_pictures(examined, is_claimed=False)))
        if match.likeness is not None:
            return _Standing(likeness=match.likeness, copy_number=match.copy_number)
        extra = len(examined.content) - match.size
        added = _Standing(likeness=Likeness.ADDED_TO, copy_number=match.copy_number, extra=extra)
        if not examined.has_passed:
            return added
        if self._is_beginning_of_archived(examined.content, match):
            return replace(added, likeness=Likeness.ARCHIVED_BEFORE)
        begun = examined.content[: match.size]
        drawn = check_pictures(begun, examined.content, is_claimed=True)
        is_same = drawn.outcome is Outcome.PASSED and _is_archival(examined, match)
        likeness = Likeness.ARCHIVED_ELSEWHERE if is_same else Likeness.ADDED_TO
        return replace(added, likeness=likeness, drawn=(drawn,))

    def _is_beginning_of_archived(self, content: bytes, match: Match) -> bool:
        if match.archived_sha256 is None:
            return False
        try:
            kept = self._store.get(parse_digest(match.archived_sha256))
        except CertsvcError:  # gone or out of reach: then it proves nothing
            return False
        return kept.startswith(content)


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """Relation of a file to a registered copy."""

    likeness: Likeness | None = None
    """None: it begins with no registered file."""
    copy_number: str | None = None
    extra: int = 0
    """Bytes behind the registered part."""
    drawn: tuple[Check, ...] = ()
    """Steps about its pictures, if they were compared."""


def _is_archival(examined: Examined, match: Match) -> bool:
    """Tell whether the validator found nothing but our archiver's revisions behind every seal."""
    steps = [step for step in examined.report.checks if step.name == "whole-file"]
    return bool(steps) and all(
        step.code == ARCHIVAL
        and step.outcome is Outcome.PASSED
        and len(examined.content) - int(step.evidence["extra"]) <= match.size
        for step in steps
    )


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


def _conclude(
    session: Session,
    examined: Examined,
    standing: _Standing,
    now: datetime,
    *more: Check,
) -> AuthenticityReport:
    seals = examined.report.seals
    if examined.has_passed:
        statuses = check_statuses(session, seals, now)
    else:
        statuses = statuses_not_asked(len(seals), "not-reached")
    own = [examined.twin, *statuses, *standing.drawn]
    if standing.likeness is None or standing.copy_number is None:
        original = find_claimed(session, examined.data)
        own.append(_without_match(session, examined, original))
        return assemble(examined, [*own, *more], now, original=original)
    extraction = session.get_one(Extraction, standing.copy_number)
    own.append(judge_match(standing.likeness, extra=standing.extra))
    if standing.likeness is Likeness.ADDED_TO:
        original = original_of(extraction)
        return assemble(examined, [*own, *more], now, original=original)
    copy = summarise(extraction, now)
    own += [check_record_state(copy), check_copy_validity(copy, now)]
    return assemble(examined, [*own, *more], now, copy=copy)


def _without_match(session: Session, examined: Examined, original: Original | None) -> Check:
    """Say of a file that begins with no registered one whether it says that it is ours."""
    if original is not None:
        return check(REGISTER, Outcome.FAILED, "differs", {"identifier": original.identifier})
    seals = examined.report.seals
    if not seals or any(is_ours(session, seal) for seal in seals):
        return check(REGISTER, Outcome.FAILED, "unknown")
    # Another party's seal: not being registered here is not a failure.
    return check(REGISTER, Outcome.NOT_CHECKED, "not-ours")
