"""Withdrawing a copy (撤回) that a unit does not use any more.

- A unit withdraws its own copies alone, a system those of its matters. The record is not touched:
  whether that stands is for the unit that vouches to say.
- A withdrawal is final, and its file is not handed out again; whoever checks it is told.
- It goes into the log with its reason code, never with its reason.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.events import CopyWithdrawn
from certsvc.certificates.extraction.records import CopyWithdrawal, Extraction
from certsvc.certificates.extraction.rules import COPY_LIFE, CopyEvent, WithdrawalReasonCode
from certsvc.certificates.extraction.service import CopyUnknownError, extracted_by
from certsvc.foundation.approvals.rules import clean_reason
from certsvc.foundation.errors import ConflictError
from certsvc.foundation.events.recording import record
from certsvc.people.rights.moves import require_mover
from certsvc.people.rights.rules import Actor, Role, require_person


class CopyWithdrawnError(ConflictError):
    """The copy was withdrawn before, with another reason."""

    code = "extraction.copy-withdrawn"


def withdraw_copy(
    session: Session,
    copy_number: str,
    *,
    reason_code: WithdrawalReasonCode,
    reason: str,
    actor: Actor,
    now: datetime,
) -> CopyWithdrawal:
    """Withdraw a copy that the actor's unit extracted; the same again changes nothing.

    Raises:
        PermissionDeniedError: the actor may not withdraw copies.
        PersonUnknownError: nobody knows who is behind the account.
        ReasonMissingError: no reason, one that is too long, or with unseen characters.
        CopyUnknownError: no such published copy of the actor's unit.
        CopyWithdrawnError: it was withdrawn before, with another reason.
    """
    require_mover(actor, COPY_LIFE, CopyEvent.WITHDRAW)
    is_system = Role.SYSTEM in actor.roles
    person, reason = actor.id if is_system else require_person(actor), clean_reason(reason)
    # One statement with all conditions: foreign and missing copies take the same path.
    copy = session.scalar(
        select(Extraction)
        .where(
            Extraction.copy_number == copy_number,
            Extraction.object_sha256.is_not(None),
            extracted_by(actor),
        )
        .with_for_update(of=Extraction)
        .execution_options(populate_existing=True)
    )
    if copy is None:
        raise CopyUnknownError
    earlier = copy.withdrawal
    if earlier is not None:
        if (earlier.reason_code, earlier.reason) != (reason_code.value, reason):
            raise CopyWithdrawnError
        return earlier
    withdrawal = CopyWithdrawal(
        copy_number=copy.copy_number,
        reason_code=reason_code.value,
        reason=reason,
        operator=actor.id,
        person=person,
        withdrawn_at=now,
    )
    copy.withdrawal = withdrawal
    session.flush()
    withdrawn = CopyWithdrawn(subject=copy.copy_number, reason_code=reason_code.value)
    record(session, withdrawn, actor=actor.id, now=now)
    return withdrawal
