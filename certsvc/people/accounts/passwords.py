"""Verifying passwords: deliberately slow and memory-hungry, so only a few at once.

Each judgement takes 64 MB of memory for some tens of milliseconds (Argon2id, RFC 9106 §4). Whoever
asks beyond the few that are at work waits, and beyond those that wait is told to come back: what
strangers send costs this process no more than that, however many they are.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from certsvc.foundation.errors import UnavailableError

AT_WORK = 2
"""Judged at once: 128 MB, and no more than the processors of a small machine."""
MOST_WAITING = 14
"""With those at work well below the 40 threads that the pages have; the others go on."""
PATIENCE_S = 10.0

_HASHER = PasswordHasher()
# Checked when there is no such account, so that both answers take the same time.
_NOBODY = _HASHER.hash(secrets.token_urlsafe())


class LogInsBusyError(UnavailableError):
    """Too many log-ins at once; no failure was counted."""

    code = "organisations.log-ins-busy"


class PasswordGate:
    """Limits concurrent password hashing; one instance per process."""

    def __init__(self, *, at_work: int, most_waiting: int, patience_s: float) -> None:
        self._inside = BoundedSemaphore(at_work + most_waiting)
        self._at_work = BoundedSemaphore(at_work)
        self._patience_s = patience_s

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, not for ever, and have it until the end of the block.

        Raises:
            LogInsBusyError: too many wait already, or the turn did not come in time.
        """
        if not self._inside.acquire(blocking=False):
            raise LogInsBusyError
        try:
            if not self._at_work.acquire(timeout=self._patience_s):
                raise LogInsBusyError
            try:
                yield
            finally:
                self._at_work.release()
        finally:
            self._inside.release()


_GATE = PasswordGate(at_work=AT_WORK, most_waiting=MOST_WAITING, patience_s=PATIENCE_S)


def password_hash_of(password: str) -> str:
    """Return what is stored of a password."""
    return _HASHER.hash(password)


def password_matches(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one of a hash; None costs the same, and never matches.

    Raises:
        LogInsBusyError: too many are judged already.
    """
    # No password that was ever set has a lone surrogate, so one that has cannot match.
    typed = password.encode(errors="surrogatepass")
    with _GATE.turn():
        try:
            _HASHER.verify(password_hash or _NOBODY, typed)
        except VerifyMismatchError:
            return False
    return password_hash is not None
