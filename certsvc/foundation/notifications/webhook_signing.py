"""Signing webhooks after Standard Webhooks 1.0.0 (symmetric, `v1`).

- Signed is `id.timestamp.body`, by HMAC-SHA-256 with 24 to 64 octets that both sides know.
- While a secret is being exchanged, a request has a signature by each of the two.
- A secret is derived from a key of the installation and the webhook's number of secrets so far: no
  copy of the database gives one away.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
PURPOSE = "webhook secrets"
"""What the key is derived for (`LogInSecret.key_for`)."""


def webhook_secret(key: bytes, webhook_id: str, generation: int) -> str:
    """Return a webhook's secret, as its receiver keeps it.

    Args:
        key: The installation's key for this purpose.
        webhook_id: Of which webhook.
        generation: 1 for its first secret, 2 after a rotation, …
    """
    content = f"{webhook_id}\0{generation}".encode()
    return PREFIX + b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def signature_of(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature, with its version before it.

    Args:
        secret: With its prefix.
        message_id: Of the message, the same at each attempt.
        timestamp: Of this attempt, seconds since 1970.
        body: Exactly what is sent.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    key = b64decode(secret.removeprefix(PREFIX))
    return f"v1,{b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()}"


def signed_headers(
    secrets: Sequence[str], *, message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers that a receiver verifies.

    Args:
        secrets: The newest first; the one before it as well, as long as it is good.
        message_id: Of the message, the same at each attempt.
        at: Instant of this attempt.
        body: Exactly what is sent.
    """
    timestamp = int(at.timestamp())
    signatures = [
        signature_of(each, message_id=message_id, timestamp=timestamp, body=body)
        for each in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
