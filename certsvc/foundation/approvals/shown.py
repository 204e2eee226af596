"""Binding a decision to the content that was shown to whoever decides.

- What would take effect is written down whole, in canonical JSON (RFC 8785), and shown together
  with its digest. Whoever approves gives the digest back.
- If the effect has changed since, the decision is refused and must be made again.
- Every kind of thing that two people decide uses this, and nothing else.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

import rfc8785

from certsvc.foundation.errors import ConflictError, InvalidInputError

_DIGEST = re.compile(r"[0-9a-f]{64}")


class ChangedSinceShownError(ConflictError):
    """What would take effect is not what was shown to whoever decides."""

    code = "approvals.changed-since-shown"


class NotShownError(InvalidInputError):
    """An approval does not say what was shown: its digest is missing or malformed."""

    code = "approvals.not-shown"


def digest_of_shown(kind: str, effect: Mapping[str, Any]) -> str:
    """Return the digest of all that would take effect.

    Args:
        kind: What is decided, with the version of this form: `seal-change/1`.
        effect: The whole of it, as JSON has it; equal values have equal digests.
    """
    content = rfc8785.dumps({"kind": kind, "effect": dict(effect)})
    return hashlib.sha256(content).hexdigest()


def require_unchanged(shown: str, *, now: str) -> None:
    """Check that a decision was made on exactly what would take effect.

    Args:
        shown: Digest of what was shown, as whoever decides gave it back.
        now: Digest of what would take effect now.

    Raises:
        NotShownError: there is none.
        ChangedSinceShownError: it is another one.
    """
    given = shown.strip().lower()
    if not _DIGEST.fullmatch(given):
        raise NotShownError
    if not hmac.compare_digest(given, now):
        raise ChangedSinceShownError
