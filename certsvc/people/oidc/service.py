"""Logging staff in through the identity platform (authorization code, PKCE, state, nonce).

1. `begin` sends the browser to the platform with a `state` that it also keeps in a cookie; nonce
   and PKCE verifier follow from the state by a key of the installation, so nothing is stored here.
2. The platform sends the browser back. `finish` accepts only the state of this very browser, not
   older than ten minutes, and only from this very platform (`iss`, RFC 9207).
3. The code is exchanged over a channel of our own, and the ID token judged (`id_tokens`).
4. The platform's number of the person must have been linked to an account before; nobody is let in
   because the platform knows them, and no account is made.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.recording import record
from certsvc.foundation.events.records import EventRecord
from certsvc.people.accounts.records import StaffMember
from certsvc.people.accounts.service import begin_staff_log_in, end_staff_log_ins
from certsvc.people.oidc.events import IdentityLinked, IdentityUnlinked
from certsvc.people.oidc.id_tokens import Expected, signed_by_unknown_key, subject_of
from certsvc.people.oidc.platform import HttpPlatform
from certsvc.people.oidc.records import StaffIdentity
from certsvc.people.oidc.rules import (
    AttemptUnknownError,
    IdentityExistsError,
    IdentityOfAnotherError,
    IdentityUnknownError,
    IssuerWrongError,
    PlatformRefusedError,
    StaffUnknownError,
    SubjectUnknownError,
)
from certsvc.people.rights.rules import Actor, Permission, require

ATTEMPT_LIFETIME = timedelta(minutes=10)
"""How long a person may take at the platform."""
PURPOSE = "identity platform"
_SCOPE = "openid"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A log-in that a browser began."""

    state: str = field(repr=False)
    """Random number, end and proof that we made both; the browser and the platform know it."""
    nonce: str = field(repr=False)
    """What the ID token must bear."""
    verifier: str = field(repr=False)
    """What only we know (RFC 7636)."""

    @classmethod
    def of(cls, state: str, key: bytes) -> "Attempt":
        """Return the attempt of a state."""
        return cls(state=state, nonce=_derived(key, "n", state), verifier=_derived(key, "v", state))


def begin(platform: HttpPlatform, *, key: bytes, now: datetime) -> tuple[str, str]:
    """Return the address to send a browser to, and the state that it must keep.

    Raises:
        PlatformUnavailableError: the platform does not answer.
    """
    end = int((now + ATTEMPT_LIFETIME).timestamp())
    stem = f"{secrets.token_urlsafe(32)}.{end}"
    attempt = Attempt.of(f"{stem}.{_derived(key, 's', stem)}", key)
    challenge = hashlib.sha256(attempt.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "scope": _SCOPE,
        "client_id": platform.settings.client_id,
        "redirect_uri": platform.settings.redirect_uri,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": _base64url(challenge),
        "code_challenge_method": "S256",
    }
    address = platform.addresses().authorization
    between = "&" if urlsplit(address).query else "?"
    return f"{address}{between}{urlencode(query)}", attempt.state


def finish(
    database: Database,
    platform: HttpPlatform,
    *,
    answer: Mapping[str, str],
    state: str,
    key: bytes,
    now: datetime,
) -> str:
    """Process the platform's answer and return a bearer token of ours.

    Args:
        database: Where log-ins are kept.
        platform: The platform.
        answer: Parameters that the browser brought back.
        state: What the browser kept.
        key: Key of the installation, as for `begin`.
        now: The time.

    Raises:
        AttemptUnknownError: the answer is to nothing this browser asked.
        IssuerWrongError: it is another platform's.
        PlatformRefusedError: the platform let nobody in, or does not know the code.
        PlatformUnavailableError: it does not answer.
        UnauthenticatedError: what is wrong with the ID token, by its own code.
        SubjectUnknownError: nobody linked the person to an account.
    """
    _check_state(answer.get("state", ""), state, key, now)
    issuer = platform.settings.issuer
    named = answer.get("iss")
    if named != issuer and (named is not None or platform.addresses().names_itself):
        raise IssuerWrongError
    if "error" in answer or not answer.get("code"):
        raise PlatformRefusedError
    attempt = Attempt.of(state, key)
    exchanged = platform.exchange_code(answer["code"], verifier=attempt.verifier)
    keys = platform.keys()
    if signed_by_unknown_key(exchanged.id_token, keys):
        keys = platform.keys(afresh=True)
    expected = Expected(
        issuer=issuer,
        client_id=platform.settings.client_id,
        nonce=attempt.nonce,
        access_token=exchanged.access_token,
    )
    subject = subject_of(exchanged.id_token, keys, expected, now=now)
    with database.transaction() as session:
        identity = session.get(StaffIdentity, (issuer, subject))
        if identity is None:
            raise SubjectUnknownError
        return begin_staff_log_in(session, identity.login, now=now)


