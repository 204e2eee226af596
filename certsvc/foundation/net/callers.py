"""The ways out over HTTP that an installation has; put together once, handed to whoever calls."""

from typing import Self

from certsvc.foundation.net.addresses import AddressPolicy
from certsvc.foundation.net.client import HttpClient
from certsvc.foundation.net.guarding import GuardedExchange
from keys.csc_services import SERVICES


class HttpCallers:
    """Three ways out; nothing is opened before it is used."""

    def __init__(self) -> None:
        self.direct = HttpClient()
        """For callers with a guard of their own: sources, remote keys."""
        self.guarded = GuardedExchange(self.direct)
        """For the others: identity platform, timestamps, revocation."""
        self.to_strangers = HttpClient(AddressPolicy.PUBLIC_ONLY)
        """To addresses that strangers name: HTTPS, and the public Internet alone."""

    @classmethod
    def for_this_process(cls) -> Self:
        """Make them, and let the process's remote keys be reached through them from now on."""
        callers = cls()
        SERVICES.reach_through(callers.direct)
        return callers

    def close(self) -> None:
        """Close idle connections."""
        self.direct.close()
        self.to_strangers.close()
