"""What belongs to others takes the same path as what does not exist: no clock tells them apart."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from certsvc.certificates.extraction.record_cards import get_record_card
from certsvc.certificates.extraction.rules import WithdrawalReasonCode
from certsvc.certificates.extraction.service import fetch_file, get_copy
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.records.changes import get_own_record
from certsvc.demonstration.district import PASSWORD
from certsvc.demonstration.people import Resident, make_residents
from certsvc.foundation.codes.certificate_identifier import CertificateIdentifier
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.errors import NotFoundError
from certsvc.people.accounts.service import authenticate, register_holder_account
from certsvc.people.rights.rules import Actor
from tests.support.world import NOW, World

_NO_COPY = "0" * 20
_Reading = Callable[[Session, str, Actor], object]


def _withdraw(session: Session, number: str, actor: Actor) -> object:
    return withdraw_copy(
        session,
        number,
        reason_code=WithdrawalReasonCode.NOT_NEEDED,
        reason="不再使用",
        actor=actor,
        now=NOW,
    )


_OF_COPIES: dict[str, _Reading] = {
    "describe": lambda session, number, actor: get_copy(session, number, actor=actor),
    "fetch": lambda session, number, actor: fetch_file(session, number, actor=actor, now=NOW),
    "withdraw": _withdraw,
}
_OF_RECORDS: dict[str, _Reading] = {
    "card": lambda session, number, actor: get_record_card(session, number, actor=actor, now=NOW),
    "own": lambda session, number, actor: get_own_record(session, number, actor=actor),
}


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """What is read from the database meanwhile, without its parameters."""
    asked: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401  as the event has them
        if arguments[2].startswith("SELECT"):
            asked.append(arguments[2])

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def path_of(world: World, read: _Reading, number: str, actor: Actor) -> list[str]:
    """The statements until somebody is told that there is no such thing."""
    with (
        world.services.database.transaction() as session,
        statements(session) as asked,
        pytest.raises(NotFoundError),
    ):
        read(session, number, actor)
    return asked


def test_a_foreign_number_takes_the_path_of_an_unknown_one(sqlite_world: World) -> None:
    world = sqlite_world
    issued = world.issue()
    stranger, other_unit = world.staff("clerk.zhou"), world.staff("handler.wu")
    for name, read in _OF_COPIES.items():
        foreign = path_of(world, read, issued.copy_number, stranger)
        assert foreign == path_of(world, read, _NO_COPY, stranger), name
        assert len(foreign) == 1, name
    unknown = str(CertificateIdentifier.parse(issued.identifier).with_version(7))
    for name, read in _OF_RECORDS.items():
        foreign = path_of(world, read, issued.identifier, other_unit)
        assert foreign == path_of(world, read, unknown, other_unit), name
        assert len(foreign) == 1, name
    # The resident whom it is about, and another one who is somebody else's holder.
    other = authenticated(world, make_residents()[1])
    foreign, unknown_path = (
        path_of(world, _OF_COPIES["describe"], each, other)
        for each in (issued.copy_number, _NO_COPY)
    )
    assert foreign == unknown_path


def authenticated(world: World, resident: Resident) -> Actor:
    """A resident of the district with an account, logged in."""
    with world.services.database.transaction() as session:
        register_holder_account(
            session,
            holder=HolderCode(value=resident.identity_number),
            name=resident.name,
            password=PASSWORD,
        )
    token = world.log_in(resident.identity_number, PASSWORD)
    with world.services.database.reading() as session:
        return authenticate(session, token=token, now=NOW)
