"""Step 1, Accept: a request against the catalogue in force, the caller's right, and the facts.

- Nothing is asked of a source before the catalogue permits the use.
- Only the fields that the use list names are kept (非必要不收集).
- The facts must satisfy the schema of the certificate type before an identifier is allocated.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import rfc8785
from sqlalchemy.orm import Session

from certsvc.catalogue.uses.service import PermittedUse, get_permitted_use
from certsvc.certificates.issuance.replaced import ReplacedVersion
from certsvc.certificates.issuance.rules import (
    IssueRequest,
    check_codes,
    clean_purpose,
)
from certsvc.evidence.inquiries.service import data_of_reply, get_reply
from certsvc.evidence.sources.facts import check_facts
from certsvc.evidence.sources.rules import VerifiedData
from certsvc.evidence.sources.service import SourceRegister
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.idempotency.rules import check_idempotency_key
from certsvc.people.rights.rules import Actor, Permission, require, require_matter, require_unit
from certsvc.people.units.records import Unit
from certsvc.people.units.service import get_unit
from templates.packs import TemplatePack


@dataclass(frozen=True, kw_only=True)
class AcceptedRequest:
    """A request that may be served, with everything needed to serve it."""

    request: IssueRequest
    """The request, its purpose in clean form."""
    actor: Actor
    """Who asked."""
    use: PermittedUse
    """The use that the catalogue permits."""
    extracting_unit: Unit
    """提取单位."""
    data: VerifiedData
    """The facts, minimised, and their evidence."""
    pack: TemplatePack
    """The template pack in force."""
    accepted_at: datetime
    """提取时间."""
    replaced: ReplacedVersion | None = None
    """The version that this one takes the place of."""


def check_form(request: IssueRequest, actor: Actor) -> IssueRequest:
    """Check what can be checked without the database, and return the request in clean form.

    Raises:
        CodeMalformedError: a code that cannot be one.
        PermissionDeniedError: the actor may not issue, or not replace what was issued.
        ForeignUnitError: the actor does not belong to the extracting unit.
        ForeignMatterError: a system that was registered for other matters.
        PurposeMissingError: no purpose.
        PurposeInvalidError: a purpose that cannot be printed.
        IdempotencyKeyInvalidError: a key that is none.
    """
    check_codes(request)
    if request.replaces is None:
        require(actor, Permission.ISSUE)
        require_unit(actor, request.unit_code)
        require_matter(actor, request.matter_code)
    else:
        # That the record is one of the actor's unit, `replaced.find_replaced` checks.
        require(actor, Permission.CHANGE_RECORD)
    if request.idempotency_key is not None:
        check_idempotency_key(request.idempotency_key)
    return replace(request, purpose=clean_purpose(request.purpose))


def request_digest(request: IssueRequest) -> str:
    """Return a digest that is the same for the same request, whatever its idempotency key."""
    content = [
        request.type_code,
        request.holder.kind.value,
        request.holder.value,
        request.unit_code,
        request.matter_code,
        request.purpose,
        request.reply_id,
    ]
    if (replaces := request.replaces) is not None:
        content += [replaces.identifier, replaces.kind.value, replaces.reason]
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def check_catalogue(
    session: Session, request: IssueRequest, *, now: datetime
) -> tuple[PermittedUse, Unit]:
    """Check a request against units and catalogue.

    Raises:
        UnitUnknownError: no such unit.
        TypeUnknownError: no such certificate type.
        MatterUnknownError: no such matter.
        MatterOfOtherUnitError: the unit does not handle the matter.
        MatterExcludedError: the matter is excluded.
        NotOnUseListError: the matter does not use this proof.
    """
    unit = get_unit(session, request.unit_code)
    use = get_permitted_use(
        session,
        type_code=request.type_code,
        matter_code=request.matter_code,
        unit_code=request.unit_code,
        on=now.astimezone(CHINA_TIME).date(),
    )
    return use, unit


def find_reply_data(
    session: Session, request: IssueRequest, actor: Actor, *, now: datetime
) -> VerifiedData | None:
    """Return the data of the reply that a request names; None if it names none.

    Raises:
        ReplyUnknownError: there is no such reply about this holder.
        ReplyTooOldError: it is too old to rest on.
    """
    if request.reply_id is None:
        return None
    reply = get_reply(
        session, request.reply_id, type_code=request.type_code, holder=request.holder, now=now
    )
    return data_of_reply(reply, matter_code=request.matter_code, actor=actor)


def query_source(
    sources: SourceRegister, request: IssueRequest, actor: Actor, *, now: datetime
) -> VerifiedData:
    """Ask the connected source; outside any transaction of ours, since it may be slow.

    Raises:
        NoSourceError: no source for this type.
        HolderNotFoundError: no record of the holder.
        SeveralRecordsError: more than one.
        SourceUnavailableError: the source does not answer.
    """
    return sources.query(
        type_code=request.type_code,
        holder=request.holder,
        matter_code=request.matter_code,
        actor=actor,
        now=now,
    )


def minimise(data: VerifiedData, use: PermittedUse) -> VerifiedData:
    """Keep only the fields that the use list gives to the matter (非必要不收集)."""
    kept = {name: value for name, value in data.fields.items() if name in use.fields}
    return replace(data, fields=kept)


def require_fit(pack: TemplatePack, request: IssueRequest, data: VerifiedData) -> TemplatePack:
    """Return the pack of the certificate type, if the facts fit it and are about the holder.

    Raises:
        FieldsInvalidError: a field is missing or malformed.
        HolderMismatchError: the facts name somebody else.
    """
    check_facts(pack, data.fields, holder=request.holder, holder_name=data.holder_name)
    return pack
