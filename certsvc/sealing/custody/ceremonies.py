"""Key ceremonies: one reviewable file, approved by at least two people, executed once.

- An approval (`ceremony_approvals`) is of the file's exact text and of the keys that it names, by
  a person who proves with their password who they are.
- That a ceremony begins is committed before its first step; it can begin once. One that was
  killed in the middle stays begun for ever: another file, with another number, cleans up.
- Its protocol is canonical JSON (RFC 8785), signed by a key the file names: whoever has the
  public key can check it with OpenSSL alone.
"""

import base64
import json
from dataclasses import dataclass, replace
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.violations import refused_as
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor, Permission, require
from certsvc.sealing.custody.ceremony_approvals import approve_ceremony, require_approved
from certsvc.sealing.custody.errors import (
    CeremonyDoneError,
    CeremonyFailedError,
    CeremonyUnknownError,
    NotTheOperatorError,
    ProtocolKeyOfSealError,
)
from certsvc.sealing.custody.events import (
    CeremonyDone,
    CeremonyFailed,
    CeremonyStarted,
)
from certsvc.sealing.custody.records import (
    CeremonyEnd,
    CeremonyRun,
    CustodyEvent,
    CustodyKey,
)
from certsvc.sealing.custody.rules import (
    Ceremony,
    CeremonyInvalidError,
    CeremonyStep,
    KeyAction,
    Outcome,
)
from certsvc.sealing.custody.service import KeyCustody
from certsvc.sealing.custody.shown_ceremonies import ShownCeremony, whole_ceremony
from certsvc.sealing.register.own_keys import find_seals_of_key
from keys.algorithms import SignatureAlgorithm
from keys.certificate_requests import RequestSubject
from keys.errors import SigningKeyError
from keys.making import check_place
from keys.passphrases import AskSecret
from keys.uri import open_key


@dataclass(frozen=True, kw_only=True)
class CeremonyProtocol:
    """Result of a ceremony."""

    content: bytes
    """Canonical JSON."""
    signature: bytes
    """Of exactly these octets, detached."""
    public_key_pem: str
    """Of the key that signed."""
    requests: dict[str, str]
    """Certificate signing requests, PEM, by key."""


