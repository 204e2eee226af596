"""Channels, states of a delivery, and the retry schedule."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from certsvc.foundation.errors import UnavailableError


class Channel(StrEnum):
    """渠道: how something leaves."""

    MAIL = "mail"
    """电子邮件."""
    SMS = "sms"
    """短信."""
    WEBHOOK = "webhook"
    """A signed request to a system's address."""


class DeliveryState(StrEnum):
    """State of a delivery."""

    WAITING = "waiting"
    """It is to be sent, for the first time or again."""
    SENT = "sent"
    """Accepted by the receiving server."""
    GIVEN_UP = "given_up"
    """It failed as often as it may."""
    DROPPED = "dropped"
    """Nobody wants it any more: the address or the webhook is gone."""


_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
PAUSES: dict[Channel, tuple[timedelta, ...]] = {
    # Standard Webhooks, "Retry schedule": ten attempts within a little more than three days.
    Channel.WEBHOOK: (
        timedelta(seconds=5),
        5 * _MINUTE,
        30 * _MINUTE,
        *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)),
    ),
    Channel.MAIL: (
        timedelta(seconds=5),
        *(minutes * _MINUTE for minutes in (1, 5, 30)),
        *(hours * _HOUR for hours in (1, 3, 6, 12, 24)),
    ),
    # For what cannot wait half an hour; later it only disturbs.
    Channel.SMS: (
        timedelta(seconds=5),
        timedelta(seconds=15),
        *(minutes * _MINUTE for minutes in (1, 2, 5, 10)),
    ),
}
"""Pauses after the first failure, the second, …; after one more failure it is given up."""
_SPREAD = 100
"""Pauses are up to a tenth longer, each delivery's by another amount: all that failed together
must not come back together."""


class SendingFailedError(UnavailableError):
    """The far side did not take it; it is tried again. Param `reason`: a word of ours."""

    code = "notifications.sending-failed"

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        """Say why.

        Args:
            reason: A word of ours, never what the far side said.
            status: Status code of the far side's protocol, if it came to one.
        """
        super().__init__(reason=reason)
        self.reason, self.status = reason, status


class NotWantedError(Exception):
    """Nobody wants this delivery any more."""


@dataclass(frozen=True, kw_only=True)
class DeliveryInHand:
    """A delivery that is being sent."""

    id: int
    channel: Channel
    target: str
    """Whom: the id of a notice, or of a webhook."""
    event_id: int
    """The event that it tells of."""
    message_id: str
    """The same at each attempt: whoever gets it twice can tell."""
    attempts: int
    """How often it has failed."""


def pause_after(delivery: DeliveryInHand) -> timedelta | None:
    """Return how long to wait after one more failure; None if it is given up."""
    pauses = PAUSES[delivery.channel]
    if delivery.attempts >= len(pauses):
        return None
    spread = delivery.id * 37 % _SPREAD / (10 * _SPREAD)
    return pauses[delivery.attempts] * (1 + spread)
