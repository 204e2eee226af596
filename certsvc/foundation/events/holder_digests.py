"""Keyed digest of the holder that a log entry is about.

Who looked at a person must be answerable later (个人信息保护法 第五十四条: audits). A plain digest
of an identity number could be guessed by trying all of them, a keyed one cannot.
"""

import hashlib
import hmac

from certsvc.foundation.codes.holder import HolderCode

PURPOSE = "holders in the log"
"""What the key is derived for (`LogInSecret.key_for`)."""


def holder_hmac(key: bytes, holder: HolderCode) -> str:
    """Return the HMAC-SHA-256 of a holder's kind and number, in hexadecimal digits."""
    content = f"{holder.kind.value}\0{holder.value}".encode(errors="replace")
    return hmac.new(key, content, hashlib.sha256).hexdigest()
