"""Custody of keys, on both databases: what is recorded, what nobody can change or do alone."""

import pwd
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from os import getuid
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from certsvc.demonstration.district import BIG_DATA_BUREAU, PASSWORD
from certsvc.foundation.approvals.rules import PROPOSAL_LIFETIME
from certsvc.foundation.approvals.shown import ChangedSinceShownError
from certsvc.foundation.events.records import EventRecord
from certsvc.people.accounts.records import StaffMember
from certsvc.people.accounts.service import register_staff, staff_actor
from certsvc.people.rights.rules import Actor, PermissionDeniedError, Role
from certsvc.sealing.custody.ceremonies import CeremonyOffice
from certsvc.sealing.custody.errors import (
    CeremonyDoneError,
    CeremonyOnePersonError,
    CeremonyUnapprovedError,
    KeyInUseError,
    KeyNameTakenError,
    NotAnApproverError,
    NotTheOperatorError,
)
from certsvc.sealing.custody.records import CustodyEvent
from certsvc.sealing.custody.rules import Ceremony, KeyAction, parse_ceremony
from certsvc.sealing.custody.service import KeyCustody
from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyExistsError, KeyLockedError, KeyUriInvalidError
from keys.passphrases import AskSecret
from tests.support.seal_certificates import Wish, issue
from tests.support.world import World

P_256 = SignatureAlgorithm.P_256
OPERATOR = Actor(
    id=f"machine:{pwd.getpwuid(getuid()).pw_name}",
    name="operator",
    roles=frozenset({Role.MACHINE_OPERATOR}),
)
DEMONSTRATION = "system"
"""Who took the demonstration's keys into our keeping."""
TYPED = "typed at the terminal"
CLERK = Actor(id="staff:clerk.wang", name="王", roles=frozenset({Role.CLERK}))
TABLES = (
    *("custody_keys", "custody_events"),
    *("proposals", "ceremony_runs", "ceremony_ends"),
)


def ask(_: str) -> str:
    return "typed at the terminal"


def custody_of(world: World, *, ask: AskSecret | None = ask) -> KeyCustody:
    return KeyCustody(database=world.services.database, clock=world.clock, ask=ask)


def at(folder: Path, name: str) -> str:
    return f"file:{folder}/{name}.key"


def events(world: World) -> list[tuple[str, str, str]]:
    with world.services.database.reading() as session:
        found = session.scalars(
            select(CustodyEvent)
            .where(CustodyEvent.actor != DEMONSTRATION)
            .order_by(CustodyEvent.id)
        )
        return [(event.key_name, event.action, event.outcome) for event in found]


def successors(custody: KeyCustody) -> dict[str, str]:
    """What replaces each key, but those that the demonstration brings."""
    kept = [each for each in custody.all_keys() if each.key.made_by != DEMONSTRATION]
    return {each.key.name: each.successor for each in kept}


def read_ceremony(
    folder: Path, *, number: str = "2026-001", operator: str = "", second: str = "seal.qian"
) -> Ceremony:
    return parse_ceremony(
        f"""
number = "{number}"
title = "密钥"
operator = "{operator or OPERATOR.id.removeprefix("machine:")}"
approvers = ["seal.zhao", "{second}"]
protocol_key = "made"
[[step]]
action = "generate"
key = "made"
at = "{at(folder, "made")}"
algorithm = "ecdsa-p256-sha256"
"""
    )


def office_of(world: World) -> CeremonyOffice:
    return CeremonyOffice(database=world.services.database, clock=world.clock, ask=ask)


def person(world: World, login: str) -> Actor:
    with world.services.database.reading() as session:
        return staff_actor(session, login)


def approve(world: World, ceremony: Ceremony, *, actor: Actor) -> None:
    """Let somebody approve a ceremony who sees all of it."""
    office = office_of(world)
    office.approve(ceremony, shown=office.read(ceremony).digest, actor=actor)


