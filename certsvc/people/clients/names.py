"""Display names of actors: a person's or a system's name, never a log-in."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.people.accounts.records import StaffMember
from certsvc.people.clients.records import Client
from certsvc.people.clients.service import ACTOR_PREFIX

_STAFF = "staff:"


def names_of_actors(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Return the names of members of staff and of systems; anybody else is called as recorded."""
    wanted = set(actors)
    logins = [each.removeprefix(_STAFF) for each in wanted if each.startswith(_STAFF)]
    systems = [each.removeprefix(ACTOR_PREFIX) for each in wanted if each.startswith(ACTOR_PREFIX)]
    staff = session.execute(
        select(StaffMember.login, StaffMember.name).where(StaffMember.login.in_(logins))
    )
    clients = session.execute(select(Client.id, Client.title).where(Client.id.in_(systems)))
    known = {f"{_STAFF}{login}": name for login, name in staff}
    known |= {f"{ACTOR_PREFIX}{client}": title for client, title in clients}
    return {each: known.get(each, each) for each in wanted}