class CeremonyOffice:
    """Records approvals and executes ceremonies."""

    def __init__(self, *, database: Database, clock: Clock, ask: AskSecret | None = None) -> None:
        self._database = database
        self._clock = clock
        self._ask = ask

    def read(self, ceremony: Ceremony) -> ShownCeremony:
        """Return all that a ceremony would do, for whoever approves it."""
        with self._database.reading() as session:
            return whole_ceremony(session, ceremony)

    def approve(self, ceremony: Ceremony, *, shown: str, actor: Actor) -> None:
        """Approve a ceremony as it was shown; `shown` is its `ShownCeremony.digest`.

        Raises:
            CeremonyInvalidError: a step is impossible.
            CeremonyDoneError: it was begun already.
            CertsvcError: what `approve_ceremony` refuses.
        """
        require_possible(ceremony)
        with self._database.transaction() as session:
            if session.get(CeremonyRun, ceremony.sha256) is not None:
                raise CeremonyDoneError(number=ceremony.number)
            approve_ceremony(session, ceremony, shown=shown, actor=actor, now=self._clock.now())

    def perform(self, ceremony: Ceremony, *, actor: Actor) -> CeremonyProtocol:
        """Execute a ceremony and sign its protocol.

        1. The actor may, and is the account that the file names.
        2. Everybody whom the file asks has approved this text, within a week.
        3. It was never begun before; that it begins is committed before anything else.
        4. Each step is on record before and after; the first that fails ends the ceremony.
        5. The protocol is signed and stored.

        Raises:
            PermissionDeniedError: the actor keeps no keys.
            NotTheOperatorError: the file names another account.
            CeremonyInvalidError: a step is impossible.
            CeremonyUnapprovedError: an approval is missing, too old, or of somebody who may not
                approve any more.
            ProtocolKeyOfSealError: a seal signs with the key that is to sign the protocol.
            CeremonyDoneError: it, or another of its number, was begun before.
            CeremonyFailedError: a step failed.
        """
        require(actor, Permission.KEEP_KEYS)
        if actor.id != f"machine:{ceremony.operator}":
            raise NotTheOperatorError(operator=ceremony.operator)
        require_possible(ceremony)
        approvals = self._require_approved(ceremony)
        run = self._begin(ceremony, actor)
        custody = KeyCustody(
            database=self._database,
            clock=self._clock,
            ask=self._ask,
            ceremony_sha256=ceremony.sha256,
        )
        failure = self._take_steps(custody, ceremony, actor)
        report: dict[str, Any] = {
            "number": ceremony.number,
            "title": ceremony.title,
            "sha256": ceremony.sha256,
            "operator": actor.id,
            "approvals": approvals,
            "started_at": run.started_at.isoformat(),
            "outcome": (Outcome.FAILED if failure else Outcome.DONE).value,
            "steps": self._steps_on_record(ceremony),
        }
        protocol = self._sign(custody, ceremony, report)
        if not protocol.signature and failure is None:
            report["outcome"] = Outcome.FAILED.value
            failure = CeremonyFailedError(
                step=len(ceremony.steps) + 1, key=ceremony.protocol_key, error="key.error"
            )
            protocol = replace(protocol, content=rfc8785.dumps(report))
        self._end(ceremony, report, protocol, actor)
        if failure:
            raise failure
        return protocol

    def protocol_of(self, number: str) -> CeremonyProtocol:
        """Return the protocol of a ceremony that ended, well or not.

        Raises:
            CeremonyUnknownError: none of this number has ended.
        """
        with self._database.reading() as session:
            end = session.scalar(
                select(CeremonyEnd)
                .join(CeremonyRun, CeremonyRun.ceremony_sha256 == CeremonyEnd.ceremony_sha256)
                .where(CeremonyRun.number == number)
            )
            if end is None:
                raise CeremonyUnknownError(number=number[:40])
            report = json.loads(end.protocol)
            signer = session.get(CustodyKey, report.get("signed_by", {}).get("key", ""))
        return CeremonyProtocol(
            content=end.protocol.encode(),
            signature=base64.b64decode(end.signature_base64),
            public_key_pem=signer.public_key_pem if signer else "",
            requests=_requests_in(report),
        )

    def _require_approved(self, ceremony: Ceremony) -> list[dict[str, str]]:
        with self._database.reading() as session:
            # After a begun ceremony, keys may exist that the approvers were not shown.
            _require_not_begun(session, ceremony)
            approvals = require_approved(session, ceremony, self._clock.now())
            _require_no_key_of_a_seal(session, ceremony)
        return approvals

    def _begin(self, ceremony: Ceremony, actor: Actor) -> CeremonyRun:
        now = self._clock.now()
        run = CeremonyRun(
            ceremony_sha256=ceremony.sha256,
            number=ceremony.number,
            text=ceremony.text,
            started_at=now,
            started_by=actor.id,
        )
        with self._database.transaction() as session:
            _require_not_begun(session, ceremony)
            session.add(run)
            # Another process may be a moment faster.
            done = CeremonyDoneError(number=ceremony.number)
            with refused_as(done, "pk_ceremony_runs", "uq_ceremony_runs_number"):
                session.flush()
            started = CeremonyStarted(subject=ceremony.number, sha256=ceremony.sha256)
            record(session, started, actor=actor.id, now=now)
        return run

    def _take_steps(
        self, custody: KeyCustody, ceremony: Ceremony, actor: Actor
    ) -> CeremonyFailedError | None:
        for number, step in enumerate(ceremony.steps, 1):
            try:
                _take(custody, step, actor)
            except (SigningKeyError, CertsvcError) as error:
                failed = CeremonyFailedError(step=number, key=step.key, error=error.code)
                failed.__cause__ = error
                return failed
        return None

    def _steps_on_record(self, ceremony: Ceremony) -> list[dict[str, Any]]:
        with self._database.reading() as session:
            rows = session.scalars(
                select(CustodyEvent)
                .where(
                    CustodyEvent.ceremony_sha256 == ceremony.sha256,
                    CustodyEvent.outcome != Outcome.STARTED.value,
                )
                .order_by(CustodyEvent.id)
            )
            return [
                {
                    "key": row.key_name,
                    "action": row.action,
                    "outcome": row.outcome,
                    "at": row.at.isoformat(),
                    "details": row.details,
                }
                for row in rows
            ]

    def _sign(
        self, custody: KeyCustody, ceremony: Ceremony, report: dict[str, Any]
    ) -> CeremonyProtocol:
        """Sign the protocol; unsigned if the ceremony failed before its key could sign."""
        report["ended_at"] = self._clock.now().isoformat()
        content, signature, public = rfc8785.dumps(report), b"", ""
        try:
            kept = custody.get(ceremony.protocol_key).key
            signed_by = {"key": kept.name, "algorithm": kept.algorithm}
            whole = rfc8785.dumps(report | {"signed_by": signed_by})
            signature = open_key(kept.uri, ask=self._ask).sign(whole)
            content, public = whole, kept.public_key_pem
        except (SigningKeyError, CertsvcError):
            pass
        return CeremonyProtocol(
            content=content,
            signature=signature,
            public_key_pem=public,
            requests=_requests_in(report),
        )

    def _end(
        self, ceremony: Ceremony, report: dict[str, Any], protocol: CeremonyProtocol, actor: Actor
    ) -> None:
        now = self._clock.now()
        with self._database.transaction() as session:
            session.add(
                CeremonyEnd(
                    ceremony_sha256=ceremony.sha256,
                    outcome=report["outcome"],
                    ended_at=now,
                    protocol=protocol.content.decode(),
                    signature_base64=base64.b64encode(protocol.signature).decode(),
                )
            )
            end = CeremonyDone if report["outcome"] == Outcome.DONE else CeremonyFailed
            ended = end(subject=ceremony.number, sha256=ceremony.sha256)
            record(session, ended, actor=actor.id, now=now)


