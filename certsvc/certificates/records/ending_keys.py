"""Idempotency keys of proposals to end a record: a key belongs to one proposal of one account."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.records.changes import ChangeRequest
from certsvc.certificates.records.records import CertificateRecord, RecordChangeProposal
from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Signatory, clean_reason
from certsvc.foundation.idempotency.rules import EarlierRequest, settle


def find_earlier(
    session: Session, record: CertificateRecord, request: ChangeRequest, by: Signatory
) -> RecordChangeProposal | None:
    """Return what the same request proposed before.

    Raises:
        IdempotencyKeyReusedError: the key belongs to a different proposal.
        ReasonMissingError: no reason, one that is too long, or with unseen characters.
    """
    earlier = find_keyed(session, request, by)
    if earlier is None:
        return None
    done = (
        earlier.record_id,
        earlier.action,
        earlier.reason_code,
        earlier.proposal.reason,
        earlier.effective_at,
    )
    asked = (
        record.id,
        request.action.value,
        request.reason_code.value,
        clean_reason(request.reason),
        request.effective_at,
    )
    known = EarlierRequest(fingerprint=done, is_done=True)
    settle(known, fingerprint=asked, now=earlier.proposal.proposed_at)
    return earlier


def find_keyed(
    session: Session, request: ChangeRequest, by: Signatory
) -> RecordChangeProposal | None:
    """Return what the account proposed with a request's key, whatever it was."""
    if request.idempotency_key is None:
        return None
    return session.scalar(
        select(RecordChangeProposal)
        .join(Proposal, Proposal.id == RecordChangeProposal.proposal_id)
        .where(
            RecordChangeProposal.idempotency_key == request.idempotency_key,
            Proposal.proposed_by == by.account,
        )
    )