@pytest.fixture
def approved(world: World, tmp_path: Path) -> Ceremony:
    ceremony = read_ceremony(tmp_path)
    for login in ceremony.approvers:
        approve(world, ceremony, actor=person(world, login))
    return ceremony


def test_a_destroyed_key_replaces_none(world: World, tmp_path: Path) -> None:
    custody = custody_of(world)
    custody.generate("a", uri=at(tmp_path, "a"), algorithm=P_256, actor=OPERATOR)
    custody.rotate("a", new_name="b", actor=OPERATOR)
    assert successors(custody) == {"a": "b", "b": ""}
    custody.destroy("b", confirmation="b", reason="未启用", actor=OPERATOR)
    assert successors(custody) == {"a": "", "b": ""}


def test_every_act_is_on_record_before_and_after(world: World, tmp_path: Path) -> None:
    custody = custody_of(world)
    custody.generate("a", uri=at(tmp_path, "a"), algorithm=P_256, actor=OPERATOR)
    custody.rotate("a", new_name="b", actor=OPERATOR)
    custody.destroy("a", confirmation="a", reason="换密钥", actor=OPERATOR)
    assert events(world) == [
        ("a", "generate", "started"),
        ("a", "generate", "done"),
        ("a", "rotate", "started"),
        ("b", "generate", "started"),
        ("b", "generate", "done"),
        ("a", "rotate", "done"),
        ("a", "destroy", "started"),
        ("a", "destroy", "done"),
    ]
    assert not (tmp_path / "a.key").exists()
    assert custody.unfinished() == []
    world.check_log()
    with world.services.database.reading() as session:
        kinds = session.scalars(
            select(EventRecord.kind).where(
                EventRecord.kind.startswith("key."), EventRecord.actor != DEMONSTRATION
            )
        )
        assert len(list(kinds)) == 8
        ours = select(CustodyEvent).where(CustodyEvent.actor != DEMONSTRATION)
        for row in session.scalars(ours):
            assert row.actor == OPERATOR.id
            assert "typed" not in str(row.details)
            assert "PRIVATE" not in str(row.details)


