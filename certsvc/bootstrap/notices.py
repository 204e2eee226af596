"""Parts that follow events: the log, notices, and what leaves the house."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.verification import VerificationParts

if TYPE_CHECKING:
    from certsvc.foundation.events.delivery import Deliverer
    from certsvc.foundation.notifications.outbox import Carrier
    from certsvc.foundation.notifications.rules import Channel
    from certsvc.foundation.notifications.sms import SmsGateway


class NoticeParts(VerificationParts):
    """Those, and whoever is told of what happened."""

    @cached_property
    def deliverer(self) -> Deliverer:
        """Delivers what happened to those who follow it."""
        from urllib.parse import urlsplit

        from certsvc.foundation.events.delivery import Deliverer
        from certsvc.housekeeping.notices import NOTICES
        from certsvc.people.notices.channels import channels_of
        from certsvc.people.notices.subscriber import NoticeSubscriber
        from certsvc.verification.transparency.service import TransparencyLog

        host = urlsplit(self.settings.public_url).hostname or ""
        notices = NoticeSubscriber(NOTICES, channels_of(self.settings), self.clock, host)
        subscribers = (TransparencyLog(), notices)
        return Deliverer(database=self.database, clock=self.clock, subscribers=subscribers)

    @cached_property
    def sms_gateway(self) -> SmsGateway | None:
        """Takes short messages; None if there is no gateway."""
        from certsvc.people.notices.channels import gateway_of

        return gateway_of(self.settings)

    @cached_property
    def carriers(self) -> dict[Channel, Carrier]:
        """What sends to people and systems, by channel."""
        from certsvc.people.notices.channels import carriers_of

        return carriers_of(
            self.settings,
            database=self.database,
            clock=self.clock,
            to_strangers=self.http.to_strangers,
            key=self.webhook_key,
            gateway=self.sms_gateway,
        )

    def webhook_key(self) -> bytes:
        """Return the key that secrets of webhooks are derived from."""
        from certsvc.foundation.notifications.webhook_signing import PURPOSE

        return self.log_in_secret.key_for(PURPOSE)
