"""Known devices: what a browser keeps of its log-ins, so that it is recognised later.

- An entry holds for one person and says nothing: a random number, the day, and a code over both
  and the person's name under a key outside the database. Who has it may try passwords; it opens
  nothing.
- A desk's computer is used by several people, so there are several entries, the newest first.
"""

import base64
import hmac
import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

import rfc8785

from certsvc.foundation.log_in_secret import LogInSecret

PURPOSE = "known devices"
LIFETIME = timedelta(days=90)
"""How long a browser is known after its last log-in."""
_MOST = 8
_LONGEST = 2000
_BETWEEN, _WITHIN = "~", "."
_ENTRY = re.compile(r"[A-Za-z0-9_-]{1,40}\.[0-9]{1,7}\.[A-Za-z0-9_-]{43}", re.ASCII)


def find_device(secret: LogInSecret, name: str, kept: str, *, now: datetime) -> str | None:
    """Return the number of the device if it is one that the person of this name logged in from.

    Args:
        secret: The installation's.
        name: Log-in name, normalised.
        kept: What the browser sent.
        now: The time.
    """
    entry = _entry_of(secret, name, kept)
    if entry is None:
        return None
    device, day, _ = entry.split(_WITHIN)
    age = timedelta(days=now.date().toordinal() - int(day))
    return device if timedelta(0) <= age <= LIFETIME else None


def remember_device(
    secret: LogInSecret, name: str, kept: str, device: str | None, *, now: datetime
) -> str:
    """Return what the browser is to keep after the person of this name has logged in.

    Args:
        secret: The installation's.
        name: Log-in name, normalised.
        kept: What it has kept so far.
        device: Its number for this person, if it was known; otherwise it gets one.
        now: The time.
    """
    number, day = device or secrets.token_urlsafe(12), str(now.date().toordinal())
    entry = _WITHIN.join((number, day, _code(secret, name, number, day)))
    old = _entry_of(secret, name, kept)
    others = [each for each in _entries(kept) if each != old]
    return _BETWEEN.join([entry, *others][:_MOST])


def _entries(kept: str) -> list[str]:
    return [each for each in kept[:_LONGEST].split(_BETWEEN) if _ENTRY.fullmatch(each)]


def _entry_of(secret: LogInSecret, name: str, kept: str) -> str | None:
    for entry in _entries(kept):
        device, day, code = entry.split(_WITHIN)
        if hmac.compare_digest(code, _code(secret, name, device, day)):
            return entry
    return None


def _code(secret: LogInSecret, name: str, device: str, day: str) -> str:
    content = rfc8785.dumps([secret.digest_of(name), device, day])
    digest = hmac.new(secret.key_for(PURPOSE), content, sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
