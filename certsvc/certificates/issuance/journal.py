"""The journal: what is stored at each step, each function inside the caller's transaction.

- A step is written only after it is done; the intent before the key is touched.
- Only a running issuance can move on, be published or be voided, so that a slow process and
  its recovery cannot both decide.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, lazyload

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import verify_code_digest
from certsvc.certificates.issuance.acceptance import AcceptedRequest, request_digest
from certsvc.certificates.issuance.events import CertificateIssued, CertificateVoided
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.replaced import (
    enter_replacement,
    hold_wanted_copy,
    next_identifier,
)
from certsvc.certificates.issuance.rules import (
    ISSUANCE_LIFE,
    IssuanceEvent,
    IssuanceState,
    IssueRequest,
    Step,
)
from certsvc.certificates.records.changes import enter_issue, supersede
from certsvc.certificates.records.history import find_replacement
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import RecordStatus
from certsvc.evidence.sources.rules import VerifiedData
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.codes.certificate_identifier import CertificateIdentifier
from certsvc.foundation.events.recording import record
from certsvc.foundation.idempotency.rules import (
    LEASE,
    EarlierRequest,
    LeaseLostError,
    settle,
)
from certsvc.people.rights.rules import Actor
from certsvc.sealing.register.limits import end_of_use
from certsvc.sealing.register.records import SealAuthorisation, SealUse, SealVersion
from certsvc.sealing.register.rules import SealUseEvent
from certsvc.sealing.register.versions import chain_sha256


def find_earlier(
    session: Session, request: IssueRequest, actor: Actor, *, now: datetime
) -> Issuance | None:
    """Return the earlier issuance of a repeated request: published, or running past its lease.

    Raises:
        IdempotencyKeyReusedError: the key belongs to a different request.
        InProgressError: a process is at work on it.
    """
    if request.idempotency_key is None:
        return None
    earlier = session.scalar(
        select(Issuance).where(
            Issuance.caller == actor.id, Issuance.idempotency_key == request.idempotency_key
        )
    )
    if earlier is None:
        return None
    known = EarlierRequest(
        fingerprint=earlier.request_sha256,
        is_done=earlier.state != IssuanceState.RUNNING,
        busy_until=earlier.lease_until_at,
    )
    settle(known, fingerprint=request_digest(request), now=now)
    return earlier


def begin(
    session: Session,
    accepted: AcceptedRequest,
    *,
    copy_number: str,
    verify_code: str,
    valid_until: date,
    now: datetime,
) -> Issuance:
    """Step 2, Allocate: store identifier, record, copy and the beginning of the journal."""
    request, kind = accepted.request, accepted.use.certificate_type
    record = CertificateRecord(
        identifier=str(_allocate_identifier(session, accepted)),
        type_code=kind.code,
        route=accepted.data.evidence.route.value,
        status=RecordStatus.ALLOCATED.value,
        holder_kind=request.holder.kind.value,
        holder_code=request.holder.value,
        holder_name=accepted.data.holder_name,
        fields=accepted.data.fields,
        evidence=_evidence_json(accepted.data),
        pack_version=accepted.pack.version,
        pack_digest=accepted.pack.digest,
        issued_at=accepted.accepted_at,
        valid_until=valid_until,
    )
    session.add(record)
    session.flush()
    if accepted.replaced is not None:
        enter_replacement(session, record, accepted.replaced, accepted.data, accepted.actor)
    session.add(
        Extraction(
            copy_number=copy_number,
            record_id=record.id,
            extracting_unit_code=request.unit_code,
            matter_code=request.matter_code,
            purpose=request.purpose,
            extracted_at=accepted.accepted_at,
            valid_until=valid_until,
            operator=accepted.actor.id,
            verify_code_sha256=verify_code_digest(verify_code),
        )
    )
    session.flush()
    issuance = Issuance(
        record_id=record.id,
        copy_number=copy_number,
        caller=accepted.actor.id,
        idempotency_key=request.idempotency_key,
        request_sha256=request_digest(request),
        state=IssuanceState.RUNNING.value,
        step=Step.ALLOCATE.value,
        started_at=now,
        lease_until_at=now + LEASE,
    )
    session.add(issuance)
    session.flush()
    return issuance


def _allocate_identifier(session: Session, accepted: AcceptedRequest) -> CertificateIdentifier:
    if accepted.replaced is not None:
        return next_identifier(session, accepted.replaced)
    kind = accepted.use.certificate_type
    return CertificateIdentifier.allocate(
        type_code=kind.standard_code, authority_code=kind.producing_unit_code
    )


def record_intent(
    session: Session, issuance_id: int, authorisation: SealAuthorisation, *, now: datetime
) -> None:
    """Step 6, Record intent: say which seal is about to be put on which document.

    Raises:
        LeaseLostError: the issuance is no longer running.
    """
    _move_on(
        session,
        issuance_id,
        IssuanceEvent.PROCEED,
        step=Step.RECORD_INTENT.value,
        authorisation_id=authorisation.id,
        rendered_sha256=authorisation.document_sha256,
    )
    _add_seal_use(session, issuance_id, SealUseEvent.INTENDED, authorisation.document_sha256, now)


def require_running(session: Session, issuance_id: int) -> None:
    """Lock a running issuance until the transaction ends.

    Raises:
        LeaseLostError: the issuance is no longer running.
    """
    _move_on(session, issuance_id, IssuanceEvent.PROCEED)


def record_sealed(session: Session, issuance_id: int, *, sealed_sha256: str) -> None:
    """Step 8 is done: remember the digest of the sealed and verified file before it is stored.

    Raises:
        LeaseLostError: the issuance is no longer running.
    """
    _move_on(
        session,
        issuance_id,
        IssuanceEvent.PROCEED,
        step=Step.VERIFY.value,
        sealed_sha256=sealed_sha256,
    )


def publish(session: Session, issuance_id: int, *, now: datetime) -> Issuance:
    """Step 9, Publish: the record comes into force, its copy is bound to the stored file.

    What it replaces is superseded in the same transaction: neither is in force beside the other.

    Raises:
        LeaseLostError: the issuance is no longer running.
        TransitionRefusedError: what it replaces has ended meanwhile.
        ReplacedCopyWithdrawnError: the copy that it replaces was withdrawn meanwhile.
        RecordClockBehindError: what it replaces was changed at a later time than it is now.
    """
    _move_on(session, issuance_id, IssuanceEvent.PUBLISH, step=Step.PUBLISH.value)
    issuance = get_issuance(session, issuance_id)
    certificate = session.get_one(CertificateRecord, issuance.record_id)
    # Nothing is asked of its record, matter and unit here.
    extraction = session.get_one(Extraction, issuance.copy_number, options=[lazyload("*")])
    certificate.status = RecordStatus.ISSUED.value
    enter_issue(session, certificate, operator=issuance.caller, now=now)
    replacement = find_replacement(session, certificate.id)
    if replacement is not None:
        hold_wanted_copy(session, replacement.replaces_id)
        supersede(session, replacement, operator=issuance.caller, now=now)
    extraction.object_sha256 = issuance.sealed_sha256
    _add_seal_use(session, issuance_id, SealUseEvent.SEALED, str(issuance.sealed_sha256), now)
    issued = CertificateIssued(
        subject=extraction.copy_number,
        identifier=certificate.identifier,
        route=certificate.route,
        matter=extraction.matter_code,
        unit=extraction.extracting_unit_code,
        sha256=str(issuance.sealed_sha256),
    )
    record(session, issued, actor=issuance.caller, now=now)
    return issuance


def void(session: Session, issuance_id: int, *, failure_code: str, now: datetime) -> bool:
    """End an issuance that gave nothing out; False if it is not running any more."""
    try:
        _move_on(
            session,
            issuance_id,
            IssuanceEvent.VOID,
            failure_code=failure_code,
            idempotency_key=None,
        )
    except LeaseLostError:
        return False
    issuance = get_issuance(session, issuance_id)
    session.get_one(CertificateRecord, issuance.record_id).status = RecordStatus.VOIDED.value
    if issuance.authorisation_id is not None:
        digest = issuance.sealed_sha256 or str(issuance.rendered_sha256)
        _add_seal_use(session, issuance_id, SealUseEvent.ABANDONED, digest, now)
    voided = CertificateVoided(
        subject=issuance.copy_number, failure=failure_code, step=issuance.step
    )
    record(session, voided, actor=issuance.caller, now=now)
    return True


def get_issuance(session: Session, issuance_id: int) -> Issuance:
    """Return an issuance as it is stored now."""
    return session.get_one(Issuance, issuance_id, populate_existing=True)


def _move_on(
    session: Session,
    issuance_id: int,
    event: IssuanceEvent,
    **values: Any,  # noqa: ANN401  columns
) -> None:
    """Move an issuance on if the table permits it as it stands now, in one statement."""
    (after,) = ISSUANCE_LIFE.ends(event)
    moved = session.execute(
        update(Issuance)
        .where(Issuance.id == issuance_id, Issuance.state.in_(ISSUANCE_LIFE.starts(event)))
        .values(state=after.value, **values)
        .returning(Issuance.id)
    ).scalar_one_or_none()
    if moved is None:
        raise LeaseLostError


def _add_seal_use(
    session: Session, issuance_id: int, event: SealUseEvent, sha256: str, now: datetime
) -> None:
    use = session.execute(
        select(
            SealAuthorisation.id,
            SealAuthorisation.seal_id,
            Issuance.caller,
            Issuance.copy_number,
            Extraction.extracting_unit_code,
            CertificateRecord.identifier,
            SealVersion.certificate_chain_pem,
        )
        .join_from(Issuance, SealAuthorisation, SealAuthorisation.id == Issuance.authorisation_id)
        .join(SealVersion, SealVersion.change_id == SealAuthorisation.version_id)
        .join(CertificateRecord, CertificateRecord.id == Issuance.record_id)
        .join(Extraction, Extraction.copy_number == Issuance.copy_number)
        .where(Issuance.id == issuance_id)
    ).one()
    session.add(
        SealUse(
            authorisation_id=use.id,
            seal_id=use.seal_id,
            event=event.value,
            at=now,
            operator=use.caller,
            unit_code=use.extracting_unit_code,
            identifier=use.identifier,
            copy_number=use.copy_number,
            certificate_sha256=chain_sha256(use.certificate_chain_pem),
            sha256=sha256,
        )
    )
    session.flush()
    if event is not SealUseEvent.INTENDED:
        end_of_use(session, use.seal_id, now=now)


def _evidence_json(data: VerifiedData) -> dict[str, Any]:
    content = asdict(data.evidence)
    return content | {
        "route": data.evidence.route.value,
        "verified_at": rfc3339(data.evidence.verified_at),
    }
