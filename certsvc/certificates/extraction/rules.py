"""Content of a sealed copy, and its life.

- Extracting unit, producing unit and extraction time are written by the system, never by a
  person (市中区规则第九条).
- The machine-readable twin holds what the face shows, in canonical JSON (RFC 8785).
- The verification code is 130 random bits; the service keeps only its digest.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import rfc8785

from certsvc.certificates.records.rules import RecordState
from certsvc.evidence.sources.rules import VerifiedData
from certsvc.foundation.clock import CHINA_TIME, compact, rfc3339
from certsvc.foundation.codes.holder import HolderCode, half_width
from certsvc.foundation.states.rules import Move, TransitionTable, Who

TWIN_SCHEMA_VERSION = "1.0"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 26
_ADDRESS = re.compile(r"(?i:https?)://[^/?#]+(?:/[^?#]*)?/v/([^/?#]+)(?:[/?#].*)?")
_COPY_NUMBER_LENGTH = 20


def new_verify_code() -> str:
    """Make a verification code (核验码): 26 characters of Crockford's base 32, 130 bits."""
    return "".join(secrets.choice(_CROCKFORD) for _ in range(_CODE_LENGTH))


def new_copy_number() -> str:
    """Create the unique number of a copy; knowing it grants no access."""
    return "".join(secrets.choice(_CROCKFORD) for _ in range(_COPY_NUMBER_LENGTH))


def normalise_verify_code(typed: str) -> str:
    """Read a code as people type it: any case, blanks and hyphens, O for 0, I and L for 1.

    Full-width letters count as plain ones, and of a whole verify address the code is taken.
    """
    plain = half_width("".join(typed.split()))
    if (address := _ADDRESS.fullmatch(plain)) is not None:
        plain = address[1]
    return plain.upper().replace("-", "").translate(str.maketrans("OIL", "011"))


def fault_of_verify_code(code: str) -> dict[str, str | int]:
    """Tell why a normalised code cannot be one: its length, or a character; empty if it can."""
    for position, character in enumerate(code, start=1):
        if character not in _CROCKFORD:
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            return {"reason": "character", "position": position, "character": shown}
    if len(code) != _CODE_LENGTH:
        return {"reason": "length", "length": len(code)}
    return {}


def verify_code_digest(code: str) -> str:
    """Return the digest of a verification code, which is all that the service stores."""
    return hashlib.sha256(normalise_verify_code(code).encode(errors="replace")).hexdigest()


def is_in_force(valid_until: date, now: datetime) -> bool:
    """Tell whether a copy may still be used: through its last day, in China Standard Time."""
    return now.astimezone(CHINA_TIME).date() <= valid_until


class CopyState(StrEnum):
    """State of a copy; the end of its record takes precedence over its own."""

    IN_FORCE = "in_force"
    """有效."""
    EXPIRED = "expired"
    """已过期."""
    WITHDRAWN = "withdrawn"
    """已撤回, by the unit that extracted it."""
    SUSPENDED = "suspended"
    """The record is suspended."""
    REVOKED = "revoked"
    """The record was revoked."""
    CANCELLED = "cancelled"
    """The record was cancelled."""
    SUPERSEDED = "superseded"
    """A later version of the record was issued."""


class CopyEvent(StrEnum):
    """What happens to a copy, by itself or because of its record."""

    EXTRACT = "extract"
    """提取."""
    WITHDRAW = "withdraw"
    """撤回, by the unit that extracted it."""
    EXPIRE = "expire"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"


WAS_WITHDRAWN, AS_OF_EARLIER = "withdrawn", "as-of-earlier"
"""Conditions: its unit withdrew it; the change takes effect as of a day before it expired."""
_ENDED_WITH_RECORD = (
    (CopyEvent.REVOKE, CopyState.REVOKED),
    (CopyEvent.CANCEL, CopyState.CANCELLED),
    (CopyEvent.SUPERSEDE, CopyState.SUPERSEDED),
)
_BY_PRODUCER = (Who(right="change_record"),)


def _with_record(
    before: CopyState, event: CopyEvent, after: CopyState, when: str | None = None
) -> Move[CopyState, CopyEvent]:
    return Move(before=before, event=event, after=after, who=_BY_PRODUCER, when=when)


