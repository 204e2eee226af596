"""Deciding on a change of a seal: conditions, effect and log entries (市中区规则第九条).

- Two people decide as `foundation.approvals` has it; both belong to the unit that owns the seal.
- A 变更 comes into force by the approval, and by nothing else. What is approved is what was
  proposed, and what was shown to whoever approves.
- A seal is used with a key only after that key has signed a trial for the offered certificate.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from typing_extensions import override

from certsvc.foundation.approvals import service as approvals
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Decision, Outcome, ProposalUnknownError, clean_reason
from certsvc.foundation.approvals.standing import require_decidable
from certsvc.people.rights.moves import require_decider
from certsvc.people.rights.rules import (
    Actor,
    Permission,
    require,
    require_unit,
    signatory,
)
from certsvc.sealing.changes.events import (
    ChangeApproved,
    ChangeRejected,
    ChangeStep,
    ChangeWithdrawn,
)
from certsvc.sealing.changes.key_choice import require_offered
from certsvc.sealing.changes.key_trials import require_good_trial
from certsvc.sealing.changes.proposals import KIND, record_step, state_after
from certsvc.sealing.changes.shown_changes import ChangeReader, ShownChange
from certsvc.sealing.register.errors import ClockBehindError, VersionTamperedError
from certsvc.sealing.register.history import find_last_approval_at
from certsvc.sealing.register.limits import next_numbers
from certsvc.sealing.register.own_keys import check_version
from certsvc.sealing.register.records import Seal, SealChange, SealVersion
from certsvc.sealing.register.rules import SealAction, SealState
from certsvc.sealing.register.versions import put_in_force, version_digest

_STEPS: dict[str, type[ChangeStep]] = {
    Outcome.APPROVED: ChangeApproved,
    Outcome.REJECTED: ChangeRejected,
    Outcome.WITHDRAWN: ChangeWithdrawn,
}


class SealDecision(approvals.Decidable[ShownChange]):
    """A change of a seal, as something that two people decide."""

    kind = KIND

    def __init__(self, change: SealChange, reader: ChangeReader | None = None) -> None:
        self.change = change
        self._reader = reader

    @override
    def read(self, session: Session, now: datetime) -> ShownChange:
        """Return the change whole; the seal's state, the clock and the version permit it.

        Raises:
            ClockBehindError: the seal's last change is of a later time than it is now.
            TransitionRefusedError: the seal's state does not permit it any more.
            SealCertificateUnusableError: its certificates are not valid any more.
            VersionTamperedError: the version is not the one that was proposed.
            SealCertificateEndingError: 启用, but the signing certificate ends soon.
            SealLimitReachedError: 启用, but the seal was used as often as it may be.
        """
        _require_clock_ahead(session, self.change.seal_id, now)
        _state_after(session, self.change, now)
        _carried_version(session, self.change, now)
        return self._known_reader.read(session, self.change.id)

    @override
    def require_ready(self, session: Session, whole: ShownChange, now: datetime) -> None:
        """Check that the key is offered and was tried just now, and that the image can be drawn.

        Raises:
            KeyNotOfferedError: the operator of the machine does not offer the key.
            KeyUntriedError: the key was not tried just now.
            KeyTrialFailedError: the key was tried and failed.
            SealImageError: the picture cannot be drawn.
        """
        if whole.needs_trial:
            require_offered(session, self._known_reader.offers, whole.version.key_uri)
            require_good_trial(session, whole.change, whole.version, now)
            self._known_reader.require_drawable(whole.version)

    @override
    def take_effect(self, session: Session, whole: ShownChange, now: datetime) -> None:
        change = self.change
        state = _state_after(session, change, now)
        _, effect = next_numbers(session, change.seal_id)
        change.approved_at, change.state_after, change.took_effect = now, state.value, effect
        session.flush()
        if change.version_sha256 is not None:
            put_in_force(whole.seal, whole.version)

    @override
    def log(
        self, session: Session, step: str, proposal: Proposal, account: str, now: datetime
    ) -> None:
        details: dict[str, str] = {}
        if step == Outcome.APPROVED:
            details = {
                "state": str(self.change.state_after),
                "shown_sha256": str(proposal.shown_sha256),
            }
            if self.change.version_sha256 is not None:
                details["version_sha256"] = self.change.version_sha256
        record_step(session, _STEPS[step], self.change, account, now, **details)

    @property
    def _known_reader(self) -> ChangeReader:
        if self._reader is None:
            raise TypeError("only an approval reads, and gives its reader")
        return self._reader


def decide_change(
    session: Session,
    change_id: int,
    decision: Decision,
    *,
    actor: Actor,
    now: datetime,
    reader: ChangeReader | None = None,
) -> SealState | None:
    """Approve, reject or withdraw a change; return the state that an approval leads to.

    Args:
        session: Transaction.
        change_id: The change.
        decision: What is decided; a withdrawal needs no reason.
        actor: Who decides.
        now: When.
        reader: Reads what would take effect now; for an approval.

    Raises:
        PermissionDeniedError: the actor may not decide so.
        PersonUnknownError: nobody knows who is behind the actor's account.
        ForeignUnitError: the seal is another unit's.
        CertsvcError: what `approvals.decide` and `SealDecision` refuse.
    """
    by = require_decider(
        actor,
        decision,
        proposes=Permission.PROPOSE_SEAL_CHANGE,
        decides=Permission.APPROVE_SEAL_CHANGE,
    )
    change = _lock_change(session, change_id, actor)
    what = SealDecision(change, reader)
    approvals.decide(session, what, _proposal_id(change), decision, by=by, now=now)
    return SealState(change.state_after) if change.state_after else None


def require_approvable(
    session: Session, change_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Check that the actor may approve a change now, before its key is tried.

    Raises:
        CertsvcError: what `decide_change` refuses about actor, reason, age and clock.
    """
    require(actor, Permission.APPROVE_SEAL_CHANGE)
    by, change = signatory(actor), _lock_change(session, change_id, actor)
    clean_reason(reason)
    require_decidable(approvals.lock(session, _proposal_id(change)), by=by, now=now)
    _require_clock_ahead(session, change.seal_id, now)


def _lock_change(session: Session, change_id: int, actor: Actor) -> SealChange:
    """Return a change of a seal of the actor's unit, the seal locked until the transaction ends."""
    seal_id = session.scalar(select(SealChange.seal_id).where(SealChange.id == change_id))
    if seal_id is None:
        raise ProposalUnknownError
    seal = session.get_one(Seal, seal_id, with_for_update=True)
    require_unit(actor, seal.owner_unit_code)
    return session.get_one(SealChange, change_id, with_for_update=True, populate_existing=True)


def _proposal_id(change: SealChange) -> int:
    if change.proposal_id is None:
        raise ProposalUnknownError  # a stop by the system
    return change.proposal_id


def _state_after(session: Session, change: SealChange, now: datetime) -> SealState:
    seal = session.get_one(Seal, change.seal_id)
    return state_after(session, seal, SealAction(change.action), now)


def _carried_version(session: Session, change: SealChange, now: datetime) -> None:
    if change.version_sha256 is None:
        return
    version = session.get(SealVersion, change.id, populate_existing=True)
    if version is None or version_digest(version) != change.version_sha256:
        raise VersionTamperedError
    if change.action != SealAction.RESCOPE:
        check_version(session, version, now=now)


def _require_clock_ahead(session: Session, seal_id: str, now: datetime) -> None:
    # Otherwise an answer about a past instant could change after it was given.
    last_at = find_last_approval_at(session, seal_id)
    if last_at is not None and now < last_at:
        raise ClockBehindError
