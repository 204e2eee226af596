"""Proposing and deciding, for everything that two people decide.

- An area says what is decided by a `Decidable`: what is shown, what must hold, what happens.
- The caller checks rights and passes the acting account and person as plain values.
- A proposal is locked before anything is decided, so of two decisions at once one comes too late.
"""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from certsvc.foundation.approvals.records import Confirmation, Proposal
from certsvc.foundation.approvals.rules import (
    PROPOSAL_LIFETIME,
    Decision,
    ForeignProposalError,
    Outcome,
    ProposalPendingError,
    ProposalUnknownError,
    Signatory,
    clean_reason,
)
from certsvc.foundation.approvals.shown import ChangedSinceShownError, require_unchanged
from certsvc.foundation.approvals.standing import (
    has_expired,
    require_decidable,
    require_other_person,
)
from certsvc.foundation.db.violations import refused_as


class Shown(Protocol):
    """All that would take effect, as it is shown to whoever decides."""

    @property
    def digest(self) -> str:
        """What an approval is bound to (`shown.digest_of_shown`)."""
        ...


Whole = TypeVar("Whole", bound=Shown)


class Decidable(ABC, Generic[Whole]):
    """Something that two people decide; each area has a subclass for each of its kinds."""

    kind: ClassVar[str]
    """Name of the kind, as it is stored."""
    needs_reason: ClassVar[frozenset[Outcome]] = frozenset({Outcome.APPROVED, Outcome.REJECTED})
    """Decisions that need a reason."""

    @abstractmethod
    def read(self, session: Session, now: datetime) -> Whole:
        """Return all that would take effect; refuse what cannot any more."""

    def require_ready(self, session: Session, whole: Whole, now: datetime) -> None:
        """Refuse an agreed proposal that cannot be put to use now."""

    def take_effect(self, session: Session, whole: Whole, now: datetime) -> None:
        """Carry it out; the proposal is approved already, in the same transaction."""

    @abstractmethod
    def log(
        self, session: Session, step: str, proposal: Proposal, account: str, now: datetime
    ) -> None:
        """Write down a step: `confirmed`, or an `Outcome`."""


def waits(now: datetime) -> ColumnElement[bool]:
    """Return the SQL condition for proposals that can be approved."""
    return and_(Proposal.outcome.is_(None), Proposal.expires_at >= now)


def waits_for(by: Signatory, now: datetime) -> ColumnElement[bool]:
    """Return the SQL condition for proposals that this person may approve."""
    return and_(
        waits(now), Proposal.proposed_by != by.account, Proposal.proposed_person != by.person
    )


def find_last(session: Session, kind: str, subject: str) -> Proposal | None:
    """Return the last proposal about something; None if there was none."""
    return session.scalar(_about(kind, subject).order_by(Proposal.id.desc()).limit(1))


def require_nothing_waits(session: Session, kind: str, subject: str, now: datetime) -> None:
    """Check that nothing waits for a decision; close a proposal that expired.

    Raises:
        ProposalPendingError: another proposal about the same waits.
    """
    undecided = _about(kind, subject).where(Proposal.outcome.is_(None)).with_for_update()
    waiting = session.scalar(undecided)
    if waiting is None:
        return
    if not has_expired(waiting, now):
        raise ProposalPendingError
    close_expired(session, waiting, now)


def close_expired(session: Session, proposal: Proposal, now: datetime) -> None:
    """Close a proposal that nobody decided on, so that another one can wait."""
    proposal.outcome, proposal.decided_at = Outcome.EXPIRED.value, now
    session.flush()


