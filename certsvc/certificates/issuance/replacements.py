"""Issuing a new version in the place of an old one: 换发 (reissue) and 更正 (correction).

1. Only staff of the unit that vouches may ask, for a published record of their unit.
2. Type, holder, extracting unit, matter and purpose are those of the old copy; the facts are asked
   for anew, from the connected source or from a reply of the department.
3. The nine steps make the new version. Until step 9 the old one stays as it is; in step 9, in one
   transaction, the new one comes into force and the old one is superseded by it.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.pipeline import Issuer, StepListener, ignore_steps
from certsvc.certificates.issuance.replaced import newest_copy
from certsvc.certificates.issuance.rules import (
    IssueRequest,
    Replacement,
)
from certsvc.certificates.records.changes import get_own_record
from certsvc.certificates.records.errors import RecordUnknownError
from certsvc.certificates.records.rules import ReasonCode, RecordAction, check_reason_code
from certsvc.foundation.approvals.rules import clean_reason
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.db.engine import Database
from certsvc.people.rights.rules import Actor, Permission, require, require_person


@dataclass(frozen=True, kw_only=True)
class ReplaceRequest:
    """What a member of the producing unit's staff wants replaced."""

    identifier: str
    """证照标识 of the old version, as somebody wrote it."""
    kind: ReasonCode
    """换发 (`REISSUED`) or 更正 (`CORRECTED`)."""
    reason: str
    """Why, as free text."""
    reply_id: str | None = None
    """Reply of a department that the new facts rest on, instead of a connected database."""
    idempotency_key: str | None = None
    """The same key from the same caller gives the same new version."""


class Replacer:
    """Issues new versions; one for a process."""

    def __init__(self, *, database: Database, issuer: Issuer) -> None:
        self._database = database
        self._issuer = issuer

    def replace(
        self, request: ReplaceRequest, *, actor: Actor, on_step: StepListener = ignore_steps
    ) -> IssuedCopy:
        """Issue a new version, or return the one that the same request made before.

        Raises:
            PermissionDeniedError: the actor may not change records.
            PersonUnknownError: nobody knows who is behind the account.
            ReasonMissingError: no reason, one that is too long, or with unseen characters.
            IdentifierInvalidError: the identifier is none.
            RecordUnknownError: no such record of the actor's unit.
            ReplacedCopyWithdrawnError: the extracting unit withdrew its copy.
            TransitionRefusedError: the old version has ended.
            NothingToCorrectError: a correction, but no fact is another.
            CertsvcError: as for every issuance.
        """
        require(actor, Permission.CHANGE_RECORD)
        require_person(actor)
        check_reason_code(RecordAction.SUPERSEDE, request.kind)
        reason = clean_reason(request.reason)
        with self._database.reading() as session:
            wanted = _request_of(session, request, reason, actor)
        return self._issuer.issue(wanted, actor=actor, on_step=on_step)


def _request_of(
    session: Session, request: ReplaceRequest, reason: str, actor: Actor
) -> IssueRequest:
    record = get_own_record(session, request.identifier, actor=actor)
    copy = session.scalar(newest_copy(record.id))
    # Withdrawal is checked when the version is made, so that repetitions get their answer.
    if copy is None:
        raise RecordUnknownError
    return IssueRequest(
        type_code=record.type_code,
        holder=HolderCode.of(record.holder_kind, record.holder_code),
        unit_code=copy.extracting_unit_code,
        matter_code=copy.matter_code,
        purpose=copy.purpose,
        idempotency_key=request.idempotency_key,
        reply_id=request.reply_id,
        replaces=Replacement(identifier=record.identifier, kind=request.kind, reason=reason),
    )
