"""One pool for each token of this process, shared by all keys on it.

* Keys that name the same token, PIN source and limits share sessions and the token's troubles.
* A forked child begins with none of its parent's sessions.
"""

import atexit
import os
from threading import Lock

from keys.passphrases import PassphraseSource
from keys.pkcs11_uri import TokenAddress, TokenLimits
from keys.token_pool import TokenPool


class TokenPools:
    """Registry of the pools."""

    def __init__(self) -> None:
        self._pools: dict[tuple[TokenAddress, PassphraseSource, TokenLimits], TokenPool] = {}
        self._lock = Lock()

    def get(
        self, address: TokenAddress, *, pin: PassphraseSource, limits: TokenLimits
    ) -> TokenPool:
        """The pool of a token."""
        with self._lock:
            key = (address, pin, limits)
            if key not in self._pools:
                self._pools[key] = TokenPool(address, pin=pin, limits=limits)
            return self._pools[key]

    def close(self) -> None:
        """End all idle sessions."""
        for pool in self._pools.values():
            pool.close()

    def forget_after_fork(self) -> None:
        """In a forked child: leave all sessions to the parent."""
        self._lock = Lock()
        for pool in self._pools.values():
            pool.forget_after_fork()


POOLS = TokenPools()
"""Those of this process: a token allows so many sessions to an application, not to a caller."""

os.register_at_fork(after_in_child=POOLS.forget_after_fork)
atexit.register(POOLS.close)
