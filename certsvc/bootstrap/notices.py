"""Parts that process events: the log, notices and outgoing messages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.verification import VerificationParts

if TYPE_CHECKING:
    from certsvc.foundation.events.delivery import Deliverer
    from certsvc.foundation.events.waking import PromptDelivery
    from certsvc.people.notices.channels import NoticeParts


class FollowingParts(VerificationParts):
    """Adds event delivery and notifications."""

    @cached_property
    def deliverer(self) -> Deliverer:
        """Delivers events to their subscribers."""
        from certsvc.foundation.events.delivery import Deliverer
        from certsvc.housekeeping.notices import NOTICES
        from certsvc.verification.transparency.service import TransparencyLog

        subscribers = (TransparencyLog(), self.notices.subscriber(NOTICES))
        return Deliverer(database=self.database, clock=self.clock, subscribers=subscribers)

    def prompt_delivery(self) -> PromptDelivery:
        """Return the prompt delivery of this process."""
        from certsvc.foundation.events.waking import PromptDelivery

        return PromptDelivery(self.database, self.deliverer.deliver)

    @cached_property
    def notices(self) -> NoticeParts:
        """Notifies people and systems."""
        from certsvc.people.notices.channels import NoticeParts

        return NoticeParts(
            self.settings,
            database=self.database,
            clock=self.clock,
            to_strangers=self.http.to_strangers,
            secret=lambda: self.log_in_secret,
        )
