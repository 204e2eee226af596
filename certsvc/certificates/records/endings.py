"""Ending a record for good (撤销, 注销): one person proposes, another one of the unit decides.

- What cannot be undone takes two people, unless the installation's settings say that one is enough
  (`record_ends_by_two`). Suspending takes one: it has to be quick, and it can be undone.
- Both are people of the unit that vouches. Whoever decides has seen all that would take effect; if
  anything else would by then, nothing is decided.
- What cannot take effect any more can still be looked at, rejected and taken back: it would hold up
  every other proposal about the record.
- The reason is the proposal's. It stands in the record's history, never in the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from typing_extensions import override

from certsvc.certificates.records.changes import (
    ChangeRequest,
    change_record,
    enter_change,
    find_keyed_change,
    get_own_record,
)
from certsvc.certificates.records.ending_keys import find_earlier, find_keyed
from certsvc.certificates.records.errors import EndingUnknownError
from certsvc.certificates.records.events import (
    EndingApproved,
    EndingProposed,
    EndingRejected,
    EndingStep,
    EndingTakenBack,
)
from certsvc.certificates.records.history import get_locked, kept_changes, state_now
from certsvc.certificates.records.records import (
    CertificateRecord,
    RecordChange,
    RecordChangeProposal,
)
from certsvc.certificates.records.rules import (
    BACKDATABLE,
    RECORD_LIFE,
    ReasonCode,
    RecordAction,
    check_reason_code,
    plan_change,
)
from certsvc.foundation.approvals import service as approvals
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Decision, Outcome, Signatory
from certsvc.foundation.approvals.shown import digest_of_shown
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.recording import record as record_event
from certsvc.foundation.idempotency.rules import IdempotencyKeyReusedError
from certsvc.people.rights.moves import require_mover
from certsvc.people.rights.rules import Actor, Permission, require, signatory

KIND = "record-ending"
TWO_PEOPLE = BACKDATABLE
"""Actions that cannot be undone."""


@dataclass(frozen=True, kw_only=True)
class ShownEnding:
    """All that would take effect, as it is shown to whoever decides."""

    ending: RecordChangeProposal = field(repr=False)
    """The proposal."""
    record: CertificateRecord = field(repr=False)
    """The record that would end."""
    state: str
    """State."""
    hindrance: CertsvcError | None = None
    """Why it cannot take effect any more; None if it can."""

    @cached_property
    def effect(self) -> dict[str, Any]:
        """All that would take effect, as JSON has it."""
        ending, since = self.ending, self.ending.effective_at
        return {
            "identifier": self.record.identifier,
            "state": self.state,
            "action": ending.action,
            "reason_code": ending.reason_code,
            "reason": ending.proposal.reason,
            "effective_at": rfc3339(since) if since else None,
        }

    @cached_property
    def digest(self) -> str:
        """What an approval is bound to."""
        return digest_of_shown(f"{KIND}/1", self.effect)


class EndingDecision(approvals.Decidable[ShownEnding]):
    """The end of a record, as something that two people decide."""

    kind = KIND

    def __init__(self, ending: RecordChangeProposal) -> None:
        self.ending = ending

    @override
    def read(self, session: Session, now: datetime) -> ShownEnding:
        """Return the whole of it; refuse what cannot take effect any more.

        Raises:
            EffectiveInstantError: it cannot take effect then any more.
            TransitionRefusedError: the record has ended, or stands otherwise.
        """
        whole = _look_at(get_locked(session, self.ending.record_id), self.ending, now)
        if whole.hindrance is not None:
            raise whole.hindrance
        return whole

    @override
    def take_effect(self, session: Session, whole: ShownEnding, now: datetime) -> None:
        """End the record, in the name of whoever proposed it."""
        ending, proposal = self.ending, self.ending.proposal
        decided = ChangeRequest(
            identifier=whole.record.identifier,
            action=RecordAction(ending.action),
            reason_code=ReasonCode(ending.reason_code),
            reason=proposal.reason,
            effective_at=ending.effective_at,
        )
        by = Signatory(account=proposal.proposed_by, person=proposal.proposed_person)
        change = enter_change(session, whole.record, decided, by=by, now=now)
        ending.change_id = change.id

    @override
    def log(
        self, session: Session, step: str, proposal: Proposal, account: str, now: datetime
    ) -> None:
        identifier = session.get_one(CertificateRecord, self.ending.record_id).identifier
        _log(session, _STEPS[step], self.ending, identifier, account, now)


_STEPS: dict[str, type[EndingStep]] = {
    Outcome.APPROVED: EndingApproved,
    Outcome.REJECTED: EndingRejected,
    Outcome.WITHDRAWN: EndingTakenBack,
}


def request_change(
    session: Session, request: ChangeRequest, *, takes_two: bool, actor: Actor, now: datetime
) -> RecordChange | RecordChangeProposal:
    """Change how a record stands, or propose it where that takes two people.

    Args:
        session: The transaction.
        request: What is asked for.
        takes_two: Whether what cannot be undone takes two people (`record_ends_by_two`).
        actor: Who asks.
        now: The present instant.

    Raises:
        PermissionDeniedError: the actor may not change records.
        PersonUnknownError: nobody knows who is behind the account.
        ActionForeignError: people do not decide such a change by itself.
        ReasonCodeForeignError: the reason code belongs to another change.
        ReasonMissingError: no reason, one that is too long, or with unseen characters.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record of the actor's unit.
        IdempotencyKeyReusedError: the key belongs to a different request.
        InProgressError: the key is being used for another record at this moment.
        ProposalPendingError: another proposal about the record waits.
        RecordClockBehindError: the last change is of a later time than it is now.
        EffectiveInstantError: it cannot take effect then.
        TransitionRefusedError: the state does not permit it.
    """
    if takes_two and request.action in TWO_PEOPLE:
        ending = propose_ending(session, request, actor=actor, now=now)
        # The same key again, after another person approved: the answer is what became of it.
        done = ending.change_id
        return ending if done is None else session.get_one(RecordChange, done)
    changed = change_record(session, request, actor=actor, now=now)
    if find_keyed(session, request, signatory(actor)) is not None:
        raise IdempotencyKeyReusedError
    return changed


def propose_ending(
    session: Session, request: ChangeRequest, *, actor: Actor, now: datetime
) -> RecordChangeProposal:
    """Propose to revoke or cancel a record; the same key gives the same proposal.

    Raises:
        PermissionDeniedError: the actor may not change records.
        PersonUnknownError: nobody knows who is behind the account.
        ReasonCodeForeignError: the reason code belongs to another change.
        ReasonMissingError: no reason, one that is too long, or with unseen characters.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record of the actor's unit.
        IdempotencyKeyReusedError: the key belongs to a different request.
        ProposalPendingError: another proposal about the record waits.
        EffectiveInstantError: it cannot take effect then.
        TransitionRefusedError: the state does not permit it.
    """
    require_mover(actor, RECORD_LIFE, request.action)
    by = signatory(actor)
    check_reason_code(request.action, request.reason_code)
    locked = get_locked(session, get_own_record(session, request.identifier, actor=actor).id)
    earlier = find_earlier(session, locked, request, by)
    if earlier is not None:
        return earlier
    if find_keyed_change(session, request, actor=actor) is not None:
        raise IdempotencyKeyReusedError
    ending = RecordChangeProposal(
        record_id=locked.id,
        action=request.action.value,
        reason_code=request.reason_code.value,
        effective_at=request.effective_at,
        idempotency_key=request.idempotency_key,
    )
    _plan(locked, ending, now)
    ending.proposal = approvals.propose(
        session, KIND, str(locked.id), reason=request.reason, by=by, now=now
    )
    session.add(ending)
    session.flush()
    _log(session, EndingProposed, ending, locked.identifier, actor.id, now)
    return ending


def find_waiting(session: Session, record: CertificateRecord) -> RecordChangeProposal | None:
    """Return the proposal about a record that nobody has decided on; None if there is none."""
    proposal = approvals.find_last(session, KIND, str(record.id))
    if proposal is None or proposal.outcome is not None:
        return None
    return session.get(RecordChangeProposal, proposal.id)


def list_endings(session: Session, record: CertificateRecord) -> Sequence[RecordChangeProposal]:
    """Return all that was proposed about a record, the first one first."""
    return session.scalars(
        select(RecordChangeProposal)
        .where(RecordChangeProposal.record_id == record.id)
        .order_by(RecordChangeProposal.proposal_id)
    ).all()


def show_ending(session: Session, identifier: str, *, actor: Actor, now: datetime) -> ShownEnding:
    """Return the whole of what waits for a decision about a record, and what hinders it.

    Raises:
        PermissionDeniedError: the actor may not change records.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record of the actor's unit.
        EndingUnknownError: nothing waits.
    """
    return describe_ending(session, _get_waiting(session, identifier, actor), now=now)


def show_possible_ending(
    session: Session, identifier: str, *, actor: Actor, now: datetime
) -> ShownEnding:
    """Return the whole of what waits for a decision about a record and can still take effect.

    Raises:
        PermissionDeniedError: the actor may not change records.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record of the actor's unit.
        EndingUnknownError: nothing waits.
        RecordClockBehindError: the last change is of a later time than it is now.
        EffectiveInstantError: it cannot take effect then any more.
        TransitionRefusedError: the record's state does not permit it any more.
    """
    whole = show_ending(session, identifier, actor=actor, now=now)
    if whole.hindrance is not None:
        raise whole.hindrance
    return whole


def describe_ending(
    session: Session, ending: RecordChangeProposal, *, now: datetime
) -> ShownEnding:
    """Return the whole of a proposal that the caller may see, however it was decided."""
    # Looking holds nobody up, and PostgreSQL locks nothing in a transaction that only reads.
    return _look_at(session.get_one(CertificateRecord, ending.record_id), ending, now)


def decide_ending(
    session: Session, identifier: str, decision: Decision, *, actor: Actor, now: datetime
) -> RecordChangeProposal:
    """Approve, reject or withdraw what is proposed about a record; approved, the record ends.

    Args:
        session: The transaction.
        identifier: 证照标识.
        decision: What is decided, and why.
        actor: Who decides.
        now: The present instant.

    Raises:
        PermissionDeniedError: the actor may not change records.
        PersonUnknownError: nobody knows who is behind the account.
        IdentifierInvalidError: the identifier is none.
        RecordUnknownError: no such record of the actor's unit.
        EndingUnknownError: nothing waits.
        ReasonMissingError: a reason is needed and missing, too long, or has unseen characters.
        ProposalUnknownError: it was decided meanwhile.
        ForeignProposalError: withdrawn, but another account proposed it.
        OwnProposalError: the account, or the person behind it, proposed it.
        ProposalExpiredError: approved, but it waited too long.
        NotShownError: approved without the digest of what was shown.
        ChangedSinceShownError: something else would take effect than was shown.
        RecordClockBehindError: the last change is of a later time than it is now.
        EffectiveInstantError: it cannot take effect then any more.
        TransitionRefusedError: the record's state does not permit it any more.
    """
    ending, by = _get_waiting(session, identifier, actor), signatory(actor)
    approvals.decide(session, EndingDecision(ending), ending.proposal_id, decision, by=by, now=now)
    return ending


def _get_waiting(session: Session, identifier: str, actor: Actor) -> RecordChangeProposal:
    require(actor, Permission.CHANGE_RECORD)
    waiting = find_waiting(session, get_own_record(session, identifier, actor=actor))
    if waiting is None:
        raise EndingUnknownError
    return waiting


def _look_at(record: CertificateRecord, ending: RecordChangeProposal, now: datetime) -> ShownEnding:
    hindrance, state = None, str(state_now(record, now) or "none")
    try:
        _plan(record, ending, now)
    except CertsvcError as error:
        hindrance = error
    return ShownEnding(ending=ending, record=record, state=state, hindrance=hindrance)


def _plan(record: CertificateRecord, ending: RecordChangeProposal, now: datetime) -> None:
    plan_change(
        kept_changes(record),
        RecordAction(ending.action),
        valid_until=record.valid_until,
        effective_at=ending.effective_at,
        now=now,
    )


def _log(
    session: Session,
    kind: type[EndingStep],
    ending: RecordChangeProposal,
    identifier: str,
    account: str,
    now: datetime,
) -> None:
    event = kind(
        subject=identifier,
        proposal=ending.proposal_id,
        action=ending.action,
        reason_code=ending.reason_code,
    )
    record_event(session, event, actor=account, now=now)
