"""Registering systems, giving them access tokens, and finding out which one is calling.

- A secret is shown once, when it is made; only its digest is kept. It is 256 random bits, so a
  fast digest is enough, and wrong guesses endanger nothing but the log.
- Every registration, rotation and access token is an entry of the log.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.recording import record
from certsvc.people.accounts.service import (
    NotLoggedInError,
    token_digest,
)
from certsvc.people.accounts.throttle import Counted, count_towards_lock, locked_for
from certsvc.people.clients.events import (
    ClientAdded,
    ClientDisabled,
    ClientGuessedAt,
    ClientSecretRotated,
    ClientTokenGiven,
)
from certsvc.people.clients.records import Client, ClientSecret, ClientToken
from certsvc.people.clients.rules import (
    FAILURES_BEFORE_SLOWING,
    FAILURES_OF_ADDRESS,
    OVERLAP,
    SLOWED,
    TOKEN_LIFETIME,
    ClientDisabledError,
    ClientExistsError,
    ClientRefusedError,
    ClientSlowedError,
    ClientUnknownError,
    check_client_id,
    check_matters,
    check_scopes,
    granted_scopes,
    permissions_of,
)
from certsvc.people.rights.rules import Actor, Permission, Role, require
from certsvc.people.units.service import get_unit

TOKEN_PREFIX = "sys_"  # noqa: S105  tells a system's token from a person's
ACTOR_PREFIX = "client:"
"""Prefix of a client's name in recorded actor ids."""
_SECRETS_AT_ONCE = 2
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


@dataclass(frozen=True, kw_only=True)
class NewClient:
    """A system to register."""

    id: str
    """Name in requests and in the log: small letters, digits, hyphens."""
    title: str
    """Display name."""
    unit_code: str
    """Unit that it acts for."""
    scopes: frozenset[str]
    """What it may do."""
    matters: frozenset[str] | None = None
    """Matters that it works for; None: all of its unit."""


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """An access token, for the client alone."""

    token: str = field(repr=False)
    """The token."""
    scopes: frozenset[str]
    """Its scopes."""


def add_client(session: Session, new: NewClient, *, actor: Actor, now: datetime) -> str:
    """Register a system and return its secret, which nobody can read again.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
        ClientIdInvalidError: the name is none.
        ScopeUnknownError: a scope is none.
        UnitUnknownError: there is no such unit.
        ClientMattersMissingError: it is registered for no matter at all.
        ClientExistsError: there is a client of this name.
    """
    require(actor, Permission.KEEP_CLIENTS)
    check_client_id(new.id)
    check_scopes(new.scopes)
    check_matters(new.matters)
    get_unit(session, new.unit_code)
    if session.get(Client, new.id) is not None:
        raise ClientExistsError(client=new.id)
    client = Client(
        id=new.id,
        title=new.title,
        unit_code=new.unit_code,
        scopes=sorted(new.scopes),
        matters=None if new.matters is None else sorted(new.matters),
        created_at=now,
        failures=0,
    )
    session.add(client)
    session.flush()
    added = ClientAdded(
        subject=client.id,
        unit=new.unit_code,
        scopes=frozenset(new.scopes),
        matters=new.matters,
    )
    record(session, added, actor=actor.id, now=now)
    return _new_secret(session, client, now)


def rotate_secret(
    session: Session, client_id: str, *, actor: Actor, now: datetime, overlap: timedelta = OVERLAP
) -> str:
    """Give a client a new secret and return it; the newest of the old stays good for a while.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
        ClientUnknownError: there is no such client.
        ClientDisabledError: it was disabled.
    """
    client = _get_enabled(session, client_id, actor)
    kept = [each for each in client.secrets if _is_good(each, now)][1 - _SECRETS_AT_ONCE :]
    for each in client.secrets:
        each.ends_at = min(each.ends_at or now + overlap, now + overlap) if each in kept else now
    rotated = ClientSecretRotated(subject=client.id, old_until=now + overlap)
    record(session, rotated, actor=actor.id, now=now)
    return _new_secret(session, client, now)


def disable_client(session: Session, client_id: str, *, actor: Actor, now: datetime) -> None:
    """Disable a client and revoke its access tokens.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
        ClientUnknownError: there is no such client.
        ClientDisabledError: it was disabled before.
    """
    client = _get_enabled(session, client_id, actor)
    client.disabled_at = now
    session.execute(delete(ClientToken).where(ClientToken.client_id == client_id))
    record(session, ClientDisabled(subject=client.id), actor=actor.id, now=now)


def list_clients(session: Session, *, actor: Actor) -> list[Client]:
    """List the register.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
    """
    require(actor, Permission.KEEP_CLIENTS)
    return list(session.scalars(select(Client).order_by(Client.id)))


def give_token(
    database: Database,
    *,
    client_id: str,
    secret: str,
    scope: str | None,
    now: datetime,
    source: str | None = None,
    name: str | None = None,
) -> AccessToken:
    """Exchange a client's secret for an access token (RFC 6749 §4.4).

    A failure is counted and committed before it is told. After too many of one client, or from one
    address, wrong secrets are refused for a while without a write to the database; the right one
    always opens, so that nobody can lock a system out by its name or from its network.

    Args:
        database: Where clients are.
        client_id: Name of the client.
        secret: Its secret.
        scope: What the token is to open; all that the client has if None.
        now: The present instant.
        source: Digest of the address that the request comes from; None to count by client alone.
        name: Digest of the client's name: one that there is not is slowed like one that there is,
            so that nobody learns which there are. None to count those by address alone.

    Raises:
        ClientRefusedError: they do not belong together, or the client is disabled.
        ClientSlowedError: the same, after too many others.
        TokenScopeInvalidError: the scope is more than the client has.
    """
    with database.reading() as session:
        client = session.get(Client, client_id)
        if not _opens(client, secret, now):
            _refuse_if_slowed(session, client, _counted(client, source, name), now)
    with database.transaction() as session:
        client = session.get(Client, client_id, with_for_update=True)
        # Once more: the secret may have been rotated, or the client disabled, meanwhile.
        if client is not None and _opens(client, secret, now):
            scopes = granted_scopes(scope, frozenset(client.scopes))
            client.failures = 0
            return _begin(session, client, scopes, now)
        if client is not None and client.disabled_at is None:
            _count_failure(session, client, now)
        for each in _counted(client, source, name):
            count_towards_lock(session, each, now)
    raise ClientRefusedError


