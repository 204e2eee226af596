"""Recovery of issuances that a dead process left behind.

- Only issuances whose lease has run out are touched.
- If a sealed and verified file is in the store, the issuance is finished: it is published.
- Otherwise, or if what it was to replace has ended meanwhile, it is voided. Its identifier is not
  used again; a seal use that was intended stays in the log as abandoned, since nobody can know
  whether the key was used.
- Nothing is sealed by recovery.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from certsvc.certificates.issuance import journal
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import IssuanceState, ReplacedCopyWithdrawnError
from certsvc.certificates.records.rules import RecordClockBehindError
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import UnavailableError
from certsvc.foundation.idempotency.rules import LeaseLostError
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.foundation.storage.objects import (
    ObjectDamagedError,
    ObjectMissingError,
    ObjectStore,
    parse_digest,
)
from signing.report import Verdict
from signing.trust import TrustStore
from signing.validation import validate_document

INTERRUPTED = "issuance.interrupted"


@dataclass(frozen=True, kw_only=True)
class RecoveryResult:
    """Result of recovery."""

    finished: int
    """Issuances that are published now."""
    voided: int
    """Issuances that ended without a certificate."""


class Recovery:
    """Finishes or voids issuances whose process died."""

    def __init__(
        self, *, database: Database, clock: Clock, store: ObjectStore, trust: TrustStore
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._trust = trust

    def recover(self) -> RecoveryResult:
        """Finish or void every issuance whose lease has run out."""
        now = self._clock.now()
        with self._database.reading() as session:
            left = session.scalars(
                select(Issuance.id)
                .where(
                    Issuance.state == IssuanceState.RUNNING.value, Issuance.lease_until_at <= now
                )
                .order_by(Issuance.id)
            ).all()
        outcomes = [self._try(issuance_id) for issuance_id in left]
        return RecoveryResult(
            finished=outcomes.count(IssuanceState.PUBLISHED),
            voided=outcomes.count(IssuanceState.VOIDED),
        )

    def _try(self, issuance_id: int) -> IssuanceState:
        try:
            return self.recover_one(issuance_id)
        except UnavailableError:
            # One unavailable object must not block the others; it is retried next time.
            return IssuanceState.RUNNING

    def recover_one(self, issuance_id: int) -> IssuanceState:
        """Finish or void one issuance, and return how it stands afterwards.

        Raises:
            UnavailableError: database or store cannot be reached; nothing was decided.
        """
        now = self._clock.now()
        with self._database.reading() as session:
            issuance = journal.get_issuance(session, issuance_id)
        if issuance.lease_until_at > now:
            return IssuanceState(issuance.state)
        finished = self._has_sealed_file(issuance.sealed_sha256, now)
        try:
            if finished:
                self._publish(issuance_id, now)
            else:
                self._void(issuance_id, INTERRUPTED, now)
        except LeaseLostError:
            # Another process finished or voided it meanwhile.
            pass
        with self._database.reading() as session:
            return IssuanceState(journal.get_issuance(session, issuance_id).state)

    def _publish(self, issuance_id: int, now: datetime) -> None:
        try:
            with self._database.transaction() as session:
                journal.publish(session, issuance_id, now=now)
        except (
            TransitionRefusedError,
            RecordClockBehindError,
            ReplacedCopyWithdrawnError,
        ) as error:
            # The replaced record was changed meanwhile: the new version is voided.
            self._void(issuance_id, error.code, now)

    def _void(self, issuance_id: int, failure_code: str, now: datetime) -> None:
        with self._database.transaction() as session:
            journal.void(session, issuance_id, failure_code=failure_code, now=now)

    def _has_sealed_file(self, sealed_sha256: str | None, now: datetime) -> bool:
        if sealed_sha256 is None:
            return False
        try:
            sealed = self._store.get(parse_digest(sealed_sha256))
        except (ObjectMissingError, ObjectDamagedError):
            return False
        report = validate_document(sealed, trust=self._trust, at=now)
        return report.verdict is Verdict.TOTAL_PASSED