def _withdrawn_in(before: CopyState, after: CopyState) -> Move[CopyState, CopyEvent]:
    return Move(
        before=before,
        event=CopyEvent.WITHDRAW,
        after=after,
        who=(Who(right="withdraw_copy"),),
        needs=("reason_code", "reason"),
    )


COPY_LIFE = TransitionTable(
    "copy",
    Move(
        before=None,
        event=CopyEvent.EXTRACT,
        after=CopyState.IN_FORCE,
        who=(Who(right="issue"),),
        needs=("purpose",),
    ),
    _withdrawn_in(CopyState.IN_FORCE, CopyState.WITHDRAWN),
    _withdrawn_in(CopyState.EXPIRED, CopyState.WITHDRAWN),
    # The record's state takes precedence over the withdrawal of the copy.
    *(
        _withdrawn_in(state, state)
        for state in (
            CopyState.SUSPENDED,
            CopyState.REVOKED,
            CopyState.CANCELLED,
            CopyState.SUPERSEDED,
        )
    ),
    _withdrawn_in(CopyState.WITHDRAWN, CopyState.WITHDRAWN),
    Move(before=CopyState.IN_FORCE, event=CopyEvent.EXPIRE, after=CopyState.EXPIRED),
    Move(before=CopyState.WITHDRAWN, event=CopyEvent.EXPIRE, after=CopyState.WITHDRAWN),
    *(
        _with_record(state, CopyEvent.SUSPEND, CopyState.SUSPENDED)
        for state in (CopyState.IN_FORCE, CopyState.WITHDRAWN)
    ),
    _with_record(CopyState.SUSPENDED, CopyEvent.RESUME, CopyState.WITHDRAWN, WAS_WITHDRAWN),
    _with_record(CopyState.SUSPENDED, CopyEvent.RESUME, CopyState.IN_FORCE),
    Move(
        before=CopyState.SUSPENDED,
        event=CopyEvent.EXPIRE,
        after=CopyState.WITHDRAWN,
        when=WAS_WITHDRAWN,
    ),
    Move(before=CopyState.SUSPENDED, event=CopyEvent.EXPIRE, after=CopyState.EXPIRED),
    *(
        _with_record(state, event, after)
        for state in (CopyState.IN_FORCE, CopyState.WITHDRAWN, CopyState.SUSPENDED)
        for event, after in _ENDED_WITH_RECORD
    ),
    # A record may be revoked or cancelled as of a day when it was still valid.
    _with_record(CopyState.EXPIRED, CopyEvent.REVOKE, CopyState.REVOKED, AS_OF_EARLIER),
    _with_record(CopyState.EXPIRED, CopyEvent.CANCEL, CopyState.CANCELLED, AS_OF_EARLIER),
    states=CopyState,
    events=CopyEvent,
    words=("copy_state", "life.copy-event"),
    final=(CopyState.REVOKED, CopyState.CANCELLED, CopyState.SUPERSEDED),
)


class WithdrawalReasonCode(StrEnum):
    """Why a unit withdraws its own copy."""

    NOT_NEEDED = "not_needed"
    """不再需要."""
    TAKEN_BY_MISTAKE = "taken_by_mistake"
    """误提."""
    MATTER_ENDED = "matter_ended"
    """申请撤回或事项终止."""


_ENDED_BY_RECORD = {
    RecordState.REVOKED: CopyState.REVOKED,
    RecordState.CANCELLED: CopyState.CANCELLED,
    RecordState.SUPERSEDED: CopyState.SUPERSEDED,
    RecordState.SUSPENDED: CopyState.SUSPENDED,
}
SERVED = frozenset({CopyState.IN_FORCE, CopyState.EXPIRED})
"""States in which the file is handed out; that it has expired stands on its face."""


def copy_state(
    record: RecordState | None, *, is_withdrawn: bool, valid_until: date, now: datetime
) -> CopyState:
    """Return the state of a copy; the end of its record takes precedence over its own."""
    if record in _ENDED_BY_RECORD:
        return _ENDED_BY_RECORD[record]
    if is_withdrawn:
        return CopyState.WITHDRAWN
    in_force = is_in_force(valid_until, now) and record is RecordState.ISSUED
    return CopyState.IN_FORCE if in_force else CopyState.EXPIRED


@dataclass(frozen=True, kw_only=True)
class UnitName:
    """A unit as it stands on a face."""

    code: str
    """Unified social credit code."""
    name: str
    """Name in full."""