def authenticate_client(session: Session, *, token: str, now: datetime) -> Actor:
    """Return the client that an access token belongs to.

    Raises:
        NotLoggedInError: the token is unknown or has expired, or the client is disabled.
    """
    entry = session.get(ClientToken, token_digest(token))
    if entry is None or entry.expires_at <= now:
        raise NotLoggedInError
    return client_actor(session, entry.client_id, scopes=frozenset(entry.scopes))


def client_actor(
    session: Session, client_id: str, *, scopes: frozenset[str] | None = None
) -> Actor:
    """Return a registered system as the actor that it is today.

    Args:
        session: Where to look.
        client_id: Its name.
        scopes: Those of its access token; all that it has, for work that outlives the token.

    Raises:
        NotLoggedInError: there is no such client any more, or it is disabled.
    """
    client = session.get(Client, client_id)
    if client is None or client.disabled_at is not None:
        raise NotLoggedInError
    has = frozenset(client.scopes)
    # A scope taken from the client is taken from its tokens as well.
    permitted = has if scopes is None else has & scopes
    return Actor(
        id=f"{ACTOR_PREFIX}{client.id}",
        name=client.title,
        roles=frozenset({Role.SYSTEM}),
        unit_code=client.unit_code,
        limited_to=permissions_of(permitted),
        matters=None if client.matters is None else frozenset(client.matters),
    )


def forget_ended_tokens(session: Session, now: datetime) -> None:
    """Forget the access tokens that have run out."""
    session.execute(delete(ClientToken).where(ClientToken.expires_at <= now))


def _begin(session: Session, client: Client, scopes: frozenset[str], now: datetime) -> AccessToken:
    session.execute(
        delete(ClientToken).where(ClientToken.client_id == client.id, ClientToken.expires_at <= now)
    )
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ClientToken(
            token_sha256=token_digest(token),
            client_id=client.id,
            scopes=sorted(scopes),
            created_at=now,
            expires_at=now + TOKEN_LIFETIME,
        )
    )
    given = ClientTokenGiven(subject=client.id, scopes=frozenset(scopes))
    record(session, given, actor=f"{ACTOR_PREFIX}{client.id}", now=now)
    return AccessToken(token=token, scopes=scopes)


def _opens(client: Client | None, secret: str, now: datetime) -> bool:
    return client is not None and client.disabled_at is None and _knows(client, secret, now)


def _refuse_if_slowed(
    session: Session, client: Client | None, counted: Sequence[Counted], now: datetime
) -> None:
    left = [locked_for(session, each, now) for each in counted]
    if client is not None and client.failed_at is not None:
        is_slowed = client.failures >= FAILURES_BEFORE_SLOWING
        left.append(client.failed_at + SLOWED - now if is_slowed else None)
    waits = [each for each in left if each is not None and each > timedelta(0)]
    if waits:
        raise ClientSlowedError(retry_after_s=math.ceil(max(waits).total_seconds()))


def _counted(client: Client | None, source: str | None, name: str | None) -> list[Counted]:
    """Return what a failure is counted for beside the client, always in this order."""
    counted = []
    if source is not None:
        counted.append(Counted(subject_hmac=source, most=FAILURES_OF_ADDRESS))
    if name is not None and (client is None or client.disabled_at is not None):
        counted.append(Counted(subject_hmac=name, most=FAILURES_BEFORE_SLOWING))
    return counted


def _count_failure(session: Session, client: Client, now: datetime) -> None:
    if client.failed_at is not None and now - client.failed_at >= SLOWED:
        client.failures = 0
    client.failures += 1
    client.failed_at = now
    if client.failures == FAILURES_BEFORE_SLOWING:
        guessed = ClientGuessedAt(subject=client.id)
        record(session, guessed, actor=f"{ACTOR_PREFIX}{client.id}", now=now)


def _knows(client: Client, secret: str, now: datetime) -> bool:
    given = token_digest(secret)
    good = [each.secret_sha256 for each in client.secrets if _is_good(each, now)]
    return any([hmac.compare_digest(given, each) for each in [*good, _NOBODY]])  # noqa: C419  all are compared


def _is_good(secret: ClientSecret, now: datetime) -> bool:
    return secret.ends_at is None or secret.ends_at > now


def _new_secret(session: Session, client: Client, now: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    client.secrets.append(
        ClientSecret(secret_sha256=token_digest(secret), client_id=client.id, created_at=now)
    )
    session.flush()
    return secret


def _get_enabled(session: Session, client_id: str, actor: Actor) -> Client:
    require(actor, Permission.KEEP_CLIENTS)
    client = session.get(Client, client_id, with_for_update=True)
    if client is None:
        raise ClientUnknownError(client=client_id)
    if client.disabled_at is not None:
        raise ClientDisabledError(client=client_id)
    return client
