"""Idempotency keys as they are kept: a digest of caller and key, and never the key.

A caller chooses a key as they like, and it may hold the number of a file or of a person. The digest
needs a key of the installation that is outside the database, so nobody who reads that can try
numbers. What is kept says of itself that it is a digest.
"""

import hashlib
import hmac

import rfc8785

from certsvc.foundation.log_in_secret import LogInSecret

PURPOSE = "idempotency keys of issuing"
FORM = "hmac-sha256:"
"""Prefix of every stored key."""


class HiddenKeys:
    """Hides the keys of an installation."""

    def __init__(self, secret: LogInSecret) -> None:
        self._secret = secret.key_for(PURPOSE)

    def hide(self, caller: str, key: str) -> str:
        """Return what is kept of a key: the same for the same caller and key."""
        content = rfc8785.dumps([caller, key.encode(errors="replace").decode()])
        return FORM + hmac.new(self._secret, content, hashlib.sha256).hexdigest()
