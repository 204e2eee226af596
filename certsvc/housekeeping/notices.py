"""All notices of an installation: a new one is an entry here and a sentence in the catalogue.

An entry says which event is told, whom, and where it leads; the sentence is `notice.<kind>`.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.packs.events import (
    VersionApproved,
    VersionProposed,
    VersionRejected,
    VersionWithdrawn,
)
from certsvc.catalogue.packs.records import PackVersion
from certsvc.certificates.batches.events import BatchFinished
from certsvc.certificates.records.events import (
    EndingApproved,
    EndingProposed,
    EndingRejected,
    EndingTakenBack,
)
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.events.recording import RecordedEvent
from certsvc.foundation.jobs.events import JobGivenUp
from certsvc.people.clients.records import Client
from certsvc.people.notices.events import WebhookDisabled
from certsvc.people.notices.kinds import NoticeKind, staff_who_may
from certsvc.people.rights.rules import Permission
from certsvc.sealing.changes.events import (
    ChangeApproved,
    ChangeProposed,
    ChangeRejected,
    ChangeWithdrawn,
)
from certsvc.sealing.register.records import Seal, SealChange


def _seal_approvers(session: Session, event: RecordedEvent) -> list[str]:
    unit = session.get_one(Seal, event.subject).owner_unit_code
    return staff_who_may(session, Permission.APPROVE_SEAL_CHANGE, unit_code=unit)


def _pack_approvers(session: Session, _: RecordedEvent) -> list[str]:
    return staff_who_may(session, Permission.APPROVE_PACK)


def _operators(session: Session, _: RecordedEvent) -> list[str]:
    return staff_who_may(session, Permission.KEEP_JOBS)


def _who_proposed_change(session: Session, event: RecordedEvent) -> list[str]:
    return _proposer(session, _change(session, event).proposal_id)


def _who_proposed_version(session: Session, event: RecordedEvent) -> list[str]:
    return _proposer(session, session.get_one(PackVersion, event.details["id"]).proposal_id)


def _who_sent_batch(_: Session, event: RecordedEvent) -> list[str]:
    return [event.actor]


def _owners_of_webhook(session: Session, event: RecordedEvent) -> list[str]:
    """The technical administrators of the system's unit, or of all units if it has none."""
    client = session.get_one(Client, event.details["client"])
    theirs = staff_who_may(session, Permission.KEEP_JOBS, unit_code=client.unit_code)
    return theirs or staff_who_may(session, Permission.KEEP_JOBS)


def _change(session: Session, event: RecordedEvent) -> SealChange:
    same = select(SealChange).where(
        SealChange.seal_id == event.subject, SealChange.number == event.details["number"]
    )
    return session.scalars(same).one()


def _proposer(session: Session, proposal_id: int | None) -> list[str]:
    proposal = session.get(Proposal, proposal_id) if proposal_id is not None else None
    return [proposal.proposed_by] if proposal is not None else []


def _who_else_vouches(session: Session, event: RecordedEvent) -> list[str]:
    """The handlers of the unit that vouches for a record."""
    found = session.scalars(
        select(CertificateRecord).where(CertificateRecord.identifier == event.subject)
    ).one()
    unit = found.certificate_type.producing_unit_code
    return staff_who_may(session, Permission.CHANGE_RECORD, unit_code=unit)


def _who_proposed_ending(session: Session, event: RecordedEvent) -> list[str]:
    return _proposer(session, event.details["proposal"])


def _to_ending(_: Session, event: RecordedEvent) -> str:
    return f"/records/{event.subject}/ending"


def _to_record(_: Session, event: RecordedEvent) -> str:
    return f"/records/{event.subject}"


def _to_change(session: Session, event: RecordedEvent) -> str:
    return f"/seal-changes/{_change(session, event).id}"


def _to_version(_: Session, event: RecordedEvent) -> str:
    return f"/packs/{event.details['id']}"


def _to_batch(_: Session, event: RecordedEvent) -> str:
    return f"/batches/{event.subject}"


def _to_jobs(_: Session, __: RecordedEvent) -> str:
    return "/jobs"


def _to_deliveries(_: Session, __: RecordedEvent) -> str:
    return "/notices/deliveries"


NOTICES = (
    NoticeKind(
        event=ChangeProposed,
        whom=_seal_approvers,
        leads_to=_to_change,
        settled_by=(ChangeApproved, ChangeRejected, ChangeWithdrawn),
    ),
    NoticeKind(
        event=VersionProposed,
        whom=_pack_approvers,
        leads_to=_to_version,
        settled_by=(VersionApproved, VersionRejected, VersionWithdrawn),
    ),
    NoticeKind(
        event=EndingProposed,
        whom=_who_else_vouches,
        leads_to=_to_ending,
        settled_by=(EndingApproved, EndingRejected, EndingTakenBack),
    ),
    NoticeKind(event=EndingApproved, whom=_who_proposed_ending, leads_to=_to_record),
    NoticeKind(event=EndingRejected, whom=_who_proposed_ending, leads_to=_to_record),
    NoticeKind(event=ChangeApproved, whom=_who_proposed_change, leads_to=_to_change),
    NoticeKind(event=ChangeRejected, whom=_who_proposed_change, leads_to=_to_change),
    NoticeKind(event=VersionApproved, whom=_who_proposed_version, leads_to=_to_version),
    NoticeKind(event=VersionRejected, whom=_who_proposed_version, leads_to=_to_version),
    NoticeKind(event=BatchFinished, whom=_who_sent_batch, leads_to=_to_batch, tells_actor=True),
    NoticeKind(event=JobGivenUp, whom=_operators, leads_to=_to_jobs, is_urgent=True),
    NoticeKind(event=WebhookDisabled, whom=_owners_of_webhook, leads_to=_to_deliveries),
)
"""Each kind of event once."""


class NoticeKindUnknownError(InvalidInputError):
    """No notice tells of such an event. Params: `kind`, `known`."""

    code = "notices.kind-unknown"


def check_kinds(names: list[str]) -> None:
    """Accept kinds of events that somebody can be told of.

    Raises:
        NoticeKindUnknownError: one is none.
    """
    known = [each.event.kind for each in NOTICES]
    for name in names:
        if name not in known:
            raise NoticeKindUnknownError(kind=name, known=" ".join(known))
