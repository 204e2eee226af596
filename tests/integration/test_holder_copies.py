"""Looking a holder up at the desk: the unit's own copies, for its own matters, always logged."""

import hashlib

import pytest
from sqlalchemy import select

from certsvc.catalogue.matters.service import (
    MatterExcludedError,
    MatterOfOtherUnitError,
    MatterUnknownError,
)
from certsvc.certificates.extraction.holder_copies import HolderCopies, look_up_holder
from certsvc.certificates.extraction.rules import WithdrawalReasonCode
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.demonstration.district import (
    EXCLUDED_MATTER,
    HIRING_MATTER,
    SCHOOL,
    TALENT_MATTER,
)
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.events.holder_digests import holder_hmac
from certsvc.foundation.events.records import EventRecord
from certsvc.people.rights.rules import PermissionDeniedError
from tests.support.world import NOW, World

KEY = b"key" * 11


def look_up(
    world: World,
    *,
    login: str = "clerk.wang",
    number: str = "",
    kind: HolderCodeType = HolderCodeType.IDENTITY_NUMBER,
    matter: str = TALENT_MATTER,
) -> HolderCopies:
    holder = HolderCode(value=number or world.resident.identity_number, kind=kind)
    actor = world.staff(login)
    with world.services.database.transaction() as session:
        return look_up_holder(
            session,
            holder=holder,
            holder_key=KEY,
            matter_code=matter,
            actor=actor,
            now=NOW,
        )


def test_a_clerk_sees_what_their_own_unit_extracted(world: World) -> None:
    issued = world.issue()
    world.services.issuer.issue(
        world.request(unit_code=SCHOOL, matter_code=HIRING_MATTER), actor=world.staff("clerk.chen")
    )
    known = look_up(world)
    assert [copy.copy_number for copy in known.copies] == [issued.copy_number]
    assert known.name == "青**"
    assert known.code == "990***********0023"
    assert not known.is_doubtful


@pytest.mark.both_engines
def test_copies_in_force_come_first(world: World) -> None:
    first, second = world.issue(), world.issue()
    with world.services.database.transaction() as session:
        withdraw_copy(
            session,
            second.copy_number,
            reason_code=WithdrawalReasonCode.TAKEN_BY_MISTAKE,
            reason="误提",
            actor=world.staff("clerk.wang"),
            now=NOW,
        )
    known = look_up(world)
    numbers = [copy.copy_number for copy in known.copies]
    assert numbers == [first.copy_number, second.copy_number]


def test_a_number_of_another_kind_of_document_is_another_holder(sqlite_world: World) -> None:
    sqlite_world.issue()
    known = look_up(sqlite_world, kind=HolderCodeType.PASSPORT)
    assert (known.name, list(known.copies)) == (None, [])


def test_a_wrong_check_character_is_told(sqlite_world: World) -> None:
    assert look_up(sqlite_world, number="99010120000101001X").is_doubtful


@pytest.mark.both_engines
def test_every_look_up_is_logged_without_name_or_number(world: World) -> None:
    world.issue()
    look_up(world)
    number = world.resident.identity_number
    with world.services.database.reading() as session:
        entry = session.scalars(
            select(EventRecord).where(EventRecord.kind == "holder.looked-up")
        ).one()
    assert number not in str(entry.details)
    assert hashlib.sha256(number.encode()).hexdigest() not in str(entry.details)
    assert (entry.actor, entry.subject, entry.details) == (
        "staff:clerk.wang",
        TALENT_MATTER,
        {"copies": 1, "holder_hmac": holder_hmac(KEY, HolderCode(value=number))},
    )


@pytest.mark.parametrize(
    ("matter", "refusal"),
    [
        (HIRING_MATTER, MatterOfOtherUnitError),
        (EXCLUDED_MATTER, MatterExcludedError),
        ("nothing", MatterUnknownError),
    ],
)
def test_nobody_is_looked_up_without_a_matter_of_the_unit(
    sqlite_world: World, matter: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        look_up(sqlite_world, matter=matter)


def test_who_may_not_issue_looks_nobody_up(sqlite_world: World) -> None:
    with pytest.raises(PermissionDeniedError):
        look_up(sqlite_world, login="handler.li")
