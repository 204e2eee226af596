"""Details of a certificate record: state, history, versions and copies.

- The unit that vouches sees everything about its record but the verification codes.
- A unit that extracted a copy sees how the record stands, and its own copies; of the changes it
  sees action, reason code and instants, but neither the reason nor who decided.
- To anybody else the record does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, exists, false, or_, select
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.records import CopyWithdrawal, Extraction
from certsvc.certificates.extraction.rules import CopyState
from certsvc.certificates.extraction.service import extracted_by, state_of_copy
from certsvc.certificates.records.changes import is_producer, produced_by
from certsvc.certificates.records.endings import find_waiting, list_endings
from certsvc.certificates.records.errors import RecordUnknownError
from certsvc.certificates.records.history import (
    find_by_identifier,
    find_replacement,
    state_at,
    state_now,
)
from certsvc.certificates.records.records import (
    CertificateRecord,
    RecordChange,
    RecordChangeProposal,
    RecordReplacement,
)
from certsvc.certificates.records.rules import RecordAction, RecordState, permitted_actions
from certsvc.foundation.codes.certificate_identifier import IdentifierWarning
from certsvc.foundation.codes.holder import mask_code, mask_name
from certsvc.foundation.errors import InvalidInputError
from certsvc.people.rights.rules import Actor, Permission, may, require


class RecordInstantInFutureError(InvalidInputError):
    """The instant asked about has not come yet."""

    code = "extraction.instant-in-future"


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """A change as a reader of the card may see it."""

    number: int
    """From 1, the issuing."""
    action: str
    """What was done."""
    reason_code: str
    """Reason code."""
    state_after: str
    """State that it left."""
    effective_at: datetime
    """Since when that counts."""
    recorded_at: datetime
    """When it was decided."""
    reason: str | None = field(repr=False)
    """The reason as free text; None for readers of other units."""
    operator: str | None
    """Who decided; None for readers of other units."""
    successor: str | None
    """证照标识 of the version that was issued in its place."""
    approved_by: str | None = None
    """Who else decided it, where it took two; None for readers of other units."""


@dataclass(frozen=True, kw_only=True)
class CopyLine:
    """A copy of the record that the reader may see."""

    copy_number: str
    """提取编号."""
    extracting_unit_code: str
    """Credit code of 提取单位."""
    extracting_unit: str
    """提取单位."""
    matter_code: str
    """Code of 事项."""
    matter: str
    """事项."""
    matter_en: str | None
    """Its English name."""
    purpose: str = field(repr=False)
    """用途."""
    extracted_at: datetime
    """提取时间."""
    state: CopyState
    """State now."""
    is_own: bool
    """Whether the reader's unit extracted it, and may withdraw it."""
    withdrawal: CopyWithdrawal | None = field(default=None, repr=False)
    """That it was withdrawn, with the reason for readers of its own unit alone."""


@dataclass(frozen=True, kw_only=True)
class RecordCard:
    """Details of a record as a member of staff may see them."""

    record: CertificateRecord = field(repr=False)
    """The record."""
    holder_name: str = field(repr=False)
    """持证主体: in full for whoever has it on their own paper."""
    holder_code: str
    """Masked."""
    state: RecordState | None
    """State now, or at the requested instant."""
    asked_at: datetime
    """The instant asked about."""
    history: tuple[ChangeLine, ...]
    """What happened, the issuing first."""
    copies: tuple[CopyLine, ...]
    """Copies that the reader may see."""
    replaces: str | None
    """证照标识 of the version that it replaced."""
    replacement: RecordReplacement | None
    """How it replaced that; None for a first version, and for readers of other units."""
    superseded_by: str | None
    """证照标识 of the version that replaced it."""
    actions: tuple[RecordAction, ...]
    """What the reader may decide about it now."""
    may_replace: bool
    """Whether the reader may ask for a new version now."""
    ending: RecordChangeProposal | None
    """The end of the record that was proposed and waits; None for readers of other units."""
    is_producer: bool
    """Whether the reader's unit vouches for it."""
    warning: IdentifierWarning | None
    """Irregularity of the identifier as it was entered."""


