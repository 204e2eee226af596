"""What is said and asked about certificate records over HTTP."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.shared.instants import InstantText
from api.shared.names import EnglishName
from certsvc.certificates.extraction.rules import CopyState, WithdrawalReasonCode
from certsvc.certificates.records.rules import ReasonCode, RecordAction
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH, Verb

Reason = Annotated[
    str, Field(min_length=1, max_length=REASON_MAX_LENGTH, description="The reason as free text")
]
Instant = Annotated[
    InstantText | None, Query(examples=["2026-11-21T10:00:00+08:00"], description="RFC 3339")
]


_ID_EXAMPLE = "1.2.156.3005.2.12990101MB0000003C002.12990101MB0000003C.NX34RPNGHPZY6HEDFNMX.001.W"
Identifier = Annotated[
    str, Path(description="证照标识, as it stands on the certificate", examples=[_ID_EXAMPLE])
]
_ISSUE_EXAMPLE: JsonDict = {
    "number": 1,
    "action": "issue",
    "reason_code": "issued",
    "state_after": "issued",
    "effective_at": "2026-11-21T10:00:00+08:00",
    "recorded_at": "2026-11-21T10:00:00+08:00",
    "reason": "",
    "operator": "staff:clerk.wang",
    "superseded_by": None,
}
_CHANGE_EXAMPLE: JsonDict = {
    "number": 2,
    "action": "revoke",
    "reason_code": "facts_wrong",
    "state_after": "revoked",
    "effective_at": "2026-11-21T11:00:00+08:00",
    "recorded_at": "2026-11-21T11:00:00+08:00",
    "reason": "档案登记有误，已更正档案",
    "operator": "staff:handler.li",
    "superseded_by": None,
}


class RecordChangeAnswer(BaseModel):
    """A change of a record's state."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANGE_EXAMPLE]})

    number: int
    action: RecordAction
    reason_code: ReasonCode
    state_after: str
    effective_at: InstantText
    recorded_at: InstantText
    reason: Annotated[str | None, Field(description="For the producing unit alone")]
    operator: Annotated[str | None, Field(description="For the producing unit alone")]
    superseded_by: str | None = None


class EndingAnswer(BaseModel):
    """The end of a record that one person proposed; another one of the unit decides."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "action": "revoke",
                    "reason_code": "facts_wrong",
                    "reason": "档案登记有误，已更正档案",
                    "effective_at": None,
                    "proposed_by": "staff:handler.li",
                    "proposed_at": "2026-11-21T11:00:00+08:00",
                    "expires_at": "2026-11-28T11:00:00+08:00",
                    "shown": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                }
            ]
        }
    )

    action: RecordAction
    reason_code: ReasonCode
    reason: str
    effective_at: Annotated[InstantText | None, Field(description="null: when it is approved")] = (
        None
    )
    proposed_by: str
    proposed_at: InstantText
    expires_at: Annotated[InstantText, Field(description="Until when it can be approved")]
    shown: Annotated[str, Field(description="Digest that an approval gives back")]


class EndingDecisionRequest(BaseModel):
    """What another person decides on the end of a record."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"decision": "reject", "reason": "档案已再次核对，无误"}]},
    )

    decision: Annotated[
        Verb,
        Field(description="withdraw: whoever proposed it takes it back"),
    ]
    shown: Annotated[
        str, Field(max_length=64, description="To approve: the digest of what was shown")
    ] = ""
    reason: Annotated[
        str, Field(max_length=REASON_MAX_LENGTH, description="To approve or reject: why")
    ] = ""


class RecordCopyAnswer(BaseModel):
    """A copy of the record."""

    copy_number: str
    extracting_unit: str
    extracting_unit_code: str
    matter: str
    matter_en: EnglishName = None
    matter_code: str
    extracted_at: InstantText
    state: CopyState


class RecordAnswer(BaseModel):
    """How a record stands, and what happened to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "identifier": _ID_EXAMPLE,
                    "type": "social-insurance",
                    "type_name": "社会保险参保证明",
                    "type_name_en": "Certificate of Social Insurance Participation",
                    "producing_unit": "青禾市云岭区社会保险事业中心",
                    "producing_unit_code": "12990101MB0000003C",
                    "holder_name": "青*",
                    "holder_code": "990***********0023",
                    "version": 1,
                    "issued_at": "2026-11-21T10:00:00+08:00",
                    "valid_until": "2027-02-19",
                    "state": "revoked",
                    "at": "2026-11-21T12:00:00+08:00",
                    "known_at": None,
                    "replaces": None,
                    "superseded_by": None,
                    "changes": [_ISSUE_EXAMPLE, _CHANGE_EXAMPLE],
                    "copies": [
                        {
                            "copy_number": "S5AY5ZDFJEWYQF1V8JSH",
                            "extracting_unit": "青禾市云岭区行政审批服务局",
                            "extracting_unit_code": "11990101MB0000004J",
                            "matter": "人才补贴申领",
                            "matter_en": "Talent subsidy",
                            "matter_code": "talent-subsidy",
                            "extracted_at": "2026-11-21T10:00:00+08:00",
                            "state": "revoked",
                        }
                    ],
                    "warnings": [],
                }
            ]
        }
    )

    identifier: str
    type: str
    type_name: str
    type_name_en: EnglishName = None
    producing_unit: str
    producing_unit_code: str
    holder_name: str
    holder_code: Annotated[str, Field(description="Masked")]
    version: int
    issued_at: InstantText
    valid_until: str
    state: Annotated[str, Field(description="At the instant asked about; none before issuing")]
    at: Annotated[InstantText, Field(description="The instant asked about")]
    known_at: Annotated[
        InstantText | None, Field(description="As the register knew then; null: now")
    ] = None
    replaces: Annotated[str | None, Field(description="Identifier of the version before")] = None
    superseded_by: Annotated[str | None, Field(description="Identifier of the version after")] = (
        None
    )
    changes: list[RecordChangeAnswer]
    copies: list[RecordCopyAnswer]
    warnings: Annotated[list[str], Field(description="What was odd about the identifier given")]


class RecordChangeRequest(BaseModel):
    """What is to become of a record."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "action": "revoke",
                    "reason_code": "facts_wrong",
                    "reason": "档案登记有误，已更正档案",
                }
            ]
        },
    )

    action: Annotated[RecordAction, Field(description="suspend, resume, revoke or cancel")]
    reason_code: ReasonCode
    reason: Reason
    effective_at: Annotated[
        InstantText | None,
        Field(description="Earlier instant for revoke and cancel; null: now"),
    ] = None


class ReplacementRequest(BaseModel):
    """Why a new version is issued."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "出生日期登记有误，档案已改正"}]},
    )

    reason: Reason
    reply: Annotated[
        str | None,
        Field(max_length=60, description="Number of the department's reply the facts rest on"),
    ] = None


class WithdrawalRequest(BaseModel):
    """Why a unit withdraws its own copy."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reason_code": "matter_ended", "reason": "申请人撤回申请"}]
        },
    )

    reason_code: WithdrawalReasonCode
    reason: Reason


class WithdrawalAnswer(BaseModel):
    """That a copy was withdrawn."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "copy_number": "S5AY5ZDFJEWYQF1V8JSH",
                    "reason_code": "matter_ended",
                    "withdrawn_at": "2026-11-21T10:30:00+08:00",
                }
            ]
        }
    )

    copy_number: str
    reason_code: WithdrawalReasonCode
    withdrawn_at: InstantText
