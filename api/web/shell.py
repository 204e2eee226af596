"""What surrounds a page of staff: who they are, for which unit, what they do, and what waits.

- What waits is counted by one cheap query for each entry that somebody has, in one session, once a
  page.
- A count that cannot be taken is left out: a page about a fault must open too.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.web.work import Work, work_of
from certsvc.bootstrap import Services
from certsvc.catalogue.packs.views import count_waiting as count_waiting_packs
from certsvc.certificates.batches.waiting import count_waiting as count_waiting_batches
from certsvc.certificates.records.waiting import count_waiting as count_waiting_endings
from certsvc.foundation.jobs.troubles import count_failed
from certsvc.people.rights.rules import STAFF_PREFIX, Actor, Permission, may
from certsvc.people.units.service import get_unit
from certsvc.sealing.register.views import count_waiting as count_waiting_seals

Count = Callable[[Session, Actor, datetime], int]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the navigation."""

    work: Work
    """What it leads to."""
    waiting: int
    """How many things wait there for the person."""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """What surrounds a page of staff."""

    unit_name: str
    """Unit they act for."""
    entries: list[Entry]
    """Their navigation."""

    @property
    def waiting(self) -> int:
        """How many things wait for them, all in all."""
        return sum(entry.waiting for entry in self.entries)


_COUNTS: Mapping[str, tuple[Permission, Count]] = {
    "/batches": (
        Permission.ISSUE,
        lambda session, actor, _: count_waiting_batches(session, actor=actor),
    ),
    "/records": (
        Permission.CHANGE_RECORD,
        lambda session, actor, now: count_waiting_endings(session, actor=actor, now=now),
    ),
    "/seals": (
        Permission.APPROVE_SEAL_CHANGE,
        lambda session, actor, now: count_waiting_seals(session, actor=actor, now=now),
    ),
    "/packs": (
        Permission.APPROVE_PACK,
        lambda session, actor, now: count_waiting_packs(session, actor=actor, now=now),
    ),
    "/jobs": (Permission.KEEP_JOBS, lambda session, *_: count_failed(session)),
}
"""By address: whom something waits for, and how it is counted."""


def shell_of(services: Services, actor: Actor | None) -> Shell | None:
    """Return the frame of a page of staff; None for holders and visitors who are not logged in."""
    if actor is None or not actor.id.startswith(STAFF_PREFIX):
        return None
    work = work_of(actor)
    # Whatever it is: this also runs while a fault is being answered.
    with suppress(Exception), services.database.reading() as session:
        now = services.clock.now()
        return Shell(
            unit_name=get_unit(session, actor.unit_code).name if actor.unit_code else "",
            entries=[
                Entry(work=each, waiting=_count(session, each.address, actor, now)) for each in work
            ],
        )
    return Shell(unit_name="", entries=[Entry(work=each, waiting=0) for each in work])


def _count(session: Session, address: str, actor: Actor, now: datetime) -> int:
    permission, count = _COUNTS.get(address, (None, None))
    if permission is None or count is None or not may(actor, permission):
        return 0
    return count(session, actor, now)