@dataclass(frozen=True, kw_only=True)
class ExtractionNote:
    """提取信息: who extracted what, for what, when, until when."""

    copy_number: str
    """Number of the copy."""
    producing_unit: UnitName
    """制作单位."""
    extracting_unit: UnitName
    """提取单位."""
    matter_code: str
    """Code of the matter (事项)."""
    matter: str
    """Its name."""
    purpose: str
    """用途."""
    extracted_at: datetime
    """提取时间."""
    valid_until: date
    """有效期至: last day of the copy's life."""


@dataclass(frozen=True, kw_only=True)
class CopyContent:
    """Content of one sealed copy."""

    identifier: str
    """证照标识 (GB/T 36904)."""
    type_code: str
    """Certificate type."""
    type_standard_code: str
    """证照类型代码."""
    type_name: str
    """Its name."""
    pack_version: str
    """Version of the template pack."""
    holder: HolderCode
    """持证主体."""
    data: VerifiedData
    """The facts and their evidence."""
    seal_name: str
    """Name of the seal of the route."""
    note: ExtractionNote
    """提取信息."""
    replaces: str | None = None
    """关联证照标识: identifier of the version that this one replaces."""


def twin_of(content: CopyContent) -> bytes:
    """Build the machine-readable twin as canonical JSON."""
    note, evidence = content.note, content.data.evidence
    twin: dict[str, Any] = {
        "schema_version": TWIN_SCHEMA_VERSION,
        "identifier": content.identifier,
        "type": {
            "code": content.type_code,
            "standard_code": content.type_standard_code,
            "name": content.type_name,
            "pack_version": content.pack_version,
        },
        "holder": {
            "name": content.data.holder_name,
            "code": content.holder.value,
            "code_type": content.holder.kind.value,
        },
        "fields": content.data.fields,
        "evidence": {
            "route": evidence.route.value,
            "source": evidence.source,
            "verified_by": evidence.verified_by,
            "verified_by_unit": evidence.unit_code,
            "basis": evidence.basis,
            "verified_at": rfc3339(evidence.verified_at),
            "answer_sha256": evidence.answer_sha256,
        },
        "extraction": {
            "copy_number": note.copy_number,
            "producing_unit": {"code": note.producing_unit.code, "name": note.producing_unit.name},
            "extracting_unit": {
                "code": note.extracting_unit.code,
                "name": note.extracting_unit.name,
            },
            "matter": {"code": note.matter_code, "name": note.matter},
            "purpose": note.purpose,
            "extracted_at": rfc3339(note.extracted_at),
            "valid_until": note.valid_until.isoformat(),
        },
        "seal": {"name": content.seal_name},
    }
    if content.replaces:
        twin["replaces"] = {"identifier": content.replaces}
    return rfc8785.dumps(twin)


def metadata_of(content: CopyContent) -> dict[str, str]:
    """Build the metadata elements of GB/T 36903 for the file, the 加注件 elements among them."""
    note = content.note
    issued_on = note.extracted_at.astimezone(CHINA_TIME).strftime("%Y%m%d")
    expires_on = note.valid_until.strftime("%Y%m%d")
    correlative = {"certificateCorrelativeIdentifier": content.replaces} if content.replaces else {}
    return correlative | {
        "certificateName": content.type_name,
        "certificateTypeName": content.type_name,
        "certificateTypeCode": content.type_standard_code,
        "certificateIdentifier": content.identifier,
        "certificateIssuingAuthorityName": note.producing_unit.name,
        "certificateIssuingAuthorityCode": note.producing_unit.code,
        "certificateIssuedDate": issued_on,
        "certificateHolderName": content.data.holder_name,
        "certificateHolderCode": content.holder.value,
        "certificateHolderTypeCode": content.holder.kind.value,
        "certificateEffectiveDate": issued_on,
        "certificateExpiringDate": expires_on,
        "certificateVersion": content.identifier.split(".")[-2],
        "relatedItemName": note.matter,
        "relatedItemCode": note.matter_code,
        "certificateCopyCreationTime": compact(note.extracted_at),
        "certificateCopyCreator": f"{note.extracting_unit.name}^{note.producing_unit.name}",
        "certificateCopyCause": note.purpose,
        "certificateCopyExpiringTime": f"{expires_on}235959",
    }
