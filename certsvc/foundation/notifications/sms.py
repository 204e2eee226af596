"""Sending SMS: the port to a gateway, and a stand-in for demonstrations.

For limits of 30 minutes mail may be too slow. Gateways differ from city to city: an adapter
implements `SmsGateway`.
"""

import warnings
from dataclasses import dataclass, field
from typing import Protocol

from certsvc.foundation.notifications.rules import SendingFailedError
from keys.development_key import DevelopmentWarning


@dataclass(frozen=True, kw_only=True)
class Sms:
    """A short message."""

    to: str = field(repr=False)
    """Telephone number."""
    text: str
    message_id: str
    """The same at each attempt."""


class SmsGateway(Protocol):
    """Sends short messages."""

    def send(self, sms: Sms) -> None:
        """Hand it to the gateway; it tells repetitions by `message_id`.

        Raises:
            SendingFailedError: the gateway did not take it.
        """


class DevelopmentSmsGateway:
    """A :class:`SmsGateway` that sends nothing and remembers everything; production refuses it."""

    def __init__(self) -> None:
        warnings.warn(
            "DevelopmentSmsGateway: short messages reach nobody", DevelopmentWarning, stacklevel=2
        )
        self.taken: list[Sms] = []
        """What it was given, in order; a repetition is not taken twice."""
        self.fails_next = 0
        """How many of the next messages it refuses."""

    def send(self, sms: Sms) -> None:
        """See :meth:`SmsGateway.send`."""
        if self.fails_next:
            self.fails_next -= 1
            raise SendingFailedError("refused", status=503)
        if sms.message_id not in {each.message_id for each in self.taken}:
            self.taken.append(sms)
