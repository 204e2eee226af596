"""A department's handler replies (协查反馈)."""

import math
from typing import Annotated, Any

from fastapi import APIRouter, status
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.shared.problems import problems
from api.shared.repetitions import Repeatable
from api.shared.requests import InterfaceCall
from certsvc.evidence.inquiries.service import ReplyContent, record_reply
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.people.rights.rules import Permission, require

router = APIRouter(prefix="/api/v1/replies", tags=["replies"])
_LARGEST_INTEGER = 2**53 - 1  # beyond, canonical JSON has no exact form (RFC 8785 §3.2.2.3)
_DEEPEST = 8


def _canonical(value: Any, depth: int = 0) -> Any:  # noqa: ANN401  a JSON value
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, dict):
        return {key: _canonical(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_canonical(inner, depth + 1) for inner in value]
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        raise ValueError("number too large")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")
    if isinstance(value, str) and ("\x00" in value or not value.isprintable()):
        raise ValueError("unprintable character")
    return value


Code = Annotated[str, Field(max_length=60)]


class Reply(BaseModel):
    """What a handler found in their unit's records."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "no-criminal-record",
                    "holder": "990101199003070023",
                    "holder_name": "青小禾",
                    "fields": {"name": "青小禾", "result": "未发现有犯罪记录"},
                    "basis": "违法犯罪人员信息库 2026-11-20 查询",
                }
            ]
        },
    )

    type: Annotated[Code, Field(description="Code of the certificate type")]
    holder: Annotated[Code, Field(description="Number of the holder's document")]
    holder_kind: HolderCodeType = HolderCodeType.IDENTITY_NUMBER
    holder_name: Annotated[str, Field(max_length=1000)]
    fields: Annotated[
        dict[str, Any],
        AfterValidator(_canonical),
        Field(description="The facts, in the fields of the certificate type's schema"),
    ]
    basis: Annotated[str, Field(max_length=1000, description="Archive or system looked at")]


class RecordedReply(BaseModel):
    """A reply that was recorded."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reply": "5f0c9a4e8b6d4f1f9f3f0c2f7f7b8a11"}]}
    )

    reply: Annotated[str, Field(description="Its number, for the request to issue")]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Record a reply",
    responses=problems(400, 401, 403, 409, 413, 415, 422, 500, 503),
)
def create_reply(reply: Reply, call: InterfaceCall, once: Repeatable) -> RecordedReply:
    """Record what a handler of the producing unit replies, once for each idempotency key."""
    # Before the key is looked at: a repetition is answered without doing the work again.
    require(call.actor, Permission.RECORD_REPLY)
    content = _content_of(reply)
    return once.create(
        reply,
        RecordedReply,
        lambda session: RecordedReply(
            reply=record_reply(
                session,
                content=content,
                packs=call.services.packs,
                actor=call.actor,
                now=call.now,
            )
        ),
    )


def _content_of(reply: Reply) -> ReplyContent:
    """Read a reply.

    Raises:
        HolderCodeInvalidError: the holder's number is malformed.
    """
    return ReplyContent(
        type_code=reply.type,
        holder=HolderCode(value=reply.holder, kind=reply.holder_kind),
        holder_name=reply.holder_name,
        fields=reply.fields,
        basis=reply.basis,
    )
