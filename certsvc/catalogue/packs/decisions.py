"""Deciding on a version of a template pack: conditions, effect and log entries.

- Two people decide as `foundation.approvals` has it.
- What is approved is what was proposed, and what was shown to whoever approves.
"""

from datetime import datetime

from sqlalchemy.orm import Session
from typing_extensions import override

from certsvc.catalogue.packs.events import (
    VersionApproved,
    VersionRejected,
    VersionStep,
    VersionWithdrawn,
)
from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import (
    VERSION_LIFE,
    VersionEvent,
    VersionFrozenError,
    check_effective_day,
)
from certsvc.catalogue.packs.service import (
    KIND,
    get_version_row,
    open_files,
    record_step,
    require_free,
)
from certsvc.catalogue.packs.shown_versions import ShownVersion, whole_version
from certsvc.catalogue.types.records import CertificateType
from certsvc.foundation.approvals import service as approvals
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.db.violations import refused_as
from certsvc.people.rights.moves import require_right
from certsvc.people.rights.rules import Actor, signatory


class PackDecision(approvals.Decidable[ShownVersion]):
    """A version of a pack, as something that two people decide."""

    kind = KIND
    needs_reason = frozenset({Outcome.APPROVED, Outcome.REJECTED, Outcome.WITHDRAWN})

    def __init__(self, version: PackVersion) -> None:
        self.version = version

    @override
    def read(self, session: Session, now: datetime) -> ShownVersion:
        """Return the version whole; its day has not passed, and its number is free.

        Raises:
            EffectiveDayError: its effective day has passed: nothing comes into force for days over.
            VersionApprovedError: the same files were approved in between.
            VersionFrozenError: other files were approved under this number in between.
            VersionTamperedError: the files are not those that were proposed.
        """
        check_effective_day(self.version.effective_on, now=now)
        require_free(session, open_files(self.version))
        return whole_version(session, self.version)

    @override
    def take_effect(self, session: Session, whole: ShownVersion, now: datetime) -> None:
        """Put the version into force from its effective day on.

        A certificate type without an English name takes the one of its paper.

        Raises:
            VersionFrozenError: another approval of this number was a moment faster.
        """
        version = self.version
        version.approved_at = now
        kind = session.get(CertificateType, version.code)
        if kind is not None and kind.name_en is None:
            kind.name_en = open_files(version).title.en
        taken = VersionFrozenError(pack=version.code, version=version.version)
        with refused_as(taken, "uq_pack_versions_approved"):
            session.flush()

    @override
    def log(
        self, session: Session, step: str, proposal: Proposal, account: str, now: datetime
    ) -> None:
        approved = step == Outcome.APPROVED
        more = {"shown_sha256": str(proposal.shown_sha256)} if approved else {}
        record_step(session, _STEPS[step], self.version, account, now, **more)


_EVENTS: dict[Outcome, VersionEvent] = {
    Outcome.APPROVED: VersionEvent.APPROVE,
    Outcome.REJECTED: VersionEvent.REJECT,
    Outcome.WITHDRAWN: VersionEvent.WITHDRAW,
}
_STEPS: dict[str, type[VersionStep]] = {
    Outcome.APPROVED: VersionApproved,
    Outcome.REJECTED: VersionRejected,
    Outcome.WITHDRAWN: VersionWithdrawn,
}


def decide_version(
    session: Session, version_id: int, decision: Decision, *, actor: Actor, now: datetime
) -> PackVersion:
    """Approve, reject or withdraw a version; once approved it is in force from its day on.

    Raises:
        PermissionDeniedError: the actor may not decide so.
        PersonUnknownError: nobody knows who is behind the actor's account.
        ReasonMissingError: a reason is needed and missing, too long, or has unseen characters.
        ProposalUnknownError: it was decided meanwhile.
        ForeignProposalError: withdrawn, but another account proposed it.
        OwnProposalError: the account, or the person behind it, proposed it.
        ProposalExpiredError: approved, but it waited too long.
        NotShownError: approved without the digest of what was shown.
        ChangedSinceShownError: something else would take effect than was shown.
        EffectiveDayError: its effective day has passed.
        VersionApprovedError: the same files were approved in between.
        VersionFrozenError: other files were approved under this number in between.
        VersionTamperedError: the files are not those that were proposed.
    """
    require_right(actor, VERSION_LIFE, _EVENTS[decision.outcome])
    by, version = signatory(actor), get_version_row(session, version_id)
    what = PackDecision(version)
    approvals.decide(session, what, version.proposal_id, decision, by=by, now=now)
    return version
