"""Issuing the rows of a chunk, one after the other.

- Each row is issued under a key of its own, so that whoever does it again after a kill gets the
  certificate that is there, or finishes what was begun; never a second one.
- What a row comes to is written as soon as it is known.
- What is out of reach, for now, leaves the rows of that certificate type waiting; rows of other
  types go on. So one source that is down stops nobody else.
- Whoever sent the batch must still be there and have the right, at each chunk anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certsvc.certificates.batches.events import BatchFinished
from certsvc.certificates.batches.records import Batch, BatchRow
from certsvc.certificates.batches.rules import WORKING, BatchState, RowState, row_key
from certsvc.certificates.batches.service import move_batch
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.rules import IssueRequest
from certsvc.evidence.sources.errors import NoSourceError
from certsvc.foundation.clock import Clock
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import (
    CertsvcError,
    ForbiddenError,
    UnauthenticatedError,
    UnavailableError,
)
from certsvc.foundation.events.recording import record
from certsvc.foundation.idempotency.rules import InProgressError, LeaseLostError
from certsvc.people.accounts.service import staff_actor
from certsvc.people.clients.service import ACTOR_PREFIX, client_actor
from certsvc.people.rights.rules import Actor, Permission, Role, require, require_unit
from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.register.errors import (
    SealCertificateEndingError,
    SealLimitReachedError,
    SealNotInUseError,
)
from certsvc.sealing.register.scope_rules import OutsideScopeError
from keys.errors import SigningKeyError
from signing.errors import (
    LevelUnreachableError,
    RevocationUnavailableError,
    SigningError,
    TimestampError,
)
from templates.errors import TemplateError

_STAFF, _MACHINE = "staff:", "machine:"
FAULT = "service.defect"
"""Code of unexpected errors."""
_OUT_OF_REACH = (
    UnavailableError,
    SealNotInUseError,
    SealLimitReachedError,
    SealCertificateEndingError,
    KeyNotOfferedError,
    SigningKeyError,
    TimestampError,
    RevocationUnavailableError,
    LevelUnreachableError,
)
"""Temporary errors, and errors that end when people put a seal in order."""
_NO_RIGHT = (ForbiddenError, UnauthenticatedError)
"""The sender of the batch has lost the right to issue it."""
_UNDER_WAY = (InProgressError, LeaseLostError)
"""Another process has claimed the row, or died with it; wait until its lease ends."""
_KNOWN = (CertsvcError, TemplateError, SigningError, SigningKeyError)

DefectListener: TypeAlias = Callable[[Exception], None]


class IssuesCertificates(Protocol):
    """Issues one certificate; the same key gives the same certificate."""

    def issue(self, request: IssueRequest, *, actor: Actor) -> IssuedCopy:
        """Issue it, or return what the same request made before."""


@dataclass(frozen=True, kw_only=True)
class ChunkOutcome:
    """Progress of a chunk."""

    is_settled: bool
    """Whether nothing is left to do: every row has its outcome, or the batch has ended."""
    reason_code: str | None = None
    """Why the rest is waiting."""


@dataclass
class _Pass:
    """One walk through the waiting rows of a chunk."""

    actor: Actor
    reasons: dict[str, Exception]
    """Why rows of a certificate type are waiting, by its code."""
    left: int = 0
    """Rows that stay waiting."""


class ChunkIssuer:
    """Issues the rows of chunks; safe to share between threads."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        issuer: IssuesCertificates,
        on_defect: DefectListener,
    ) -> None:
        self._database = database
        self._clock = clock
        self._issuer = issuer
        self._on_defect = on_defect

    def issue_chunk(
        self, batch_id: str, chunk: int, *, is_stopping: Callable[[], bool] = lambda: False
    ) -> ChunkOutcome:
        """Issue every waiting row of a chunk that can be issued now.

        Args:
            batch_id: Of which batch.
            chunk: Which chunk.
            is_stopping: Asked before each row; the rest stays waiting once it is so.

        Raises:
            DatabaseUnavailableError: the database cannot be reached; do it again.
        """
        with self._database.reading() as session:
            batch = session.get_one(Batch, batch_id)
            rows = session.scalars(
                select(BatchRow)
                .where(
                    BatchRow.batch_id == batch_id,
                    BatchRow.chunk == chunk,
                    BatchRow.state == RowState.WAITING.value,
                )
                .order_by(BatchRow.row)
            ).all()
        try:
            actor = self._require_sender(batch)
        except _NO_RIGHT as error:
            return self._stop(batch, error)
        walk = _Pass(actor=actor, reasons={})
        for row in rows:
            if not self._is_working(batch_id):
                return ChunkOutcome(is_settled=True)
            if is_stopping():
                return ChunkOutcome(is_settled=False)
            if row.type_code in walk.reasons:
                walk.left += 1
                continue
            try:
                self._issue_row(batch, row, walk)
            except _NO_RIGHT as error:
                return self._stop(batch, error)
        return self._end(batch, walk)

    def _require_sender(self, batch: Batch) -> Actor:
        """Return whoever sent a batch, if they may still issue for its unit."""
        with self._database.reading() as session:
            actor = _actor_of(session, batch.created_by)
        require(actor, Permission.ISSUE)
        require_unit(actor, batch.unit_code)
        return actor

    def _is_working(self, batch_id: str) -> bool:
        with self._database.reading() as session:
            state = session.scalar(select(Batch.state).where(Batch.id == batch_id))
        return state in WORKING

    def _issue_row(self, batch: Batch, row: BatchRow, walk: _Pass) -> None:
        try:
            issued = self._issuer.issue(_request_of(batch, row), actor=walk.actor)
        except NoSourceError as error:
            # Not temporary: no source is connected, so the row needs a department's reply.
            self._refuse(row, error.code, error.params)
        except _UNDER_WAY:
            walk.left += 1
        except _NO_RIGHT:
            raise
        except _KNOWN as error:
            if _passes(error):
                walk.left += 1
                walk.reasons[row.type_code] = error
            else:
                self._refuse(row, error.code, error.params)
        except Exception as error:  # noqa: BLE001  one row's defect must not take the others along
            self._on_defect(error)
            self._refuse(row, FAULT, {})
        else:
            self._settle(row, state=RowState.ISSUED, copy_number=issued.copy_number)

    def _refuse(self, row: BatchRow, code: str, params: dict[str, str | int]) -> None:
        self._settle(row, state=RowState.REFUSED, refusal_code=code, refusal_params=params)

    def _settle(self, row: BatchRow, *, state: RowState, **values: object) -> None:
        # What was issued is written even if the batch was cancelled meanwhile; nothing else is.
        may_follow = {RowState.WAITING.value}
        if state is RowState.ISSUED:
            may_follow.add(RowState.CANCELLED.value)
        now = self._clock.now()
        with self._database.transaction() as session:
            session.execute(
                update(BatchRow)
                .where(
                    BatchRow.batch_id == row.batch_id,
                    BatchRow.row == row.row,
                    BatchRow.state.in_(may_follow),
                )
                .values(state=state.value, settled_at=now, **values)
            )

    def _stop(self, batch: Batch, error: CertsvcError) -> ChunkOutcome:
        with self._database.transaction() as session:
            move_batch(
                session,
                batch.id,
                BatchState.STOPPED,
                now=self._clock.now(),
                reason_code=error.code,
                reason_params=error.params,
            )
        return ChunkOutcome(is_settled=True, reason_code=error.code)

    def _end(self, batch: Batch, walk: _Pass) -> ChunkOutcome:
        """Return the state of the batch after this pass."""
        reason = next(iter(walk.reasons.values()), None)
        code = reason.code if isinstance(reason, _KNOWN) else None
        with self._database.transaction() as session:
            if isinstance(reason, _KNOWN):
                move_batch(
                    session,
                    batch.id,
                    BatchState.PAUSED,
                    now=self._clock.now(),
                    reason_code=reason.code,
                    reason_params=reason.params,
                )
            else:
                self._go_on_or_end(session, batch)
        return ChunkOutcome(is_settled=walk.left == 0, reason_code=code)

    def _go_on_or_end(self, session: Session, batch: Batch) -> None:
        waiting = (
            select(BatchRow.row)
            .where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.WAITING.value)
            .limit(1)
        )
        is_done = session.scalar(waiting) is None
        state = BatchState.DONE if is_done else BatchState.RUNNING
        now = self._clock.now()
        if move_batch(session, batch.id, state, now=now) and is_done:
            record(session, BatchFinished(subject=batch.id), actor=batch.created_by, now=now)


def _passes(error: Exception) -> bool:
    """Tell whether an error that kept a row from being issued is temporary."""
    if isinstance(error, OutsideScopeError):
        return error.params.get("reason") == "hours"
    return isinstance(error, _OUT_OF_REACH)


def _request_of(batch: Batch, row: BatchRow) -> IssueRequest:
    return IssueRequest(
        type_code=row.type_code,
        holder=HolderCode.of(row.holder_kind, row.holder_code or ""),
        unit_code=batch.unit_code,
        matter_code=row.matter_code,
        purpose=row.purpose or "",
        idempotency_key=row_key(batch.id, row.row),
        reply_id=row.reply_id,
    )


def _actor_of(session: Session, actor_id: str) -> Actor:
    """Return who an actor is today.

    Raises:
        NotLoggedInError: there is no such member of staff, or no such system, any more.
    """
    if actor_id.startswith(ACTOR_PREFIX):
        return client_actor(session, actor_id.removeprefix(ACTOR_PREFIX))
    if actor_id.startswith(_MACHINE):
        name = actor_id.removeprefix(_MACHINE)
        return Actor(id=actor_id, name=name, roles=frozenset({Role.MACHINE_OPERATOR}))
    return staff_actor(session, actor_id.removeprefix(_STAFF))
