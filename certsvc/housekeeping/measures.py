"""Figures of how the service runs, for a monitoring system; none of them is about a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certsvc.foundation.events.records import EventHead, EventPosition
from certsvc.foundation.jobs.troubles import count_jobs
from certsvc.foundation.notifications.records import Delivery
from certsvc.foundation.notifications.rules import Channel, DeliveryState
from certsvc.people.rights.rules import Actor, Permission, require

_WATCHED = (DeliveryState.WAITING, DeliveryState.GIVEN_UP)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure at this instant."""

    name: str
    """Snake case, without a prefix."""
    labels: dict[str, str]
    value: int


def take_measures(session: Session, *, actor: Actor, now: datetime) -> list[Measure]:
    """Return all figures; each measure has the same labels whenever it is taken.

    Raises:
        PermissionDeniedError: the actor may not read them.
    """
    require(actor, Permission.READ_MEASURES)
    return [*_of_jobs(session, now), *_of_events(session), *_of_deliveries(session)]


def _of_jobs(session: Session, now: datetime) -> Iterator[Measure]:
    counts = count_jobs(session, now=now)
    states = {
        "waiting": counts.waiting,
        "late": counts.late,
        "retrying": counts.retrying,
        "failed": counts.failed,
    }
    for state, value in states.items():
        yield Measure(name="jobs", labels={"state": state}, value=value)
    yield Measure(name="workers", labels={}, value=counts.workers)


def _of_events(session: Session) -> Iterator[Measure]:
    last = session.scalar(select(EventHead.position)) or 0
    for row in session.scalars(select(EventPosition).order_by(EventPosition.name)):
        labels = {"subscriber": row.name}
        yield Measure(name="events_behind", labels=labels, value=last - row.position)
        yield Measure(name="event_failures", labels=labels, value=row.failures)


def _of_deliveries(session: Session) -> Iterator[Measure]:
    found = session.execute(
        select(Delivery.state, Delivery.channel, func.count())
        .where(Delivery.state.in_([each.value for each in _WATCHED]))
        .group_by(Delivery.state, Delivery.channel)
    )
    counts = {(state, channel): count for state, channel, count in found}
    for state in _WATCHED:
        for channel in Channel:
            labels = {"state": state.value, "channel": channel.value}
            yield Measure(name="deliveries", labels=labels, value=counts.get((state, channel), 0))
