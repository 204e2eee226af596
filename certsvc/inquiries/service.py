"""Recording what a department's handler answers."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from certsvc.catalogue.service import get_type
from certsvc.codes.holder import HolderCode
from certsvc.errors import InvalidInputError, NotFoundError
from certsvc.inquiries.records import DepartmentReply
from certsvc.organisations.rules import Actor, Permission, require, require_unit

BASIS_MAX_LENGTH = 500
NAME_MAX_LENGTH = 100


class ReplyUnknownError(NotFoundError):
    """No reply has this number, or it is about another holder or certificate type."""

    code = "inquiries.reply-unknown"


class BasisMissingError(InvalidInputError):
    """The handler did not say what the reply rests on, or said too much to keep."""

    code = "inquiries.basis-missing"


class HolderNameInvalidError(InvalidInputError):
    """The holder's name is empty or too long."""

    code = "inquiries.holder-name-invalid"


@dataclass(frozen=True, kw_only=True)
class ReplyContent:
    """What a handler answers."""

    type_code: str
    """Certificate type that is asked for."""
    holder: HolderCode
    """Whom it is about."""
    holder_name: str
    """The holder's name as the department's records have it."""
    fields: dict[str, Any]
    """The facts, in the fields of the certificate type."""
    basis: str
    """Archive, volume or system in which they were found."""


def record_reply(session: Session, *, content: ReplyContent, actor: Actor, now: datetime) -> str:
    """Record a handler's reply and return its number.

    Raises:
        PermissionDeniedError: the actor is no handler.
        ForeignUnitError: the certificate type is another unit's.
        TypeUnknownError: no such certificate type.
        BasisMissingError: nothing says what the reply rests on.
        HolderNameInvalidError: no name, or one that is too long.
    """
    require(actor, Permission.RECORD_REPLY)
    certificate_type = get_type(session, content.type_code)
    require_unit(actor, certificate_type.producing_unit_code)
    if not 0 < len(content.basis.strip()) <= BASIS_MAX_LENGTH:
        raise BasisMissingError
    if not 0 < len(content.holder_name.strip()) <= NAME_MAX_LENGTH:
        raise HolderNameInvalidError
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
    return reply.id


def get_reply(
    session: Session, reply_id: str, *, type_code: str, holder: HolderCode
) -> DepartmentReply:
    """Return a reply about a holder.

    Raises:
        ReplyUnknownError: there is none, or it answers another question.
    """
    reply = session.get(DepartmentReply, reply_id)
    if (
        reply is None
        or reply.type_code != type_code
        or (reply.holder_kind, reply.holder_code) != (holder.kind.value, holder.value)
    ):
        raise ReplyUnknownError
    return reply
