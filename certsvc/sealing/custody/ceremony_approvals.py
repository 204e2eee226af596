"""Approvals of key ceremonies, by everybody whom the file names, each a different person.

- The first who approves proposes it to the others; it is approved when the last one has.
- All of them saw the same: this text, with the addresses of these keys. If anything else would be
  done by now, or a week is over, all are asked again.
- The operator then executes it, while all who approved still may.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from typing_extensions import override

from certsvc.foundation.approvals import service as approvals
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.approvals.shown import require_unchanged
from certsvc.foundation.approvals.standing import has_expired, people_of
from certsvc.foundation.events.recording import record
from certsvc.people.accounts.records import StaffMember
from certsvc.people.accounts.service import staff_actor
from certsvc.people.rights.rules import (
    STAFF_PREFIX,
    Actor,
    Permission,
    may,
    require,
    signatory,
)
from certsvc.sealing.custody.errors import (
    CeremonyOnePersonError,
    CeremonyUnapprovedError,
    NotAnApproverError,
)
from certsvc.sealing.custody.events import CeremonyApproved
from certsvc.sealing.custody.rules import Ceremony
from certsvc.sealing.custody.shown_ceremonies import ShownCeremony, whole_ceremony


class CeremonyDecision(approvals.Decidable[ShownCeremony]):
    """A key ceremony, as something that several people decide."""

    kind = "key-ceremony"
    needs_reason = frozenset[Outcome]()

    def __init__(self, ceremony: Ceremony) -> None:
        self._ceremony = ceremony

    @override
    def read(self, session: Session, now: datetime) -> ShownCeremony:
        return whole_ceremony(session, self._ceremony)

    @override
    def log(
        self, session: Session, step: str, proposal: Proposal, account: str, now: datetime
    ) -> None:
        # All approvals are logged alike: proposal, confirmations and decision.
        approved = CeremonyApproved(
            subject=self._ceremony.number,
            sha256=self._ceremony.sha256,
            shown_sha256=str(proposal.shown_sha256),
        )
        record(session, approved, actor=account, now=now)


def approve_ceremony(
    session: Session, ceremony: Ceremony, *, shown: str, actor: Actor, now: datetime
) -> None:
    """Approve a ceremony that was not begun; whoever approves the same twice has approved once.

    Raises:
        PermissionDeniedError: the actor may not approve ceremonies.
        NotAnApproverError: the file does not ask them.
        CeremonyOnePersonError: two of the accounts that the file asks are one person's.
        NotShownError: it is not said what was shown.
        ChangedSinceShownError: something else would be done than was shown.
        ProposalPendingError: another approver was a moment faster; again, please.
    """
    require(actor, Permission.APPROVE_KEY_CEREMONY)
    if actor.id not in _accounts(ceremony):
        raise NotAnApproverError
    by, what = signatory(actor), CeremonyDecision(ceremony)
    _require_different_people(session, ceremony)
    whole = whole_ceremony(session, ceremony)
    require_unchanged(shown, now=whole.digest)
    last = approvals.find_last(session, what.kind, ceremony.sha256)
    if last is not None and _stands(last, whole, now):
        if by.account in people_of(last):
            return
        if last.outcome is None:
            decision = Decision(outcome=Outcome.APPROVED, shown=shown)
            approvals.decide(session, what, last.id, decision, by=by, now=now)
            return
    elif last is not None and last.outcome is None:
        approvals.close_expired(session, last, now)
    proposal = approvals.propose(
        session,
        what.kind,
        ceremony.sha256,
        reason=ceremony.title,
        by=by,
        now=now,
        needed=len(ceremony.approvers) - 1,
    )
    proposal.shown_sha256 = whole.digest
    session.flush()
    what.log(session, "proposed", proposal, by.account, now)


def require_approved(session: Session, ceremony: Ceremony, now: datetime) -> list[dict[str, str]]:
    """Return who approved a ceremony as it would be done now, and when, for its protocol.

    Raises:
        CeremonyUnapprovedError: an approval is missing, too old, or of somebody who may not
            approve any more.
    """
    last = approvals.find_last(session, CeremonyDecision.kind, ceremony.sha256)
    whole = whole_ceremony(session, ceremony)
    people = people_of(last) if last is not None and _stands(last, whole, now) else {}
    for account in _accounts(ceremony):
        if account not in people or not _still_may(session, account):
            raise CeremonyUnapprovedError(approver=account.removeprefix(STAFF_PREFIX))
    return [{"approver": who, "at": at.isoformat()} for who, (_, at) in sorted(people.items())]


def _stands(proposal: Proposal, whole: ShownCeremony, now: datetime) -> bool:
    return (
        proposal.outcome in {None, Outcome.APPROVED}
        and not has_expired(proposal, now)
        and proposal.shown_sha256 == whole.digest
    )


def _require_different_people(session: Session, ceremony: Ceremony) -> None:
    accounts = StaffMember.login.in_(ceremony.approvers)
    persons = session.scalars(select(StaffMember.person_id).where(accounts)).all()
    if len(set(persons)) < len(persons):
        raise CeremonyOnePersonError


def _still_may(session: Session, account: str) -> bool:
    # An approval no longer counts once the approver has lost the right.
    login = account.removeprefix(STAFF_PREFIX)
    return may(staff_actor(session, login), Permission.APPROVE_KEY_CEREMONY)


def _accounts(ceremony: Ceremony) -> list[str]:
    return [f"{STAFF_PREFIX}{login}" for login in ceremony.approvers]
