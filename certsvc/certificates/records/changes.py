"""Changing the state of a record: suspend, resume, revoke, cancel; issued and superseded.

- Only the unit that vouches (制作单位, 出具单位) may change a record; whoever extracted it may
  withdraw its own copy (`certsvc.certificates.extraction.withdrawals`).
- Every change goes into the log with its reason code, never with its reason, which may name people.
- The same idempotency key from the same operator gives the same change.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from certsvc.catalogue.types.records import CertificateType
from certsvc.certificates.records.errors import (
    ActionForeignError,
    RecordUnknownError,
)
from certsvc.certificates.records.events import (
    RecordCancelled,
    RecordResumed,
    RecordRevoked,
    RecordStep,
    RecordSuperseded,
    RecordSuspended,
)
from certsvc.certificates.records.history import find_by_identifier, get_locked, kept_changes
from certsvc.certificates.records.records import CertificateRecord, RecordChange, RecordReplacement
from certsvc.certificates.records.rules import (
    BY_PEOPLE,
    RECORD_LIFE,
    ReasonCode,
    RecordAction,
    check_reason_code,
    plan_change,
)
from certsvc.foundation.approvals.rules import Signatory, clean_reason
from certsvc.foundation.db.violations import refused_as
from certsvc.foundation.events.recording import record
from certsvc.foundation.idempotency.rules import EarlierRequest, InProgressError, settle
from certsvc.people.rights.moves import require_mover
from certsvc.people.rights.rules import Actor, Permission, require, require_person

_EVENTS: dict[RecordAction, type[RecordStep]] = {
    RecordAction.SUSPEND: RecordSuspended,
    RecordAction.RESUME: RecordResumed,
    RecordAction.REVOKE: RecordRevoked,
    RecordAction.CANCEL: RecordCancelled,
    RecordAction.SUPERSEDE: RecordSuperseded,
}
"""Event of each action; issuing has its own event, `certificate.issued`."""


@dataclass(frozen=True, kw_only=True)
class ChangeRequest:
    """A requested change of a record, by staff of the producing unit."""

    identifier: str
    """证照标识 of the record, as somebody wrote it."""
    action: RecordAction
    """What is done to it."""
    reason_code: ReasonCode
    """Reason code."""
    reason: str
    """The reason as free text."""
    effective_at: datetime | None = None
    """Since when it counts; None for now."""
    idempotency_key: str | None = None
    """The operator's key, hidden (`hidden_keys`): the same one gives the same change."""
    clear_key: str | None = None
    """The key as it was sent: so it stands in changes that were kept before keys were hidden."""


def change_record(
    session: Session, request: ChangeRequest, *, actor: Actor, now: datetime
) -> RecordChange:
    """Suspend, resume, revoke or cancel a record.

    1. The change is one that people decide; the table names the right that the actor must have,
       and a person is known behind the account.
    2. The reason code belongs to the action, and the reason can be read.
    3. The record is one of the actor's unit; to anybody else it does not exist.
    4. The same key gave this change before: it is the answer.
    5. Clock, instant and table permit it, the record being held until the transaction ends.

    Raises:
        PermissionDeniedError: the actor may not change records.
        PersonUnknownError: nobody knows who is behind the account.
        ActionForeignError: people do not decide such a change by itself.
        ReasonCodeForeignError: the reason code belongs to another change.
        ReasonMissingError: no reason, one that is too long, or with unseen characters.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record of the actor's unit.
        IdempotencyKeyReusedError: the key belongs to a different change.
        InProgressError: the key is being used for another record at this moment.
        RecordClockBehindError: the last change is of a later time than it is now.
        EffectiveInstantError: it cannot take effect then.
        TransitionRefusedError: the state does not permit it.
    """
    if request.action not in BY_PEOPLE:
        raise ActionForeignError(record_action=request.action.value)
    require_mover(actor, RECORD_LIFE, request.action)
    person = require_person(actor)
    check_reason_code(request.action, request.reason_code)
    reason = clean_reason(request.reason)
    record = get_own_record(session, request.identifier, actor=actor)
    locked = get_locked(session, record.id)
    earlier = _find_earlier(session, locked, request, reason, actor)
    if earlier is not None:
        return earlier
    change = _enter(
        locked,
        request.action,
        request.reason_code,
        operator=actor.id,
        now=now,
        effective_at=request.effective_at,
        reason=reason,
        person=person,
        idempotency_key=request.idempotency_key,
    )
    # The operator may use the same key for another record at this very moment.
    with refused_as(InProgressError(), "uq_record_changes_operator_idempotency_key"):
        session.flush()
    _record(session, locked, change)
    return change


