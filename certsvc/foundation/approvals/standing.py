"""State of a proposal, the people who support it, and who may decide on it."""

from datetime import datetime

from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import (
    PROPOSAL_LIFETIME,
    Outcome,
    OwnProposalError,
    ProposalExpiredError,
    Signatory,
)


def people_of(proposal: Proposal) -> dict[str, tuple[str, datetime]]:
    """Return who supports a proposal, by account: the person, and when."""
    people = {proposal.proposed_by: (proposal.proposed_person, proposal.proposed_at)}
    for each in proposal.confirmations:
        people[each.confirmed_by] = each.confirmed_person, each.at
    if proposal.outcome == Outcome.APPROVED and proposal.decided_by and proposal.decided_at:
        people[proposal.decided_by] = str(proposal.decided_person), proposal.decided_at
    return people


def has_expired(proposal: Proposal, now: datetime) -> bool:
    """Tell whether the time for approving a proposal is over."""
    return now > proposal.expires_at


def standing(proposal: Proposal, now: datetime) -> str:
    """Return `waiting`, or the `Outcome`; `expired` also while that is not recorded yet."""
    return proposal.outcome or (Outcome.EXPIRED if has_expired(proposal, now) else "waiting")


def require_other_person(proposal: Proposal, by: Signatory) -> None:
    """Check that whoever decides neither proposed nor confirmed; the only place with this rule.

    Raises:
        OwnProposalError: the account, or the person behind it, proposed or confirmed it.
    """
    for account, (person, _) in people_of(proposal).items():
        if by.account == account or by.person == person:
            raise OwnProposalError


def require_decidable(proposal: Proposal, *, by: Signatory, now: datetime) -> None:
    """Check that somebody may approve a proposal now.

    Raises:
        OwnProposalError: the account, or the person behind it, proposed or confirmed it.
        ProposalExpiredError: it waited too long.
    """
    require_other_person(proposal, by)
    if has_expired(proposal, now):
        raise ProposalExpiredError(days=PROPOSAL_LIFETIME.days)
