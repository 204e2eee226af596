"""Custody of signing keys: generating, certifying, rotating and destroying, each on record.

- What is about to be done is committed before the key's provider is touched, what became of it
  afterwards: a process that dies in between leaves the first row standing alone.
- A key that a living seal signs with cannot be destroyed.
- A certificate is taken only for a key that answers now and is the certificate's own.
- No private key and no secret ever comes here: `keys` makes keys where they stay.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.violations import refused_as
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.recording import record
from certsvc.people.rights.moves import require_mover
from certsvc.people.rights.rules import Actor
from certsvc.sealing.custody.errors import (
    CertificateOfOtherKeyError,
    ConfirmationMissingError,
    KeyDestroyedError,
    KeyInUseError,
    KeyNameTakenError,
    KeyUnknownError,
    SubjectInvalidError,
)
from certsvc.sealing.custody.events import key_step
from certsvc.sealing.custody.records import CustodyEvent, CustodyKey
from certsvc.sealing.custody.rules import (
    KEY_LIFE,
    KeyAction,
    KeyState,
    Outcome,
    require_name,
)
from certsvc.sealing.register.history import get_state_in_force
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.rules import SealState
from certsvc.sealing.register.versions import signing_certificates
from keys.algorithms import SignatureAlgorithm
from keys.certificate_requests import RequestSubject, request_certificate
from keys.errors import KeyUriInvalidError, SigningKeyError
from keys.making import destroy_key, make_key, sibling_uri, store_certificate
from keys.passphrases import AskSecret
from keys.uri import open_key

_LONGEST_SUBJECT = 64  # X.520 upper bounds
_LONGEST_URI = 500  # what the register of seals keeps
_Found = TypeVar("_Found")


@dataclass(frozen=True, kw_only=True)
class KeptKey:
    """A key in custody, in its present state."""

    key: CustodyKey
    certificate: x509.Certificate | None
    """The last one imported."""
    successor: str
    """The key that replaces it; empty if there is none, or none any more."""
    is_destroyed: bool

    @property
    def state(self) -> KeyState:
        """State in `KEY_LIFE`."""
        if self.is_destroyed:
            return KeyState.DESTROYED
        return KeyState.CERTIFIED if self.certificate else KeyState.MADE


class KeyCustody:
    """Actions on keys, for the operator of the machine."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ask: AskSecret | None = None,
        ceremony_sha256: str | None = None,
    ) -> None:
        """Prepare it.

        Args:
            database: Where the records are.
            clock: Tells the time.
            ask: Asks for PINs and passphrases at the terminal.
            ceremony_sha256: The ceremony in which all this happens.
        """
        self._database = database
        self._clock = clock
        self._ask = ask
        self._ceremony = ceremony_sha256

    def generate(
        self, name: str, *, uri: str, algorithm: SignatureAlgorithm, actor: Actor
    ) -> CustodyKey:
        """Generate a key pair at the address of a URI.

        Raises:
            PermissionDeniedError: the actor keeps no keys.
            KeyNameInvalidError: the name is malformed.
            KeyNameTakenError: the name or address was used before.
            SigningKeyError: the key could not be made.
        """
        require_mover(actor, KEY_LIFE, KeyAction.GENERATE)
        require_name(name)
        if len(uri) > _LONGEST_URI:
            raise KeyUriInvalidError(reason="long")
        self._require_free(name, uri)
        with_uri = {"algorithm": algorithm.value}

        def make() -> tuple[CustodyKey, dict[str, Any]]:
            made = make_key(uri, algorithm, ask=self._ask)
            spki = made.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            key = CustodyKey(
                name=name,
                uri=uri,
                algorithm=algorithm.value,
                public_key_pem=spki.decode(),
                made_at=self._clock.now(),
                made_by=actor.id,
                ceremony_sha256=self._ceremony,
            )
            return key, {**with_uri, "place": made.place, "public_key_pem": spki.decode()}

        return self._record(name, KeyAction.GENERATE, actor, with_uri, make)

    def request(self, name: str, *, subject: RequestSubject, actor: Actor) -> bytes:
        """Make a certificate signing request, PEM.

        Raises:
            PermissionDeniedError: the actor keeps no keys.
            KeyUnknownError: there is no such key.
            KeyDestroyedError: there is no more.
            SubjectInvalidError: the subject is empty or too long.
            SigningKeyError: the key does not answer.
        """
        key = self._usable(name, KeyAction.REQUEST, actor)
        texts = (subject.common_name, subject.organisation)
        if not all(0 < len(text.strip()) <= _LONGEST_SUBJECT for text in texts):
            raise SubjectInvalidError
        details = {"common_name": subject.common_name, "organisation": subject.organisation}

        def make() -> tuple[bytes, dict[str, Any]]:
            content = request_certificate(open_key(key.uri, ask=self._ask), subject)
            return content, {**details, "request_pem": content.decode()}

        return self._record(name, KeyAction.REQUEST, actor, details, make)

    def import_certificate(self, name: str, *, chain_pem: str, actor: Actor) -> x509.Certificate:
        """Import the certificate that an authority issued for a key.

        Args:
            name: The key.
            chain_pem: The certificate first, then its issuers without the root.
            actor: Who imports it.

        Raises:
            PermissionDeniedError: the actor keeps no keys.
            KeyUnknownError: there is no such key.
            KeyDestroyedError: there is no more.
            CertificateOfOtherKeyError: it is another key's, or not valid now.
            SigningKeyError: the key does not answer.
        """
        key = self._usable(name, KeyAction.CERTIFY, actor)
        leaf = _require_chain(chain_pem, self._clock.now())
        details = {"chain_pem": chain_pem, "not_after": leaf.not_valid_after_utc.isoformat()}

        def take() -> tuple[x509.Certificate, dict[str, Any]]:
            opened = open_key(key.uri, ask=self._ask)
            if opened.public_key != leaf.public_key():
                raise CertificateOfOtherKeyError
            opened.sign(leaf.fingerprint(hashes.SHA256()))
            store_certificate(key.uri, leaf, ask=self._ask)
            return leaf, details

        return self._record(name, KeyAction.CERTIFY, actor, details, take)

    def rotate(self, name: str, *, new_name: str, actor: Actor) -> CustodyKey:
        """Make the successor of a key: of the same kind, at the same place.

        The old key goes on working until the new one has its certificate and is destroyed then.

        Raises:
            PermissionDeniedError: the actor keeps no keys.
            KeyUnknownError: there is no such key.
            KeyDestroyedError: there is no more.
            KeyNameInvalidError: the new name is malformed.
            KeyNameTakenError: it was used before.
            SigningKeyError: the key could not be made.
        """
        old = self._usable(name, KeyAction.ROTATE, actor)
        uri = sibling_uri(old.uri, require_name(new_name))
        algorithm = SignatureAlgorithm(old.algorithm)
        details = {"successor": new_name}
        return self._record(
            name,
            KeyAction.ROTATE,
            actor,
            details,
            lambda: (self.generate(new_name, uri=uri, algorithm=algorithm, actor=actor), details),
        )

    def destroy(self, name: str, *, confirmation: str, reason: str, actor: Actor) -> None:
        """Destroy a key; nothing brings it back.

        1. The actor may, and repeats the key's name.
        2. No seal that is not cancelled signs with it.

        Raises:
            PermissionDeniedError: the actor keeps no keys.
            KeyUnknownError: there is no such key.
            KeyDestroyedError: there is no more.
            ConfirmationMissingError: the name was not repeated.
            KeyInUseError: a living seal signs with it.
            SigningKeyError: it could not be destroyed.
        """
        key = self._usable(name, KeyAction.DESTROY, actor)
        if confirmation != name:
            raise ConfirmationMissingError(key=name)
        self._require_no_living_seal(key)

        def end() -> tuple[None, dict[str, Any]]:
            destroy_key(key.uri, ask=self._ask)
            return None, {"reason": reason}

        self._record(name, KeyAction.DESTROY, actor, {"reason": reason}, end)

    def all_keys(self) -> list[KeptKey]:
        """Return all keys, including destroyed ones, by name."""
        with self._database.reading() as session:
            found = session.scalars(select(CustodyKey).order_by(CustodyKey.name)).all()
            events = session.scalars(select(CustodyEvent).order_by(CustodyEvent.id)).all()
        kept = [_describe(key, [e for e in events if e.key_name == key.name]) for key in found]
        gone = {each.key.name for each in kept if each.is_destroyed}
        # A key that was destroyed replaces nothing.
        return [replace(each, successor="") if each.successor in gone else each for each in kept]

    def unfinished(self) -> list[CustodyEvent]:
        """Return actions without a result: the process died, and the operator must check."""
        with self._database.reading() as session:
            events = session.scalars(select(CustodyEvent).order_by(CustodyEvent.id)).all()
        ended = {event.operation for event in events if event.outcome != Outcome.STARTED.value}
        return [event for event in events if event.operation not in ended]

    def get(self, name: str) -> KeptKey:
        """Return one key.

        Raises:
            KeyUnknownError: there is no such key.
        """
        for kept in self.all_keys():
            if kept.key.name == name:
                return kept
        raise KeyUnknownError(key=name)

    def _usable(self, name: str, action: KeyAction, actor: Actor) -> CustodyKey:
        require_mover(actor, KEY_LIFE, action)
        kept = self.get(name)
        if (kept.state, action) not in KEY_LIFE:
            raise KeyDestroyedError(key=name)
        return kept.key

    def _require_free(self, name: str, uri: str) -> None:
        with self._database.reading() as session:
            same = (CustodyKey.name == name) | (CustodyKey.uri == uri)
            if session.scalar(select(CustodyKey.name).where(same).limit(1)) is not None:
                raise KeyNameTakenError(key=name)

    def _require_no_living_seal(self, key: CustodyKey) -> None:
        with self._database.reading() as session:
            for seal in session.scalars(select(Seal).order_by(Seal.id)):
                is_cancelled = get_state_in_force(session, seal.id) is SealState.CANCELLED
                if not is_cancelled and _signs_with(seal, key):
                    raise KeyInUseError(key=key.name, seal=seal.name)

    def _record(
        self,
        name: str,
        action: KeyAction,
        actor: Actor,
        details: dict[str, Any],
        act: Callable[[], tuple[_Found, dict[str, Any]]],
    ) -> _Found:
        operation = secrets.token_hex(16)
        self._append(operation, name, action, Outcome.STARTED, actor, details)
        try:
            found, result = act()
        except (SigningKeyError, CertsvcError) as error:
            failure = {**details, "error": error.code}
            self._append(operation, name, action, Outcome.FAILED, actor, failure)
            raise
        row = found if isinstance(found, CustodyKey) and action is KeyAction.GENERATE else None
        try:
            self._append(operation, name, action, Outcome.DONE, actor, result, row)
        except KeyNameTakenError as error:
            failure = {**result, "error": error.code}
            self._append(operation, name, action, Outcome.FAILED, actor, failure)
            raise
        return found

    def _append(
        self,
        operation: str,
        name: str,
        action: KeyAction,
        outcome: Outcome,
        actor: Actor,
        details: dict[str, Any],
        row: CustodyKey | None = None,
    ) -> None:
        now: datetime = self._clock.now()
        with self._database.transaction() as session:
            if row is not None:
                _enter_key(session, row)
            session.add(
                CustodyEvent(
                    operation=operation,
                    key_name=name,
                    action=action.value,
                    outcome=outcome.value,
                    at=now,
                    actor=actor.id,
                    ceremony_sha256=self._ceremony,
                    details=details,
                )
            )
            step = key_step(action, outcome)
            event = step(subject=name, operation=operation, ceremony=self._ceremony)
            record(session, event, actor=actor.id, now=now)


