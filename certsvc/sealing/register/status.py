"""Signed answers to whether a seal was valid at an instant (《电子印章管理办法》验章).

- The answer is about the seal and its signing certificate alone; it names no person.
- The past does not change: the answer about a past instant is the same for ever.
- Nothing is said about the future, nor about a seal that nobody has approved yet.
- What is signed is the canonical JSON of the answer (RFC 8785), by the installation's key.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives import hashes
from sqlalchemy.orm import Session

from certsvc.foundation.clock import read_instant, rfc3339
from certsvc.foundation.errors import InvalidInputError
from certsvc.people.units.service import get_unit
from certsvc.sealing.register.errors import AnswerKeyOfSealError, SealUnknownError
from certsvc.sealing.register.history import find_state_change_at, find_version_at
from certsvc.sealing.register.own_keys import find_seals_of_key
from certsvc.sealing.register.records import Seal, SealVersion
from certsvc.sealing.register.rules import SealState
from certsvc.sealing.register.versions import signing_certificates
from keys.json_signatures import sign_detached, thumbprint_of
from keys.signing_key import SigningKey

_BLANK_FOR_PLUS = re.compile(r"(?<=[0-9]) (?=[0-9]{2}:[0-9]{2}\Z)")
ANSWER_TYPE = "certsvc-seal-status/1"


class InstantInFutureError(InvalidInputError):
    """The instant asked for has not come yet."""

    code = "seals.instant-in-future"


class InstantMalformedError(InvalidInputError):
    """The instant asked for is no RFC 3339 instant with an offset, or out of range."""

    code = "seals.instant-malformed"


@dataclass(frozen=True, kw_only=True)
class SignedAnswer:
    """An answer and the proof that this installation gave it."""

    answer: dict[str, Any]
    """Question and answer."""
    signature: str
    """Detached JWS over the canonical JSON of the answer."""
    digest: str
    """Digest of answer and key, the same whenever the same is answered."""


def parse_instant(text: str) -> datetime:
    """Read an instant as people write it into an address, where `+` became a blank.

    Raises:
        InstantMalformedError: it is none.
    """
    try:
        return read_instant(_BLANK_FOR_PLUS.sub("+", text))
    except ValueError as error:
        raise InstantMalformedError from error


def answer_status(
    session: Session, key: SigningKey, *, seal_id: str, at: datetime, now: datetime
) -> SignedAnswer:
    """Answer and sign whether a seal was valid at an instant.

    Raises:
        SealUnknownError: there is no such seal, or nobody has approved it yet.
        InstantInFutureError: the instant has not come yet.
        AnswerKeyOfSealError: the key is a seal's, which signs papers alone.
        SigningKeyError: the installation's key cannot sign.
    """
    if find_seals_of_key(session, key.public_key):
        raise AnswerKeyOfSealError
    answer = describe_status(session, seal_id=seal_id, at=at, now=now)
    payload = rfc8785.dumps(answer)
    named = payload + thumbprint_of(key.public_key).encode()
    return SignedAnswer(
        answer=answer,
        signature=sign_detached(key, payload),
        digest=hashlib.sha256(named).hexdigest(),
    )


def describe_status(
    session: Session, *, seal_id: str, at: datetime, now: datetime
) -> dict[str, Any]:
    """Say whether a seal was valid at an instant, and why.

    Raises:
        SealUnknownError: there is no such seal, or nobody has approved it yet.
        InstantInFutureError: the instant has not come yet.
    """
    if at > now:
        raise InstantInFutureError
    seal = session.get(Seal, seal_id)
    if seal is None or find_version_at(session, seal_id, now) is None:
        raise SealUnknownError
    change, version = (
        find_state_change_at(session, seal_id, at),
        find_version_at(session, seal_id, at),
    )
    state = change.state_after if change else None
    covered = version is not None and _covers(version, at)
    is_in_use = state == SealState.IN_USE
    return {
        "type": ANSWER_TYPE,
        "seal": seal.id,
        "name": seal.name,
        "owner": {
            "code": seal.owner_unit_code,
            "name": get_unit(session, seal.owner_unit_code).name,
        },
        "route": seal.route,
        "at": at.astimezone(UTC).isoformat(),
        "valid": is_in_use and covered,
        "state": state or "none",
        "since": rfc3339(change.approved_at) if change and change.approved_at else None,
        "certificate": _describe_certificate(version) if version else None,
    }


def _covers(version: SealVersion, at: datetime) -> bool:
    leaf = signing_certificates(version)[0]
    return leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc


def _describe_certificate(version: SealVersion) -> dict[str, str]:
    leaf = signing_certificates(version)[0]
    return {
        "sha256": leaf.fingerprint(hashes.SHA256()).hex(),
        "serial": f"{leaf.serial_number:x}",
        "not_before": rfc3339(leaf.not_valid_before_utc),
        "not_after": rfc3339(leaf.not_valid_after_utc),
    }
