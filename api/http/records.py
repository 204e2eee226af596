"""Certificate records: how they stand and stood, changing that, and issuing new versions."""

from datetime import datetime

from fastapi import APIRouter, Response, status
from fastapi.responses import JSONResponse

from api.http.certificates import CopyNumber, IssuedCertificate, issued_answer
from api.http.record_models import (
    EndingAnswer,
    EndingDecisionRequest,
    Identifier,
    Instant,
    RecordAnswer,
    RecordChangeAnswer,
    RecordChangeRequest,
    RecordCopyAnswer,
    ReplacementRequest,
    WithdrawalAnswer,
    WithdrawalRequest,
)
from api.shared.authentication import for_systems
from api.shared.calls import Call
from api.shared.described import created
from api.shared.problems import problems
from api.shared.repetitions import IdempotencyKey, tell_replayed
from api.shared.requests import InterfaceCall
from api.shared.views.records import warnings_of
from certsvc.certificates.extraction.record_cards import ChangeLine, RecordCard, get_record_card
from certsvc.certificates.extraction.rules import WithdrawalReasonCode
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.records import endings
from certsvc.certificates.records.changes import ChangeRequest
from certsvc.certificates.records.endings import (
    ShownEnding,
    describe_ending,
    request_change,
    show_ending,
    show_possible_ending,
)
from certsvc.certificates.records.history import count_changes
from certsvc.certificates.records.records import RecordChangeProposal
from certsvc.certificates.records.rules import ReasonCode, RecordAction
from certsvc.foundation.approvals.rules import OUTCOME_OF, Decision
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.messages.catalogue import Language
from certsvc.sealing.register.status import parse_instant

router = APIRouter(tags=["records"])
_RECORDS, _COPIES = "/api/v1/records", "/api/v1/certificates"


@router.get(
    f"{_RECORDS}/{{identifier}}",
    summary="Tell how a record stands, or stood",
    responses=problems(401, 403, 404, 422, 503),
    openapi_extra=for_systems("certificates.read"),
)
def get_record(
    identifier: Identifier,
    call: InterfaceCall,
    at: Instant = None,
    known_at: Instant = None,
) -> RecordAnswer:
    """Tell how a record stands, what happened to it, and its other versions.

    With `at` the state at a past instant; with `known_at` as the register knew it then.
    """
    asked, known = (parse_instant(text) if text else None for text in (at, known_at))
    with call.reading() as session:
        card = get_record_card(
            session, identifier, actor=call.actor, now=call.now, at=asked, known_at=known
        )
        return _describe(card, known, call.language)


@router.post(
    f"{_RECORDS}/{{identifier}}/changes",
    status_code=status.HTTP_201_CREATED,
    response_model=RecordChangeAnswer,
    summary="Suspend, resume, revoke or cancel a record",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503)
    | created()
    | {202: {"model": EndingAnswer, "description": "Proposed: another person decides"}},
)
def change_one_record(
    identifier: Identifier,
    request: RecordChangeRequest,
    idempotency_key: IdempotencyKey,
    call: InterfaceCall,
    response: Response,
) -> RecordChangeAnswer | Response:
    """Change how a record stands, or return the change that the same key made before.

    Revoking and cancelling take two people where the installation says so: it is proposed (202),
    and another person of the unit decides.
    """
    wanted = ChangeRequest(
        identifier=identifier,
        action=request.action,
        reason_code=request.reason_code,
        reason=request.reason,
        effective_at=parse_instant(request.effective_at) if request.effective_at else None,
        idempotency_key=call.services.hidden_keys.hide(call.actor.id, idempotency_key),
        clear_key=idempotency_key,
    )
    now = call.now
    with call.transaction() as session:
        known = count_changes(session, identifier)
        takes_two = call.services.settings.record_ends_by_two
        change = request_change(session, wanted, takes_two=takes_two, actor=call.actor, now=now)
        if isinstance(change, RecordChangeProposal):
            proposed = _ending(describe_ending(session, change, now=now))
            return JSONResponse(proposed.model_dump(), status.HTTP_202_ACCEPTED)
        card = get_record_card(session, identifier, actor=call.actor, now=now)
        response.headers["Location"] = f"{_RECORDS}/{card.record.identifier}"
        tell_replayed(response, is_replayed=change.number <= known)
        return _change(card.history[change.number - 1])


@router.get(
    f"{_RECORDS}/{{identifier}}/ending",
    summary="Tell what end of a record waits for a decision",
    responses=problems(401, 403, 404, 409, 422, 503),
)
def get_ending(identifier: Identifier, call: InterfaceCall) -> EndingAnswer:
    """Tell all that would take effect if another person approved it.

    What cannot take effect any more is a problem that says why; it can be rejected and taken back.
    """
    with call.reading() as session:
        return _ending(show_possible_ending(session, identifier, actor=call.actor, now=call.now))