def test_what_fails_is_on_record_too(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.key").write_text("somebody's")
    with pytest.raises(KeyExistsError):
        custody_of(world).generate("a", uri=at(tmp_path, "a"), algorithm=P_256, actor=OPERATOR)
    with pytest.raises(KeyLockedError):
        custody_of(world, ask=None).generate(
            "b", uri=at(tmp_path, "b"), algorithm=P_256, actor=OPERATOR
        )
    assert [outcome for _, _, outcome in events(world)] == ["started", "failed"] * 2
    assert successors(custody_of(world)) == {}


def test_a_clerk_keeps_no_keys_and_approves_no_ceremony(world: World, tmp_path: Path) -> None:
    custody, ceremony = custody_of(world), read_ceremony(tmp_path)
    with pytest.raises(PermissionDeniedError):
        custody.generate("a", uri=at(tmp_path, "a"), algorithm=P_256, actor=CLERK)
    with pytest.raises(PermissionDeniedError):
        custody.destroy("a", confirmation="a", reason="", actor=CLERK)
    with pytest.raises(PermissionDeniedError):
        approve(world, ceremony, actor=CLERK)
    with pytest.raises(PermissionDeniedError):
        office_of(world).perform(ceremony, actor=CLERK)
    assert events(world) == []


def sign_with(world: World, uri: str, path: Path) -> None:
    """Let a seal sign with a key of our keeping, which was certified."""
    private = load_pem_private_key(path.read_bytes(), TYPED.encode())
    assert isinstance(private, EllipticCurvePrivateKey)
    certificate = issue(Wish(), key=private).certificate
    world.alter_seal(
        "data-sharing-seal",
        ask=lambda _: TYPED,
        key_uri=uri,
        certificate_chain_pem=certificate.public_bytes(Encoding.PEM).decode(),
    )


def test_a_key_that_a_living_seal_signs_with_is_not_destroyed(world: World, tmp_path: Path) -> None:
    custody = custody_of(world)
    key = custody.generate("a", uri=at(tmp_path, "a"), algorithm=P_256, actor=OPERATOR)
    sign_with(world, key.uri, tmp_path / "a.key")
    with pytest.raises(KeyInUseError):
        custody.destroy("a", confirmation="a", reason="换密钥", actor=OPERATOR)
    assert (tmp_path / "a.key").exists()


def test_nor_is_it_where_the_seal_spells_its_place_otherwise(world: World, tmp_path: Path) -> None:
    custody = custody_of(world)
    (tmp_path / "x").mkdir()
    key = custody.generate("a", uri=at(tmp_path, "a"), algorithm=P_256, actor=OPERATOR)
    sign_with(world, at(tmp_path / "x" / "..", "a"), tmp_path / "a.key")
    with pytest.raises(KeyInUseError):
        custody.destroy(key.name, confirmation="a", reason="换密钥", actor=OPERATOR)
    assert (tmp_path / "a.key").exists()


def test_a_name_and_an_address_are_used_once(world: World, tmp_path: Path) -> None:
    custody = custody_of(world)
    custody.generate("a", uri=at(tmp_path, "a"), algorithm=P_256, actor=OPERATOR)
    for name, file in (("a", "b"), ("b", "a")):
        with pytest.raises(KeyNameTakenError):
            custody.generate(name, uri=at(tmp_path, file), algorithm=P_256, actor=OPERATOR)


def test_of_two_at_once_one_gets_the_name(world: World, tmp_path: Path) -> None:
    barrier = Barrier(2)

    def wait(_: str) -> str:
        barrier.wait(30)  # both have found the name free by now
        return "typed"

    def attempt(file: str) -> str:
        custody = custody_of(world, ask=wait)
        try:
            custody.generate("a", uri=at(tmp_path, file), algorithm=P_256, actor=OPERATOR)
        except KeyNameTakenError:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(attempt, ("one", "two"))) == ["done", "refused"]
    assert sorted(outcome for _, _, outcome in events(world)) == [
        *("done", "failed", "started", "started")
    ]


def test_an_address_too_long_for_the_register_is_refused_before_a_key_is_made(
    world: World, tmp_path: Path
) -> None:
    uri = f"{at(tmp_path, 'a')}?passphrase-file=/{'x' * 500}"
    with pytest.raises(KeyUriInvalidError):
        custody_of(world).generate("a", uri=uri, algorithm=P_256, actor=OPERATOR)
    assert events(world) == []


def test_no_record_can_be_changed_or_deleted(world: World, approved: Ceremony) -> None:
    office_of(world).perform(approved, actor=OPERATOR)
    for table in TABLES:
        with world.services.database.reading() as session:
            (column, *_) = session.execute(text(f"SELECT * FROM {table}")).keys()  # noqa: S608  our own names
            assert session.execute(text(f"SELECT * FROM {table}")).first(), table  # noqa: S608  our own names
        attempts = [
            f"UPDATE {table} SET {column} = {column}",  # noqa: S608  our own names
            f"DELETE FROM {table}",  # noqa: S608  our own names
        ]
        if world.services.database.engine.dialect.name == "sqlite":
            attempts.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608  our own names
        else:
            attempts.append(f"TRUNCATE {table} CASCADE")
        for attempt in attempts:
            with (
                pytest.raises(DBAPIError, match="append-only"),
                world.services.database.transaction() as session,
            ):
                session.execute(text(attempt))


def test_one_person_is_not_two(world: World, tmp_path: Path) -> None:
    ceremony, office = read_ceremony(tmp_path), office_of(world)
    for _ in range(3):
        approve(world, ceremony, actor=person(world, "seal.zhao"))
    with pytest.raises(CeremonyUnapprovedError) as caught:
        office.perform(ceremony, actor=OPERATOR)
    assert caught.value.params == {"approver": "seal.qian"}
    assert events(world) == []


