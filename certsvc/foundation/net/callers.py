"""The HTTP clients of an installation; built once and passed to their users."""

from typing import Self

from certsvc.foundation.net.addresses import AddressPolicy
from certsvc.foundation.net.client import HttpClient
from certsvc.foundation.net.guarding import GuardedExchange
from keys.csc_services import SERVICES


class HttpCallers:
    """Three HTTP clients; connections are opened on first use."""

    def __init__(self) -> None:
        self.direct = HttpClient()
        """For callers with a guard of their own: sources, remote keys."""
        self.guarded = GuardedExchange(self.direct)
        """For the others: identity platform, timestamps, revocation."""
        self.to_strangers = HttpClient(AddressPolicy.PUBLIC_ONLY)
        """To addresses that strangers name: HTTPS, and the public Internet alone."""

    @classmethod
    def for_this_process(cls) -> Self:
        """Create them, and make the process's remote keys use them."""
        callers = cls()
        SERVICES.reach_through(callers.direct)
        return callers

    def close(self) -> None:
        """Close idle connections."""
        self.direct.close()
        self.to_strangers.close()