def get_record_card(
    session: Session,
    identifier: str,
    *,
    actor: Actor,
    now: datetime,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> RecordCard:
    """Return the card of a record.

    Args:
        session: The transaction.
        identifier: 证照标识 as somebody wrote it.
        actor: Who looks.
        now: The present instant.
        at: Tell the state at this past instant; None for how it stands now.
        known_at: Tell it as the register knew then; None for what it knows now.

    Raises:
        PermissionDeniedError: the actor may not read records.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record, or none that the actor may see.
        RecordInstantInFutureError: one of the instants has not come yet.
    """
    require(actor, Permission.READ_RECORDS)
    record, read = find_by_identifier(session, identifier, among=visible_to(actor))
    if record is None:
        raise RecordUnknownError
    is_own = is_producer(record, actor) and may(actor, Permission.CHANGE_RECORD)
    copies = _copies(session, record, actor, now, all_of_them=is_own)
    if max(at or now, known_at or now) > now:
        raise RecordInstantInFutureError
    asks_past = at is not None or known_at is not None
    state, present = state_at(record, at or now, known_at=known_at), state_now(record, now)
    replacement = find_replacement(session, record.id)
    approvers = {each.change_id: each.proposal.decided_by for each in list_endings(session, record)}
    living = present in {RecordState.ISSUED, RecordState.SUSPENDED}
    return RecordCard(
        record=record,
        holder_name=record.holder_name if copies else mask_name(record.holder_name),
        holder_code=mask_code(record.holder_code),
        state=state if asks_past else present,
        asked_at=at or now,
        history=tuple(_line(change, is_own, approvers) for change in record.changes),
        copies=copies,
        replaces=replacement.replaces.identifier if replacement else None,
        replacement=replacement if is_own else None,
        superseded_by=next(
            (change.successor.identifier for change in record.changes if change.successor), None
        ),
        actions=permitted_actions(present) if is_own else (),
        may_replace=is_own and living,
        ending=find_waiting(session, record) if is_own else None,
        is_producer=is_own,
        warning=read.warning,
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for records whose card the actor may open."""
    produced = produced_by(actor) if may(actor, Permission.CHANGE_RECORD) else false()
    # Evaluated per found record, not for all copies of the unit.
    extracted = exists().where(
        Extraction.record_id == CertificateRecord.id,
        extracted_by(actor) if may(actor, Permission.READ_UNIT_CERTIFICATES) else false(),
        Extraction.object_sha256.is_not(None),
    )
    return or_(produced, extracted)


def _copies(
    session: Session, record: CertificateRecord, actor: Actor, now: datetime, *, all_of_them: bool
) -> tuple[CopyLine, ...]:
    copies = (
        select(Extraction)
        .where(Extraction.record_id == record.id, Extraction.object_sha256.is_not(None))
        .order_by(Extraction.extracted_at)
    )
    if not all_of_them:
        reads = may(actor, Permission.READ_UNIT_CERTIFICATES)
        copies = copies.where(extracted_by(actor) if reads else false())
    return tuple(
        CopyLine(
            copy_number=copy.copy_number,
            extracting_unit_code=copy.extracting_unit_code,
            extracting_unit=copy.extracting_unit.name,
            matter_code=copy.matter_code,
            matter=copy.matter.name,
            matter_en=copy.matter.name_en,
            purpose=copy.purpose,
            extracted_at=copy.extracted_at,
            state=state_of_copy(copy, now),
            withdrawal=copy.withdrawal,
            is_own=copy.extracting_unit_code == actor.unit_code
            and may(actor, Permission.WITHDRAW_COPY),
        )
        for copy in session.scalars(copies)
    )


def _line(
    change: RecordChange,
    is_own: bool,  # noqa: FBT001  private, one caller
    approvers: Mapping[int | None, str | None],
) -> ChangeLine:
    return ChangeLine(
        number=change.number,
        action=change.action,
        reason_code=change.reason_code,
        state_after=change.state_after,
        effective_at=change.effective_at,
        recorded_at=change.recorded_at,
        reason=change.reason if is_own else None,
        operator=change.operator if is_own else None,
        successor=change.successor.identifier if change.successor else None,
        approved_by=approvers.get(change.id) if is_own else None,
    )
