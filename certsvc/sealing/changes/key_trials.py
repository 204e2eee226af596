"""Key trials: a test signature, verified with the offered certificate, before a seal uses a key.

- A change that lets a seal sign with a key is approved only after a good trial that is fresh, with
  exactly that key and certificate. So a key that does not work cannot stop a seal.
- What is signed says that it is a trial and no document; nothing else can be made of it.
- A key that the operator does not offer is not opened.
- Each trial is on record and in the log, good or not; the key is used outside of any transaction.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.approvals.rules import ProposalUnknownError
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.errors import RefusedError
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.events import KeyTried
from certsvc.sealing.changes.key_choice import KeyNotOfferedError, KeyOffers
from certsvc.sealing.register.history import get_version_in_force
from certsvc.sealing.register.records import SealChange, SealKeyTrial, SealVersion
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.versions import certificate_sha256, chain_sha256, signing_chain
from keys.errors import SigningKeyError
from keys.passphrases import AskSecret
from keys.signing_key import SigningKey
from keys.uri import open_key
from keys.verification import require_signature

TRIAL_LIFETIME = timedelta(minutes=10)
"""How long a good trial lets a change be approved."""
TRYING = frozenset({SealAction.APPLY, SealAction.AMEND, SealAction.ENABLE})
"""Changes after which a seal signs with a key that it did not sign with before."""


class KeyUntriedError(RefusedError):
    """The key of a change was not tried, or too long ago. Params: `minutes`."""

    code = "seals.key-untried"


class KeyNotOfCertificateError(RefusedError):
    """The key is not the one that the offered certificate certifies."""

    code = "seals.key-not-of-certificate"


class KeyTrialFailedError(RefusedError):
    """The last trial of a change's key failed. Params: `error`."""

    code = "seals.key-trial-failed"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Key and certificate to try for a change."""

    seal_id: str
    change_id: int
    key_uri: str
    chain_pem: str
    is_offered: bool
    """Whether the operator offers the key; one that is not is not opened."""


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """Result of a trial."""

    statement: str = ""
    algorithm: str = ""
    signature: bytes = b""
    error: str = ""


def needs_trial(change: SealChange) -> bool:
    """Tell whether a change is approved only after its key has been tried."""
    return SealAction(change.action) in TRYING


def version_to_be(session: Session, change: SealChange) -> SealVersion:
    """Return the seal's version after a change: the one it carries, or else the present one."""
    carried = session.get(SealVersion, change.id)
    return carried or get_version_in_force(session, change.seal_id)


def prepare_trial(session: Session, change_id: int, offers: KeyOffers) -> Trial | None:
    """Return what to try for a change; None if it needs no trial.

    Raises:
        ProposalUnknownError: there is no such change.
    """
    change = session.get(SealChange, change_id)
    if change is None:
        raise ProposalUnknownError
    if change.proposal is None or change.proposal.outcome or not needs_trial(change):
        return None
    version = version_to_be(session, change)
    return Trial(
        seal_id=change.seal_id,
        change_id=change.id,
        key_uri=version.key_uri,
        chain_pem=version.certificate_chain_pem,
        is_offered=offers.find_name(session, version.key_uri) is not None,
    )


def sign_trial(trial: Trial, *, now: datetime, ask: AskSecret | None = None) -> TrialResult:
    """Sign with the key, and check the signature with the certificate's public key."""
    if not trial.is_offered:
        return TrialResult(error=KeyNotOfferedError.code)
    statement = _statement(trial, now)
    try:
        key = open_key(trial.key_uri, ask=ask)
        _require_certified(trial, key)
        signature = key.sign(statement.encode())
        require_signature(
            key.public_key,
            key.algorithm,
            data=statement.encode(),
            signature=signature,
            name=trial.seal_id,
        )
    except (SigningKeyError, KeyNotOfCertificateError) as error:
        return TrialResult(statement=statement, error=error.code)
    return TrialResult(statement=statement, algorithm=key.algorithm.value, signature=signature)


def record_trial(
    session: Session, trial: Trial, result: TrialResult, *, actor: Actor, now: datetime
) -> SealKeyTrial:
    """Record the result of a trial."""
    row = SealKeyTrial(
        change_id=trial.change_id,
        at=now,
        actor=actor.id,
        key_uri=trial.key_uri,
        certificate_sha256=chain_sha256(trial.chain_pem),
        statement=result.statement,
        algorithm=result.algorithm,
        signature_base64=base64.b64encode(result.signature).decode(),
        error=result.error,
    )
    session.add(row)
    tried = KeyTried(
        subject=trial.seal_id,
        change=trial.change_id,
        certificate_sha256=row.certificate_sha256,
        signature_base64=row.signature_base64,
        error=row.error,
    )
    record(session, tried, actor=actor.id, now=now)
    return row


def find_last_trial(session: Session, change_id: int) -> SealKeyTrial | None:
    """Return the last trial for a change; None if there was none."""
    of_change = select(SealKeyTrial).where(SealKeyTrial.change_id == change_id)
    return session.scalar(of_change.order_by(SealKeyTrial.id.desc()).limit(1))


def require_good_trial(
    session: Session, change: SealChange, version: SealVersion, now: datetime
) -> None:
    """Check that a change's key was tried just now, with exactly this certificate.

    Raises:
        KeyUntriedError: it was not tried, or not with these, or too long ago.
        KeyTrialFailedError: the last trial failed.
    """
    last = find_last_trial(session, change.id)
    wanted = version.key_uri, certificate_sha256(version)
    if last is None or (last.key_uri, last.certificate_sha256) != wanted:
        raise KeyUntriedError(minutes=_minutes())
    if last.error:
        raise KeyTrialFailedError(error=last.error)
    if not now - TRIAL_LIFETIME <= last.at <= now:
        raise KeyUntriedError(minutes=_minutes())


def _statement(trial: Trial, now: datetime) -> str:
    content: dict[str, Any] = {
        "purpose": "certsvc key trial; this is no document",
        "seal": trial.seal_id,
        "change": trial.change_id,
        "at": rfc3339(now),
        "nonce": secrets.token_hex(16),
    }
    return rfc8785.dumps(content).decode()


def _require_certified(trial: Trial, key: SigningKey) -> None:
    if signing_chain(trial.chain_pem)[0].public_key() != key.public_key:
        raise KeyNotOfCertificateError


def _minutes() -> int:
    return int(TRIAL_LIFETIME.total_seconds() // 60)