def test_two_accounts_of_one_person_are_one_approval(world: World, tmp_path: Path) -> None:
    with world.services.database.transaction() as session:
        register_staff(
            session,
            login="zhao.second",
            name="赵印管（演示）",
            person_id=session.get_one(StaffMember, "seal.zhao").person_id,
            unit_code=BIG_DATA_BUREAU,
            password=PASSWORD,
            roles=frozenset({Role.SEAL_APPROVER}),
        )
    ceremony = read_ceremony(tmp_path, second="zhao.second")
    for login in ceremony.approvers:
        with pytest.raises(CeremonyOnePersonError):
            approve(world, ceremony, actor=person(world, login))
    with pytest.raises(CeremonyUnapprovedError):
        office_of(world).perform(ceremony, actor=OPERATOR)
    assert events(world) == []


def test_who_is_not_asked_cannot_approve(world: World, tmp_path: Path) -> None:
    ceremony = read_ceremony(tmp_path)
    other = Actor(id="staff:seal.sun", name="孙", roles=frozenset({Role.SEAL_APPROVER}))
    with pytest.raises(NotAnApproverError):
        approve(world, ceremony, actor=other)


def test_an_approval_is_of_the_keys_that_were_shown(sqlite_world: World, tmp_path: Path) -> None:
    world, office = sqlite_world, office_of(sqlite_world)
    text = read_ceremony(tmp_path).text
    ceremony = parse_ceremony(f'{text}\n[[step]]\naction = "destroy"\nkey = "old"\nreason = "换"\n')
    for login in ceremony.approvers:
        unseen = office.read(ceremony).digest
        with pytest.raises(ChangedSinceShownError):
            office.approve(ceremony, shown="0" * 64, actor=person(world, login))
        office.approve(ceremony, shown=unseen, actor=person(world, login))
    world.clock.advance(timedelta(hours=1))
    custody_of(world).generate("old", uri=at(tmp_path, "old"), algorithm=P_256, actor=OPERATOR)
    assert office.read(ceremony).digest != unseen
    assert office.read(ceremony).effect["keys"] == {"old": at(tmp_path, "old")}
    with pytest.raises(CeremonyUnapprovedError):
        office.perform(ceremony, actor=OPERATOR)
    assert (tmp_path / "old.key").exists()


def test_an_approval_does_not_stand_for_ever(world: World, approved: Ceremony) -> None:
    world.clock.advance(PROPOSAL_LIFETIME + timedelta(seconds=1))
    with pytest.raises(CeremonyUnapprovedError):
        office_of(world).perform(approved, actor=OPERATOR)


def test_who_lost_the_role_has_not_approved(world: World, approved: Ceremony) -> None:
    with world.services.database.transaction() as session:
        session.get_one(StaffMember, "seal.qian").roles = []
    with pytest.raises(CeremonyUnapprovedError) as refused:
        office_of(world).perform(approved, actor=OPERATOR)
    assert refused.value.params == {"approver": "seal.qian"}


def test_another_account_cannot_execute(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotTheOperatorError):
        office_of(world).perform(read_ceremony(tmp_path, operator="nobody"), actor=OPERATOR)


def test_two_at_once_are_one(world: World, approved: Ceremony) -> None:
    def attempt(_: int) -> str:
        try:
            office_of(world).perform(approved, actor=OPERATOR)
        except CeremonyDoneError:
            return "refused"
        return "done"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, range(4))) == ["done", *["refused"] * 3]
    made = [row for row in events(world) if row[1:] == (KeyAction.GENERATE.value, "done")]
    assert len(made) == 1
    with pytest.raises(CeremonyDoneError):
        approve(world, approved, actor=person(world, "seal.zhao"))
