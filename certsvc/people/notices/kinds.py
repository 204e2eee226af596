"""Kinds of notices: the event, its recipients and the page that it links to.

Its text is `notice.<kind of the event>` in the catalogue: one sentence without places to fill in,
so that no mail can hold anything personal.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.recording import RecordedEvent
from certsvc.people.accounts.records import StaffMember, StaffRole
from certsvc.people.rights.rules import GRANTS, STAFF_PREFIX, Permission

Whom = Callable[[Session, RecordedEvent], Iterable[str]]
"""Returns accounts: `staff:<login>`, or `client:<name>`."""


@dataclass(frozen=True, kw_only=True)
class NoticeKind:
    """A kind of notice."""

    event: type[Event]
    """Event that the notice is about."""
    whom: Whom
    """Returns the recipients; whoever caused the event is left out."""
    leads_to: Callable[[Session, RecordedEvent], str]
    """Returns the linked page; never contains personal data."""
    settled_by: tuple[type[Event], ...] = ()
    """What ends it: then there is nothing left to do, and it counts as read."""
    is_urgent: bool = False
    """Whether it is urgent and also sent by SMS."""
    tells_actor: bool = False
    """Whether whoever caused the event is notified too, because their work has ended."""

    @property
    def text(self) -> str:
        """Code of its sentence."""
        return text_of(self.event.kind)


def text_of(kind: str) -> str:
    """Return the catalogue code of the notice about a kind of event."""
    return f"notice.{kind}"


def staff_who_may(
    session: Session, permission: Permission, *, unit_code: str | None = None
) -> list[str]:
    """Return the accounts of the staff who have a right; of one unit alone, if it is given."""
    roles = [role.value for role, rights in GRANTS.items() if permission in rights]
    found = (
        select(StaffMember.login)
        .join(StaffRole, StaffRole.login == StaffMember.login)
        .where(StaffRole.role.in_(roles))
        .distinct()
        .order_by(StaffMember.login)
    )
    if unit_code is not None:
        found = found.where(StaffMember.unit_code == unit_code)
    return [f"{STAFF_PREFIX}{login}" for login in session.scalars(found)]
