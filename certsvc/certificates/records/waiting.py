"""Ends of records that wait for the actor: of their unit, and proposed by another person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from certsvc.certificates.records.changes import produced_by
from certsvc.certificates.records.records import CertificateRecord, RecordChangeProposal
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.service import waits_for
from certsvc.people.rights.rules import Actor, Permission, require, signatory

_MOST = 100
"""More are neither counted nor listed."""


@dataclass(frozen=True, kw_only=True)
class WaitingEnding:
    """A proposal to end a record."""

    identifier: str
    """证照标识."""
    type_name: str
    """Name of the certificate type."""
    type_name_en: str | None
    """Its English name."""
    action: str
    """`RecordAction`."""
    proposed_at: datetime
    """When."""
    expires_at: datetime
    """Until when somebody may decide."""


def count_waiting(session: Session, *, actor: Actor, now: datetime) -> int:
    """Count the proposals that wait for the actor, up to a hundred.

    Raises:
        PermissionDeniedError: the actor may not change records.
    """
    require(actor, Permission.CHANGE_RECORD)
    waiting = _waiting(actor, now).with_only_columns(RecordChangeProposal.proposal_id)
    return len(session.scalars(waiting).all())


def list_waiting(session: Session, *, actor: Actor, now: datetime) -> list[WaitingEnding]:
    """List the proposals that wait for the actor, the oldest first, up to a hundred.

    Raises:
        PermissionDeniedError: the actor may not change records.
    """
    require(actor, Permission.CHANGE_RECORD)
    return [
        WaitingEnding(
            identifier=record.identifier,
            type_name=record.certificate_type.name,
            type_name_en=record.certificate_type.name_en,
            action=ending.action,
            proposed_at=ending.proposal.proposed_at,
            expires_at=ending.proposal.expires_at,
        )
        for ending, record in session.execute(_waiting(actor, now))
    ]


def _waiting(actor: Actor, now: datetime) -> Select[RecordChangeProposal, CertificateRecord]:
    return (
        select(RecordChangeProposal, CertificateRecord)
        .join(CertificateRecord, CertificateRecord.id == RecordChangeProposal.record_id)
        .join(Proposal, Proposal.id == RecordChangeProposal.proposal_id)
        .where(produced_by(actor), waits_for(signatory(actor), now))
        .order_by(Proposal.proposed_at, Proposal.id)
        .limit(_MOST)
    )