def link_identity(
    session: Session,
    *,
    issuer: str,
    subject: str,
    login: str,
    key: bytes,
    actor: Actor,
    now: datetime,
) -> None:
    """Link the platform's number of a person to their account.

    The events keep a keyed digest of the number, for good: a number that was one account's never
    becomes another's, or one person could propose under one name and approve under the other.

    Args:
        session: The transaction.
        issuer: The platform.
        subject: Its number of the person.
        login: The account.
        key: Key of the installation, as for `begin`.
        actor: Who links.
        now: The time.

    Raises:
        PermissionDeniedError: the actor does not keep the links.
        StaffUnknownError: there is no such account.
        IdentityExistsError: the number or the account is linked already.
        IdentityOfAnotherError: the number was linked to another account before.
    """
    require(actor, Permission.LINK_IDENTITIES)
    if session.get(StaffMember, login) is None:
        raise StaffUnknownError(login=login)
    if session.get(StaffIdentity, (issuer, subject)) or _find(session, issuer, login):
        raise IdentityExistsError(login=login)
    digest = _identity_hmac(key, issuer, subject)
    _require_never_anothers(session, digest, login)
    session.add(StaffIdentity(issuer=issuer, subject=subject, login=login, linked_at=now))
    session.flush()
    record(session, IdentityLinked(subject=login, identity_hmac=digest), actor=actor.id, now=now)


def unlink_identity(
    session: Session, *, issuer: str, login: str, key: bytes, actor: Actor, now: datetime
) -> None:
    """Undo a link; the person logs in through the platform no more, and is logged out at once.

    The events keep the same keyed digest of the number as `link_identity`.

    Raises:
        PermissionDeniedError: the actor does not keep the links.
        IdentityUnknownError: there is no link.
    """
    require(actor, Permission.LINK_IDENTITIES)
    identity = _find(session, issuer, login)
    if identity is None:
        raise IdentityUnknownError(login=login)
    session.delete(identity)
    end_staff_log_ins(session, login)
    digest = _identity_hmac(key, issuer, identity.subject)
    record(session, IdentityUnlinked(subject=login, identity_hmac=digest), actor=actor.id, now=now)


def list_identities(session: Session, *, actor: Actor) -> list[StaffIdentity]:
    """List the links.

    Raises:
        PermissionDeniedError: the actor does not keep the links.
    """
    require(actor, Permission.LINK_IDENTITIES)
    return list(session.scalars(select(StaffIdentity).order_by(StaffIdentity.login)))


def _require_never_anothers(session: Session, digest: str, login: str) -> None:
    earlier = session.scalar(
        select(EventRecord.subject)
        .where(
            EventRecord.kind.in_((IdentityLinked.kind, IdentityUnlinked.kind)),
            EventRecord.details["identity_hmac"].as_string() == digest,
            EventRecord.subject != login,
        )
        .limit(1)
    )
    if earlier is not None:
        raise IdentityOfAnotherError(login=earlier)


def _identity_hmac(key: bytes, issuer: str, subject: str) -> str:
    content = f"identity\0{issuer}\0{subject}".encode(errors="replace")
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _find(session: Session, issuer: str, login: str) -> StaffIdentity | None:
    return session.scalar(
        select(StaffIdentity).where(StaffIdentity.issuer == issuer, StaffIdentity.login == login)
    )


def _check_state(answered: str, kept: str, key: bytes, now: datetime) -> None:
    stem, _, proof = kept.rpartition(".")
    if not (_same(answered, kept) and _same(proof, _derived(key, "s", stem))):
        raise AttemptUnknownError
    end = stem.rpartition(".")[2]
    if not (end.isascii() and end.isdigit()):
        raise AttemptUnknownError
    if not now.timestamp() < int(end[:12]) <= (now + ATTEMPT_LIFETIME).timestamp() + 1:
        raise AttemptUnknownError


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def _derived(key: bytes, purpose: str, state: str) -> str:
    content = f"{purpose}\0{state}".encode(errors="replace")
    return _base64url(hmac.new(key, content, hashlib.sha256).digest())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
