"""Recording replies of departments' handlers."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from sqlalchemy.orm import Session

from certsvc.catalogue.packs.repository import PackRepository
from certsvc.catalogue.routes import Route
from certsvc.catalogue.types.service import get_type
from certsvc.evidence.inquiries.events import InquiryReplied
from certsvc.evidence.inquiries.records import DepartmentReply
from certsvc.evidence.sources.answers import warnings_about
from certsvc.evidence.sources.facts import check_facts
from certsvc.evidence.sources.rules import Evidence, VerifiedData
from certsvc.foundation.clock import china_day
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.errors import InvalidInputError, NotFoundError, RefusedError
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor, Permission, require, require_unit

BASIS_MAX_LENGTH = 500
NAME_MAX_LENGTH = 100
REPLY_LIFETIME = timedelta(days=30)
"""How long a proof may be issued on a reply; the facts may have changed since."""


class ReplyUnknownError(NotFoundError):
    """No reply has this number, or it is about another holder or certificate type."""

    code = "inquiries.reply-unknown"


class ReplyTooOldError(RefusedError):
    """The reply is too old for issuing; the department must be asked again."""

    code = "inquiries.reply-too-old"


class BasisMissingError(InvalidInputError):
    """The basis of the reply is missing or too long."""

    code = "inquiries.basis-missing"


class BasisInvalidError(InvalidInputError):
    """The basis of the reply holds line breaks or invisible characters."""

    code = "inquiries.basis-invalid"


class HolderNameInvalidError(InvalidInputError):
    """The holder's name is empty, too long, or holds invisible characters."""

    code = "inquiries.holder-name-invalid"


@dataclass(frozen=True, kw_only=True)
class ReplyContent:
    """Content of a handler's reply."""

    type_code: str
    """Certificate type that is asked for."""
    holder: HolderCode
    """Holder that it is about."""
    holder_name: str
    """The holder's name as the department's records have it."""
    fields: dict[str, Any]
    """The facts, in the fields of the certificate type."""
    basis: str
    """Archive, volume or system in which they were found."""


def record_reply(
    session: Session,
    *,
    content: ReplyContent,
    packs: PackRepository,
    actor: Actor,
    now: datetime,
) -> str:
    """Record a handler's reply and return its number.

    Raises:
        PermissionDeniedError: the actor is no handler.
        ForeignUnitError: the certificate type is another unit's.
        TypeUnknownError: no such certificate type.
        BasisMissingError: nothing says what the reply rests on.
        BasisInvalidError: it cannot be read.
        HolderNameInvalidError: no name, or one that is too long.
        NoVersionInForceError: the type has no template pack in force.
        FieldsInvalidError: a fact is missing or malformed.
        HolderMismatchError: the facts name somebody else.
    """
    require(actor, Permission.RECORD_REPLY)
    certificate_type = get_type(session, content.type_code)
    require_unit(actor, certificate_type.producing_unit_code)
    if not 0 < len(content.basis.strip()) <= BASIS_MAX_LENGTH:
        raise BasisMissingError
    if not content.basis.strip().isprintable():
        raise BasisInvalidError
    name = content.holder_name.strip()
    if not 0 < len(name) <= NAME_MAX_LENGTH or not name.isprintable():
        raise HolderNameInvalidError
    check_facts(
        packs.get_in_force(session, certificate_type.code, on=china_day(now)),
        content.fields,
        holder=content.holder,
        holder_name=content.holder_name.strip(),
    )
    reply = DepartmentReply(
        id=secrets.token_hex(16),
        type_code=content.type_code,
        holder_kind=content.holder.kind.value,
        holder_code=content.holder.value,
        holder_name=content.holder_name.strip(),
        fields=content.fields,
        basis=content.basis.strip(),
        unit_code=certificate_type.producing_unit_code,
        replied_by=actor.id.removeprefix("staff:"),
        replied_at=now,
    )
    session.add(reply)
    session.flush()
    replied = InquiryReplied(subject=reply.id, type=reply.type_code, unit=reply.unit_code)
    record(session, replied, actor=actor.id, now=now)
    return reply.id


def get_reply(
    session: Session, reply_id: str, *, type_code: str, holder: HolderCode, now: datetime
) -> DepartmentReply:
    """Return a reply about a holder.

    Raises:
        ReplyUnknownError: there is none, or it answers another question.
        ReplyTooOldError: it is too old to rest on.
    """
    reply = session.get(DepartmentReply, reply_id)
    if (
        reply is None
        or reply.type_code != type_code
        or (reply.holder_kind, reply.holder_code) != (holder.kind.value, holder.value)
    ):
        raise ReplyUnknownError
    if now - reply.replied_at > REPLY_LIFETIME:
        raise ReplyTooOldError(days=REPLY_LIFETIME.days)
    return reply


def data_of_reply(reply: DepartmentReply, *, matter_code: str, actor: Actor) -> VerifiedData:
    """Return a handler's reply as verified data (部门核验)."""
    return VerifiedData(
        holder_name=reply.holder_name,
        fields=reply.fields,
        evidence=Evidence(
            route=Route.DEPARTMENT_VERIFICATION,
            source=reply.id,
            unit_code=reply.unit_code,
            verified_by=f"staff:{reply.replied_by}",
            verified_at=reply.replied_at,
            basis=reply.basis,
            asked_by=actor.id,
            matter_code=matter_code,
            answer_sha256=hashlib.sha256(rfc8785.dumps(reply.fields)).hexdigest(),
            warnings=warnings_about(HolderCode.of(reply.holder_kind, reply.holder_code)),
        ),
    )