def _signs_with(seal: Seal, key: CustodyKey) -> bool:
    # One address has many spellings, so the key itself is compared as well.
    certified = signing_certificates(seal)[0].public_key()
    return seal.key_uri == key.uri or certified == load_pem_public_key(key.public_key_pem.encode())


def _enter_key(session: Session, row: CustodyKey) -> None:
    # Another process may have taken the name or address a moment before: seen here on SQLite, whose
    # writers take turns, and told by the constraint on PostgreSQL.
    taken = KeyNameTakenError(key=row.name)
    same = (CustodyKey.name == row.name) | (CustodyKey.uri == row.uri)
    if session.scalar(select(CustodyKey.name).where(same)) is not None:
        raise taken
    session.add(row)
    with refused_as(taken, "pk_custody_keys", "uq_custody_keys_uri"):
        session.flush()


def _require_chain(pem: str, now: datetime) -> x509.Certificate:
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
        for certificate, issuer in pairwise(chain):
            certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise CertificateOfOtherKeyError from error
    if not all(each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in chain):
        raise CertificateOfOtherKeyError
    return chain[0]


def _describe(key: CustodyKey, events: list[CustodyEvent]) -> KeptKey:
    done = [event for event in events if event.outcome == Outcome.DONE.value]
    chains = [e.details["chain_pem"] for e in done if e.action == KeyAction.CERTIFY.value]
    successors = [e.details["successor"] for e in done if e.action == KeyAction.ROTATE.value]
    return KeptKey(
        key=key,
        certificate=x509.load_pem_x509_certificates(chains[-1].encode())[0] if chains else None,
        successor=successors[-1] if successors else "",
        is_destroyed=any(event.action == KeyAction.DESTROY.value for event in done),
    )
