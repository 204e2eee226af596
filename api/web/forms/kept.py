"""What a page keeps for the person it was shown to: uploads, and whole forms through a log-in.

1. It is encrypted (AES-256-GCM) with a key of the installation: whoever reads the page's source, a
   browser's history or a proxy's cache finds nothing in it.
2. It is bound to one person and to one purpose; anybody else who logs in at the same browser gets
   nothing of it.
3. It ends after two hours. Nothing is stored on the server, so there is nothing to clear away, and
   every machine of an installation can open it.
"""

import base64
import binascii
import os
import struct
import zlib
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from certsvc.foundation.log_in_secret import LogInSecret

LIFETIME = timedelta(hours=2)
STAMP_LIFETIME = timedelta(hours=24)
"""How long a page may lie open before a form is sent from it; longer than any log-in."""
LONGEST = 8 << 20
"""Characters; an image of four megabytes has less than six million."""
_KEY = "kept forms"
_STAMP = "stamp"
_NONCE_BYTES = 12
_UNTIL = struct.Struct(">d")


class Keeper:
    """Seals what a page keeps, and opens it again."""

    def __init__(self, secret: LogInSecret) -> None:
        self._cipher = AESGCM(secret.key_for(_KEY))

    def keep(
        self,
        content: bytes,
        *,
        person: str,
        purpose: str,
        now: datetime,
        lifetime: timedelta = LIFETIME,
    ) -> str:
        """Return a content as a hidden field holds it; empty if it is too long to be kept."""
        nonce = os.urandom(_NONCE_BYTES)
        packed = _UNTIL.pack((now + lifetime).timestamp()) + zlib.compress(content, 1)
        sealed = nonce + self._cipher.encrypt(nonce, packed, _bound(person, purpose))
        text = base64.urlsafe_b64encode(sealed).decode()
        return text if len(text) <= LONGEST else ""

    def open(self, text: str, *, person: str, purpose: str, now: datetime) -> bytes | None:
        """Return what was kept; None if it is over, another's, or not from here."""
        if not text or len(text) > LONGEST:
            return None
        try:
            sealed = base64.urlsafe_b64decode(text.encode())
            nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            packed = self._cipher.decrypt(nonce, content, _bound(person, purpose))
        except (ValueError, InvalidTag, binascii.Error):
            return None
        # Nobody but this installation wrote what follows.
        (until,) = _UNTIL.unpack_from(packed)
        return zlib.decompress(packed[_UNTIL.size :]) if until > now.timestamp() else None

    def stamp(self, person: str, *, now: datetime) -> str:
        """Return a mark for a form that says to whom it was shown."""
        return self.keep(
            person.encode(), person="", purpose=_STAMP, now=now, lifetime=STAMP_LIFETIME
        )

    def person_of(self, stamp: str, *, now: datetime) -> str | None:
        """Return to whom a form was shown; None if its mark is over or not from here."""
        person = self.open(stamp, person="", purpose=_STAMP, now=now)
        return person.decode() if person else None


def _bound(person: str, purpose: str) -> bytes:
    return f"{purpose}\0{person}".encode()
