"""What a repetition of a request is, and how long it is known.

After draft-ietf-httpapi-idempotency-key-header: a key belongs to one caller and one request; a
repetition gets the answer of the first, another request with the same key is refused, and one that
comes while the first is being worked on is told so.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import rfc8785

from certsvc.foundation.errors import ConflictError

REMEMBERED = timedelta(hours=24)
"""How long an answer is kept for repetitions; whoever still tries after it must look first."""
LEASE = timedelta(minutes=3)
"""How long a process may work on a request; if it died, a repetition may begin anew after this."""


class IdempotencyKeyReusedError(ConflictError):
    """The key was used before for a different request."""

    code = "issuance.idempotency-key-reused"


class InProgressError(ConflictError):
    """A request with this key is being worked on."""

    code = "issuance.in-progress"


class LeaseLostError(ConflictError):
    """The work took so long that recovery voided it; nothing was given out."""

    code = "issuance.lease-lost"


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
