"""The secret for hashing log-in names of failed attempts.

- It is a file in the home folder that its owner alone can read, never a row of the database:
  a copy of the database does not give away whose identity numbers were tried.
- It is made on first use. Machines that serve one database must have the same file, or each
  counts failures for itself.
- Losing it loses only the failures that were counted.
"""

import hashlib
import hmac
import secrets
from contextlib import suppress
from pathlib import Path

import rfc8785

from certsvc.foundation.errors import UnavailableError
from keys.whole_files import write_whole

SECRET_FILE = "log-in.secret"  # noqa: S105  a file name
_LENGTH = 32


class LogInSecretUnusableError(UnavailableError):
    """The file of the secret cannot be read or made, or holds something else."""

    code = "organisations.log-in-secret-unusable"


class LogInSecret:
    """Hashes names with a secret key, so that they cannot be recovered."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def read_or_make(cls, path: Path) -> "LogInSecret":
        """Read the secret, or make one if there is no file.

        Raises:
            LogInSecretUnusableError: neither is possible.
        """
        try:
            if not path.exists():
                # If two processes start at once, one creates the file, and both read it.
                with suppress(FileExistsError):
                    write_whole(path, [secrets.token_bytes(_LENGTH)])
            key = path.read_bytes()
        except OSError as error:
            raise LogInSecretUnusableError(file=str(path)) from error
        if len(key) != _LENGTH:
            raise LogInSecretUnusableError(file=str(path))
        return cls(key)

    def digest_of(self, name: str) -> str:
        """Return the HMAC-SHA-256 of a log-in name, the same for small and capital letters."""
        # A lone surrogate matches no name; it must not raise an encoding error.
        content = name.upper().encode(errors="replace")
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()

    def digest_of_parts(self, kind: str, name: str, part: str) -> str:
        """Return the HMAC of a name together with something else, apart from that of any name."""
        shown = part.encode(errors="replace").decode()
        content = rfc8785.dumps([kind, self.digest_of(name), shown])
        return hmac.new(self.key_for("attempts"), content, hashlib.sha256).hexdigest()

    def key_for(self, purpose: str) -> bytes:
        """Return a key of its own for another purpose; it tells nothing of this one."""
        return hmac.new(self._key, b"\0key for " + purpose.encode(), hashlib.sha256).digest()
