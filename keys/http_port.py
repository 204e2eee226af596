"""Port for HTTP: the interface that these libraries use for their requests.

* A library says whom to ask, what to send and what it may cost; whoever implements the port keeps
  to the limits, follows no redirect and judges no answer.
* Why there is no answer is one of a few kinds, since callers do something else at each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """One request, and its limits."""

    url: str = field(repr=False)
    """URL; may contain an account or a person's number, so it is never shown."""

    timeout_s: float
    """Longest time for the whole: name, connection, every header and octet, seconds."""

    answer_limit: int
    """Most octets of the answer's body."""

    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    connect_s: float | None = None
    """Longest time until a connection stands, seconds; the whole time, if None."""

    silence_s: float | None = None
    """Longest silence within the answer, seconds; the whole time, if None."""

    ca_file: str = ""
    """PEM file of the authorities to trust, instead of the machine's."""

    reads_refusals: bool = False
    """Whether bodies of answers with another status than 200 are read as well."""

    keeps_connection: bool = False
    """Whether the connection may be kept for the next request to the same server."""


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """What a server answered; a redirect is an answer too."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)
    """As it came, whole; empty if it was not to be read."""


class HttpFailure(StrEnum):
    """Reason for a missing response."""

    NOT_ALLOWED = "not-allowed"
    """The address is not permitted; nothing was sent."""
    UNREACHABLE = "unreachable"
    """No connection, or no usable address: nothing was sent, asking again is safe."""
    BROKEN = "broken"
    """The exchange broke off, or what came is no HTTP: the server may have acted."""
    SLOW = "slow"
    """No whole answer in time: the server may have acted."""
    TOO_LARGE = "too-large"
    """The answer is larger than it may be."""
    RESTING = "resting"
    """The server failed again and again and is left alone for a while; nothing was sent."""
    BUSY = "busy"
    """As many ask this server as may; nothing was sent."""


class HttpFailedError(Exception):
    """There is no whole answer; each library turns it into an error of its own."""

    def __init__(self, failure: HttpFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class HttpExchange(Protocol):
    """Carries requests."""

    def exchange(self, request: HttpRequest) -> HttpAnswer:
        """Send a request and return the answer, whatever its status.

        Raises:
            HttpFailedError: there is no whole answer within the limits.
        """
        ...
