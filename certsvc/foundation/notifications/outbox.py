"""Outbox: deliveries are queued with their cause, sent by a job, retried and logged.

- A delivery is queued in the transaction of what caused it, together with its job: once.
- It is sent with no transaction open, and its outcome is written afterwards: whoever dies between
  the two sends it again, with the same `message_id`. So it leaves at least once.
- Each delivery is a job of its own, so one that fails keeps no other waiting.
- What failed is logged by channel and a word of ours, never with an address.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.kinds import Work
from certsvc.foundation.jobs.rules import JobInHand, Lane, Later
from certsvc.foundation.jobs.schedule import schedule_work
from certsvc.foundation.notifications.records import Delivery
from certsvc.foundation.notifications.rules import (
    Channel,
    DeliveryInHand,
    DeliveryState,
    NotWantedError,
    SendingFailedError,
    pause_after,
)

SEND = "notifications.send"
"""The kind of job that sends a delivery."""
MOST_SHOWN = 200
_LOG = logging.getLogger("certsvc.notifications")


class Carrier(Protocol):
    """Sends the deliveries of a channel."""

    def carry(self, delivery: DeliveryInHand) -> int | None:
        """Send it, with no transaction open; return the far side's status code, if there is one.

        Raises:
            SendingFailedError: the far side did not take it.
            NotWantedError: nobody wants it any more.
        """

    def settle(
        self, session: Session, delivery: DeliveryInHand, failure: SendingFailedError | None
    ) -> None:
        """Handle the outcome, in the transaction that records it.

        Args:
            session: The transaction.
            delivery: What was sent.
            failure: Why it was not; None if it was.
        """


def queue(
    session: Session, channel: Channel, target: str, *, event_id: int, message_id: str, at: datetime
) -> None:
    """Queue a delivery, to be sent soon after the caller's transaction commits.

    Args:
        session: The transaction of its cause.
        channel: How.
        target: Whom: the id of a notice, or of a webhook.
        event_id: The event that it tells of.
        message_id: By which the receiver can tell repetitions.
        at: The present instant.
    """
    delivery = Delivery(
        channel=channel.value,
        target=target,
        event_id=event_id,
        message_id=message_id,
        state=DeliveryState.WAITING.value,
        attempts=0,
        created_at=at,
    )
    session.add(delivery)
    session.flush()
    schedule_work(session, SEND, {str(delivery.id): {}}, now=at, lane=Lane.SENDING)


def list_deliveries(session: Session, *, target: str = "") -> list[Delivery]:
    """List the last deliveries, the newest first; of one target alone, if it is given."""
    last = select(Delivery).order_by(Delivery.id.desc()).limit(MOST_SHOWN)
    if target:
        last = last.where(Delivery.target == target, Delivery.channel == Channel.WEBHOOK.value)
    return list(session.scalars(last))


def sending_work(
    database: Database, clock: Clock, carriers: Callable[[], Mapping[Channel, Carrier]]
) -> Work:
    """Return the kind of job that sends a delivery.

    Args:
        database: Where the deliveries are.
        clock: Tells the time.
        carriers: Returns what sends, by channel; deliveries of other channels are dropped.
    """
    outbox = _Outbox(database, clock, carriers)
    return Work(name=SEND, perform=outbox.send, lane=Lane.SENDING)


class _Outbox:
    def __init__(
        self, database: Database, clock: Clock, carriers: Callable[[], Mapping[Channel, Carrier]]
    ) -> None:
        self._database, self._clock, self._carriers = database, clock, carriers

    def send(self, job: JobInHand) -> Later | None:
        delivery = self._find(int(job.subject))
        if delivery is None:
            return None
        carrier = self._carriers().get(delivery.channel)
        if carrier is None:
            self._write(delivery, DeliveryState.DROPPED)
            return None
        try:
            status = carrier.carry(delivery)
        except NotWantedError:
            self._write(delivery, DeliveryState.DROPPED)
            return None
        except SendingFailedError as failure:
            return self._fail(carrier, delivery, failure)
        self._write(delivery, DeliveryState.SENT, carrier=carrier, status=status)
        return None

    def _find(self, delivery_id: int) -> DeliveryInHand | None:
        with self._database.reading() as session:
            found = session.get(Delivery, delivery_id)
            if found is None or found.state != DeliveryState.WAITING.value:
                return None
            return DeliveryInHand(
                id=found.id,
                channel=Channel(found.channel),
                target=found.target,
                event_id=found.event_id,
                message_id=found.message_id,
                attempts=found.attempts,
            )

    def _fail(
        self, carrier: Carrier, delivery: DeliveryInHand, failure: SendingFailedError
    ) -> Later | None:
        pause = pause_after(delivery)
        channel, number = delivery.channel.value, delivery.attempts + 1
        _LOG.warning(
            "%s delivery %d failed (%d): %s %s",
            channel,
            delivery.id,
            number,
            failure.reason,
            failure.status or "",
        )
        state = DeliveryState.WAITING if pause else DeliveryState.GIVEN_UP
        self._write(delivery, state, carrier=carrier, failure=failure, status=failure.status)
        return Later(after_s=pause.total_seconds()) if pause else None

    def _write(
        self,
        delivery: DeliveryInHand,
        state: DeliveryState,
        *,
        carrier: Carrier | None = None,
        failure: SendingFailedError | None = None,
        status: int | None = None,
    ) -> None:
        with self._database.transaction() as session:
            row = session.get_one(Delivery, delivery.id)
            row.state, row.tried_at, row.last_status = state.value, self._clock.now(), status
            row.last_reason = failure.reason if failure else None
            row.attempts += failure is not None
            if carrier is not None:
                carrier.settle(session, delivery, failure)