def _requests_in(report: dict[str, Any]) -> dict[str, str]:
    return {
        step["key"]: str(step["details"]["request_pem"])
        for step in report["steps"]
        if "request_pem" in step["details"]
    }


def require_possible(ceremony: Ceremony) -> None:
    """Accept a ceremony whose keys are of known kinds, at places where keys can be made.

    Raises:
        CeremonyInvalidError: an `algorithm` or `at` makes no sense.
    """
    for step in ceremony.steps:
        if step.action is KeyAction.GENERATE:
            try:
                check_place(step.entries["at"], SignatureAlgorithm(step.entries["algorithm"]))
            except SigningKeyError as error:
                raise CeremonyInvalidError(entry="at") from error
            except ValueError as error:
                raise CeremonyInvalidError(entry="algorithm") from error


def _require_not_begun(session: Session, ceremony: Ceremony) -> None:
    same = (CeremonyRun.ceremony_sha256 == ceremony.sha256) | (
        CeremonyRun.number == ceremony.number
    )
    if session.scalar(select(CeremonyRun.number).where(same)) is not None:
        raise CeremonyDoneError(number=ceremony.number)


def _require_no_key_of_a_seal(session: Session, ceremony: Ceremony) -> None:
    kept = session.get(CustodyKey, ceremony.protocol_key)
    # A generated key may be given to a seal later; a key that is a seal's already is refused.
    if kept and find_seals_of_key(session, load_pem_public_key(kept.public_key_pem.encode())):
        raise ProtocolKeyOfSealError(key=kept.name)


def _take(custody: KeyCustody, step: CeremonyStep, actor: Actor) -> None:
    entries = step.entries
    if step.action is KeyAction.GENERATE:
        algorithm = SignatureAlgorithm(entries["algorithm"])
        custody.generate(step.key, uri=entries["at"], algorithm=algorithm, actor=actor)
    elif step.action is KeyAction.REQUEST:
        subject = RequestSubject(
            common_name=entries["common_name"], organisation=entries["organisation"]
        )
        custody.request(step.key, subject=subject, actor=actor)
    else:
        custody.destroy(step.key, confirmation=step.key, reason=entries["reason"], actor=actor)