def get_own_record(session: Session, identifier: str, *, actor: Actor) -> CertificateRecord:
    """Return a published record that the actor's unit produced, and may change.

    Raises:
        PermissionDeniedError: the actor may not change records.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record, or another unit's.
    """
    require(actor, Permission.CHANGE_RECORD)
    record, _ = find_by_identifier(session, identifier, among=produced_by(actor))
    if record is None:
        raise RecordUnknownError
    return record


def produced_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for records that the actor's unit vouches for."""
    return CertificateRecord.type_code.in_(
        select(CertificateType.code).where(CertificateType.producing_unit_code == actor.unit_code)
    )


def is_producer(record: CertificateRecord, actor: Actor) -> bool:
    """Tell whether an actor belongs to the unit that vouches for a record."""
    return actor.unit_code == record.certificate_type.producing_unit_code


def enter_issue(
    session: Session, record: CertificateRecord, *, operator: str, now: datetime
) -> None:
    """Begin a record's life, in step 9 of issuing."""
    _enter(record, RecordAction.ISSUE, ReasonCode.ISSUED, operator=operator, now=now)
    session.flush()


def enter_change(
    session: Session,
    record: CertificateRecord,
    decided: ChangeRequest,
    *,
    by: Signatory,
    now: datetime,
) -> RecordChange:
    """Carry out what two people decided about a record that is held (`endings`).

    Raises:
        RecordClockBehindError: the last change is of a later time than it is now.
        EffectiveInstantError: it cannot take effect then.
        TransitionRefusedError: the state does not permit it.
    """
    change = _enter(
        record,
        decided.action,
        decided.reason_code,
        operator=by.account,
        now=now,
        effective_at=decided.effective_at,
        reason=decided.reason,
        person=by.person,
    )
    session.flush()
    _record(session, record, change)
    return change


def supersede(
    session: Session, replacement: RecordReplacement, *, operator: str, now: datetime
) -> None:
    """End the life of the record that a new version replaces, in step 9 of issuing that version.

    Raises:
        RecordClockBehindError: the last change is of a later time than it is now.
        TransitionRefusedError: the older record has ended meanwhile.
    """
    older = get_locked(session, replacement.replaces_id)
    change = _enter(
        older,
        RecordAction.SUPERSEDE,
        ReasonCode(replacement.kind),
        operator=operator,
        now=now,
        reason=replacement.reason,
        person=replacement.person,
        successor_id=replacement.record_id,
    )
    session.flush()
    _record(session, older, change)


def find_keyed_change(
    session: Session, request: ChangeRequest, *, actor: Actor
) -> RecordChange | None:
    """Return the change that the actor made with a request's key, whatever it was."""
    if request.idempotency_key is None:
        return None
    return session.scalar(
        select(RecordChange).where(
            RecordChange.operator == actor.id,
            RecordChange.idempotency_key.in_((request.idempotency_key, request.clear_key)),
        )
    )


def _find_earlier(
    session: Session, record: CertificateRecord, request: ChangeRequest, reason: str, actor: Actor
) -> RecordChange | None:
    earlier = find_keyed_change(session, request, actor=actor)
    if earlier is None:
        return None
    since = request.effective_at or earlier.effective_at
    asked = (record.id, request.action.value, request.reason_code.value, reason, since)
    done = (
        earlier.record_id,
        earlier.action,
        earlier.reason_code,
        earlier.reason,
        earlier.effective_at,
    )
    settle(
        EarlierRequest(fingerprint=done, is_done=True), fingerprint=asked, now=earlier.recorded_at
    )
    return earlier


def _enter(
    record: CertificateRecord,
    action: RecordAction,
    reason_code: ReasonCode,
    *,
    operator: str,
    now: datetime,
    effective_at: datetime | None = None,
    reason: str = "",
    **more: Any,  # noqa: ANN401  columns
) -> RecordChange:
    planned = plan_change(
        kept_changes(record),
        action,
        valid_until=record.valid_until,
        effective_at=effective_at,
        now=now,
    )
    change = RecordChange(
        number=len(record.changes) + 1,
        action=action.value,
        reason_code=reason_code.value,
        reason=reason,
        state_after=planned.state_after.value,
        effective_at=planned.effective_at,
        recorded_at=planned.recorded_at,
        operator=operator,
        **more,
    )
    record.changes.append(change)
    return change


def _record(session: Session, changed: CertificateRecord, change: RecordChange) -> None:
    event = _EVENTS[RecordAction(change.action)](
        subject=changed.identifier,
        number=change.number,
        reason_code=change.reason_code,
        effective_at=change.effective_at,
    )
    record(session, event, actor=change.operator, now=change.recorded_at)
