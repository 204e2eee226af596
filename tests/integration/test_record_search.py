"""Finding records: each unit its own, by what is at hand, always logged."""

import pytest
from sqlalchemy import select

from certsvc.certificates.extraction.record_search import (
    MOST_RECORDS,
    FoundRecords,
    NothingToSearchError,
    search_records,
)
from certsvc.foundation.codes.errors import IdentifierInvalidError
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.events.holder_digests import holder_hmac
from certsvc.foundation.events.records import EventRecord
from certsvc.people.rights.rules import PermissionDeniedError
from tests.support.world import NOW, World

KEY = b"key" * 11


def search(
    world: World, login: str, *, paper: str = "", holder: HolderCode | None = None
) -> FoundRecords:
    actor = world.staff(login)
    with world.services.database.transaction() as session:
        return search_records(
            session,
            paper=paper,
            holder=holder,
            holder_key=KEY,
            actor=actor,
            now=NOW,
        )


def found(world: World, login: str, **by: object) -> list[str]:
    records = search(world, login, **by).records  # type: ignore[arg-type]  as given
    return [record.identifier for record in records]


def test_handler_and_clerk_find_what_is_theirs_by_everything_on_the_paper(world: World) -> None:
    issued = world.issue()
    holder = HolderCode(value=world.resident.identity_number)
    number = issued.copy_number.lower()
    spaced = " ".join((number[:5], number[5:10], number[10:]))
    for login in ("handler.li", "clerk.wang"):
        assert found(world, login, paper=f" {issued.identifier} ") == [issued.identifier]
        assert found(world, login, paper=spaced) == [issued.identifier]
        assert found(world, login, holder=holder) == [issued.identifier]


def test_what_is_anothers_does_not_exist(world: World) -> None:
    issued = world.issue()
    holder = HolderCode(value=world.resident.identity_number)
    for login in ("handler.sun", "clerk.chen"):
        assert found(world, login, paper=issued.identifier) == []
        assert found(world, login, paper=issued.copy_number) == []
        assert found(world, login, holder=holder) == []


def test_the_newest_come_first_and_names_are_masked(sqlite_world: World) -> None:
    first = sqlite_world.issue()
    second = sqlite_world.issue(type_code="social-insurance")
    holder = HolderCode(value=sqlite_world.resident.identity_number)
    result = search(sqlite_world, "clerk.wang", holder=holder)
    assert [line.identifier for line in result.records] == [second.identifier, first.identifier]
    assert {line.holder_name for line in result.records} == {"青**"}
    assert not result.are_more
    assert MOST_RECORDS >= 2
    assert found(sqlite_world, "handler.li", holder=holder) == [first.identifier]


def test_every_search_is_logged_without_name_or_number(world: World) -> None:
    issued, holder = world.issue(), HolderCode(value=world.resident.identity_number)
    search(world, "handler.li", holder=holder)
    search(world, "handler.li", paper="0" * 20)
    search(world, "handler.li", paper=issued.identifier)
    with world.services.database.reading() as session:
        entries = session.scalars(
            select(EventRecord)
            .where(EventRecord.kind == "records.searched")
            .order_by(EventRecord.id)
        ).all()
    assert [entry.actor for entry in entries] == ["staff:handler.li"] * 3
    assert [entry.details for entry in entries] == [
        {"by": "holder", "found": 1, "holder_hmac": holder_hmac(KEY, holder)},
        {"by": "paper", "found": 0, "holder_hmac": None},
        {"by": "paper", "found": 1, "holder_hmac": holder_hmac(KEY, holder)},
    ]


def test_what_cannot_be_searched_for_is_told(sqlite_world: World) -> None:
    with pytest.raises(NothingToSearchError):
        search(sqlite_world, "handler.li")
    with pytest.raises(IdentifierInvalidError):
        search(sqlite_world, "handler.li", paper="1.2.3")
    with pytest.raises(PermissionDeniedError):
        search(sqlite_world, "seal.zhao", paper="0" * 20)