@router.post(
    f"{_RECORDS}/{{identifier}}/ending",
    summary="Decide on the end of a record",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def decide_on_ending(
    identifier: Identifier, request: EndingDecisionRequest, call: InterfaceCall
) -> EndingAnswer:
    """Approve or reject what another person proposed, or take back what one proposed oneself."""
    actor, now = call.actor, call.now
    decision = Decision(
        outcome=OUTCOME_OF[request.decision], reason=request.reason, shown=request.shown
    )
    with call.transaction() as session:
        answer = _ending(show_ending(session, identifier, actor=actor, now=now))
        endings.decide_ending(session, identifier, decision, actor=actor, now=now)
    return answer


@router.post(
    f"{_RECORDS}/{{identifier}}/reissue",
    status_code=status.HTTP_201_CREATED,
    summary="Issue the next version with the facts asked anew",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503) | created(),
)
def reissue_record(
    identifier: Identifier,
    request: ReplacementRequest,
    idempotency_key: IdempotencyKey,
    call: InterfaceCall,
    response: Response,
) -> IssuedCertificate:
    """Issue the next version in nine steps; the old one is superseded when it is published."""
    issued = _replace(call, identifier, ReasonCode.REISSUED, request, idempotency_key)
    return issued_answer(call, issued, response, address=f"{_RECORDS}/{issued.identifier}")


@router.post(
    f"{_RECORDS}/{{identifier}}/correction",
    status_code=status.HTTP_201_CREATED,
    summary="Issue the next version with corrected facts",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503) | created(),
)
def correct_record(
    identifier: Identifier,
    request: ReplacementRequest,
    idempotency_key: IdempotencyKey,
    call: InterfaceCall,
    response: Response,
) -> IssuedCertificate:
    """Issue a corrected version in nine steps; the old one is superseded when it is published."""
    issued = _replace(call, identifier, ReasonCode.CORRECTED, request, idempotency_key)
    return issued_answer(call, issued, response, address=f"{_RECORDS}/{issued.identifier}")


@router.put(
    f"{_COPIES}/{{copy_number}}/withdrawal",
    summary="Withdraw a copy of one's own unit",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extra=for_systems("certificates.withdraw"),
)
def withdraw_one_copy(
    copy_number: CopyNumber,
    request: WithdrawalRequest,
    call: InterfaceCall,
) -> WithdrawalAnswer:
    """Withdraw a copy that the caller's unit extracted; the record is untouched."""
    with call.transaction() as session:
        withdrawal = withdraw_copy(
            session,
            copy_number,
            reason_code=request.reason_code,
            reason=request.reason,
            actor=call.actor,
            now=call.now,
        )
        return WithdrawalAnswer(
            copy_number=withdrawal.copy_number,
            reason_code=WithdrawalReasonCode(withdrawal.reason_code),
            withdrawn_at=rfc3339(withdrawal.withdrawn_at),
        )


def _replace(
    call: Call,
    identifier: str,
    kind: ReasonCode,
    request: ReplacementRequest,
    idempotency_key: str,
) -> IssuedCopy:
    wanted = ReplaceRequest(
        identifier=identifier,
        kind=kind,
        reason=request.reason,
        reply_id=request.reply,
        idempotency_key=idempotency_key,
    )
    return call.services.replacer.replace(wanted, actor=call.actor)


def _ending(whole: ShownEnding) -> EndingAnswer:
    ending, proposal = whole.ending, whole.ending.proposal
    return EndingAnswer(
        action=RecordAction(ending.action),
        reason_code=ReasonCode(ending.reason_code),
        reason=proposal.reason,
        effective_at=rfc3339(ending.effective_at) if ending.effective_at else None,
        proposed_by=proposal.proposed_by,
        proposed_at=rfc3339(proposal.proposed_at),
        expires_at=rfc3339(proposal.expires_at),
        shown=whole.digest,
    )


def _change(line: ChangeLine) -> RecordChangeAnswer:
    return RecordChangeAnswer(
        number=line.number,
        action=RecordAction(line.action),
        reason_code=ReasonCode(line.reason_code),
        state_after=line.state_after,
        effective_at=rfc3339(line.effective_at),
        recorded_at=rfc3339(line.recorded_at),
        reason=line.reason,
        operator=line.operator,
        superseded_by=line.successor,
    )


def _describe(card: RecordCard, known_at: datetime | None, language: Language) -> RecordAnswer:
    record = card.record
    return RecordAnswer(
        identifier=record.identifier,
        type=record.type_code,
        type_name=record.certificate_type.name,
        type_name_en=record.certificate_type.name_en,
        producing_unit=record.certificate_type.producing_unit.name,
        producing_unit_code=record.certificate_type.producing_unit_code,
        holder_name=card.holder_name,
        holder_code=card.holder_code,
        version=int(record.identifier.split(".")[-2]),
        issued_at=rfc3339(record.issued_at),
        valid_until=record.valid_until.isoformat(),
        state=card.state.value if card.state else "none",
        at=rfc3339(card.asked_at),
        known_at=rfc3339(known_at) if known_at else None,
        replaces=card.replaces,
        superseded_by=card.superseded_by,
        changes=[_change(line) for line in card.history],
        copies=[
            RecordCopyAnswer(
                copy_number=copy.copy_number,
                extracting_unit=copy.extracting_unit,
                extracting_unit_code=copy.extracting_unit_code,
                matter=copy.matter,
                matter_en=copy.matter_en,
                matter_code=copy.matter_code,
                extracted_at=rfc3339(copy.extracted_at),
                state=copy.state,
            )
            for copy in card.copies
        ],
        warnings=warnings_of(card, language),
    )
