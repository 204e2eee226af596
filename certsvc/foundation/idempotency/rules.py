"""Rules of idempotency: what counts as a repetition, and how long answers are kept.

After draft-ietf-httpapi-idempotency-key-header: a key belongs to one caller and one request; a
repetition gets the answer of the first, another request with the same key is refused, and one that
comes while the first is being worked on is told so. `settle` decides it, wherever the first request
is kept: in a row of `repeatable_requests`, or in what it made (an issuance, a batch, a change).
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import rfc8785

from certsvc.foundation.errors import ConflictError, InvalidInputError

REMEMBERED = timedelta(hours=24)
"""How long an answer is kept for repetitions."""
LEASE = timedelta(minutes=3)
"""How long a process may work on a request; if it died, a repetition may begin anew after this.

Longer than an authorisation to seal lives."""


KEY_MAX_LENGTH = 120


class IdempotencyKeyInvalidError(InvalidInputError):
    """The idempotency key is empty, too long, or not printable ASCII. Params: `maximum`."""

    code = "idempotency.key-invalid"


class IdempotencyKeyReusedError(ConflictError):
    """The key was used before for a different request."""

    code = "idempotency.key-reused"


class InProgressError(ConflictError):
    """A request with this key is being worked on."""

    code = "idempotency.in-progress"


class LeaseLostError(ConflictError):
    """The work took longer than its lease, and it was given up; nothing was given out."""

    code = "idempotency.lease-lost"


class Turn(StrEnum):
    """What to do with a request that came with an idempotency key."""

    BEGIN = "begin"
    """First request with this key: process it."""
    TAKE_OVER = "take_over"
    """It was begun by a process that died: finish it or begin again."""
    ANSWER = "answer"
    """It was done: repeat its answer."""


class RequestState(StrEnum):
    """How a request stands that came with a key."""

    IN_PROGRESS = "in_progress"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class KeyedRequest:
    """A request that may be repeated."""

    caller: str
    """Who sends it, as an actor's `id`."""
    key_hmac: str
    """Digest of caller and key: a key may hold the number of a file or of a person."""
    request_hmac: str
    """Digest of what is asked for; with a key of the installation, since it may hold an identity
    number, and those can all be tried."""


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """What is kept of an answer, to give it again."""

    body: str = field(repr=False)
    """JSON document."""
    location: str | None = None
    """Address of what was created."""
    is_replayed: bool = field(default=False, compare=False)
    """Whether it was given before."""


@dataclass(frozen=True, kw_only=True)
class EarlierRequest:
    """What is known of the request that came with a key first."""

    fingerprint: object
    """Tells it from any other: a digest, or the values that it asked for."""
    is_done: bool
    """Whether its answer is there."""
    busy_until: datetime | None = None
    """Until when whoever began it may be at work; None if it is done in one transaction."""


def check_idempotency_key(key: str) -> None:
    """Accept a key of printable ASCII.

    Raises:
        IdempotencyKeyInvalidError: it is not.
    """
    if not (0 < len(key) <= KEY_MAX_LENGTH and key.isascii() and key.isprintable()):
        raise IdempotencyKeyInvalidError(maximum=KEY_MAX_LENGTH)


def settle(earlier: EarlierRequest | None, *, fingerprint: object, now: datetime) -> Turn:
    """Decide what a request is that came with a key.

    1. The first with its key begins.
    2. Another request with the same key is refused, however the first one stands.
    3. The answer of one that was done is given again.
    4. While somebody may be at work on it, it waits; after that it is taken over.

    Raises:
        IdempotencyKeyReusedError: the key belongs to a different request.
        InProgressError: a process may be at work on it.
    """
    if earlier is None:
        return Turn.BEGIN
    if earlier.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError
    if earlier.is_done:
        return Turn.ANSWER
    if earlier.busy_until is not None and earlier.busy_until > now:
        raise InProgressError
    return Turn.TAKE_OVER


def keyed_request(
    secret: bytes, *, caller: str, key: str, operation: str, content: bytes
) -> KeyedRequest:
    """Describe a request without what it holds.

    Args:
        secret: Key of the installation, outside the database.
        caller: Actor's `id`.
        key: Idempotency key, checked.
        operation: Method and address.
        content: What is asked for, the same bytes for the same request.
    """
    parts = [operation, hashlib.sha256(content).hexdigest()]
    return KeyedRequest(
        caller=caller,
        key_hmac=_digest(secret, [caller, key]),
        request_hmac=_digest(secret, parts),
    )


def _digest(secret: bytes, parts: list[str]) -> str:
    return hmac.new(secret, rfc8785.dumps(parts), hashlib.sha256).hexdigest()