def propose(
    session: Session,
    kind: str,
    subject: str,
    *,
    reason: str,
    by: Signatory,
    now: datetime,
    needed: int = 1,
) -> Proposal:
    """Record a proposal; the caller stores its content and logs it.

    Args:
        session: Transaction.
        kind: `Decidable.kind`.
        subject: What it is about; one proposal about it waits at a time.
        reason: Why.
        by: Who proposes.
        now: When.
        needed: How many other people must approve.

    Raises:
        ReasonMissingError: no reason, one that is too long, or with unseen characters.
        ProposalPendingError: another proposal about the same waits.
    """
    reason = clean_reason(reason)
    require_nothing_waits(session, kind, subject, now)
    proposal = Proposal(
        kind=kind,
        subject=subject,
        reason=reason,
        needed=needed,
        proposed_by=by.account,
        proposed_person=by.person,
        proposed_at=now,
        expires_at=now + PROPOSAL_LIFETIME,
        confirmations=[],
    )
    # Another process may insert the same row first.
    with refused_as(ProposalPendingError(), "uq_proposals_waiting"), session.begin_nested():
        session.add(proposal)
    return proposal


def lock(session: Session, proposal_id: int) -> Proposal:
    """Return a proposal that nobody has decided on, locked until the transaction ends.

    Raises:
        ProposalUnknownError: no such proposal waits.
    """
    proposal = session.get(Proposal, proposal_id, with_for_update=True, populate_existing=True)
    if proposal is None or proposal.outcome is not None:
        raise ProposalUnknownError
    return proposal


def decide(
    session: Session,
    what: Decidable[Any],
    proposal_id: int,
    decision: Decision,
    *,
    by: Signatory,
    now: datetime,
) -> Proposal:
    """Approve (批准), reject (驳回) or withdraw (撤回) a proposal: the one path for every kind.

    1. The proposal waits; it is locked until the transaction ends.
    2. Whoever withdraws it proposed it; whoever approves or rejects it is another person.
    3. An approval is in time, of exactly what was shown, and of what can still take effect
       (`Decidable.read`, `Decidable.require_ready`). It takes effect when enough people approved.
    4. The decision is recorded, carried out (`Decidable.take_effect`) and logged.

    Raises:
        ReasonMissingError: a reason is needed and missing, too long, or has unseen characters.
        ProposalUnknownError: no such proposal waits.
        ForeignProposalError: withdrawn, but another account proposed it.
        OwnProposalError: the account, or the person behind it, proposed or confirmed it.
        ProposalExpiredError: approved, but it waited too long.
        NotShownError: approved without the digest of what was shown.
        ChangedSinceShownError: something else would take effect than was shown.
        CertsvcError: what `what` refuses.
    """
    reason = clean_reason(decision.reason) if decision.outcome in what.needs_reason else None
    proposal, whole = lock(session, proposal_id), None
    if decision.outcome is Outcome.APPROVED:
        whole = _require_agreed(session, what, proposal, decision.shown, by, now)
        if proposal.needed > len(proposal.confirmations) + 1:
            return _confirm(session, what, proposal, by, now)
        proposal.shown_sha256 = whole.digest
    elif decision.outcome is Outcome.REJECTED:
        require_other_person(proposal, by)
    elif proposal.proposed_by != by.account:
        raise ForeignProposalError
    proposal.outcome, proposal.decision_reason = decision.outcome.value, reason
    proposal.decided_by, proposal.decided_person, proposal.decided_at = by.account, by.person, now
    session.flush()
    if whole is not None:
        what.take_effect(session, whole, now)
        session.flush()
    what.log(session, decision.outcome, proposal, by.account, now)
    return proposal


def _require_agreed(
    session: Session,
    what: Decidable[Any],
    proposal: Proposal,
    shown: str,
    by: Signatory,
    now: datetime,
) -> Shown:
    require_decidable(proposal, by=by, now=now)
    whole: Shown = what.read(session, now)
    require_unchanged(shown, now=whole.digest)
    if proposal.shown_sha256 not in {None, whole.digest}:
        raise ChangedSinceShownError  # the others approved something else
    what.require_ready(session, whole, now)
    return whole


def _confirm(
    session: Session, what: Decidable[Any], proposal: Proposal, by: Signatory, now: datetime
) -> Proposal:
    proposal.confirmations.append(
        Confirmation(confirmed_by=by.account, confirmed_person=by.person, at=now)
    )
    session.flush()
    what.log(session, "confirmed", proposal, by.account, now)
    return proposal


def _about(kind: str, subject: str) -> Select[Proposal]:
    return select(Proposal).where(Proposal.kind == kind, Proposal.subject == subject)
