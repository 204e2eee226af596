"""Systems as clients: secrets, rotation, tokens, scopes; on each engine."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certsvc.demonstration.district import APPROVAL_BUREAU, SCHOOL
from certsvc.foundation.events.records import EventRecord
from certsvc.people.accounts.service import NotLoggedInError
from certsvc.people.clients.records import Client, ClientSecret, ClientToken
from certsvc.people.clients.rules import (
    FAILURES_BEFORE_SLOWING,
    SCOPES,
    SLOWED,
    TOKEN_LIFETIME,
    ClientDisabledError,
    ClientExistsError,
    ClientIdInvalidError,
    ClientRefusedError,
    ClientUnknownError,
    ScopeUnknownError,
    TokenScopeInvalidError,
)
from certsvc.people.clients.service import (
    NewClient,
    add_client,
    authenticate_client,
    disable_client,
    give_token,
    list_clients,
    rotate_secret,
)
from certsvc.people.rights.rules import (
    GRANTS,
    Actor,
    ForeignUnitError,
    Permission,
    PermissionDeniedError,
    Role,
    require,
)
from certsvc.people.units.service import UnitUnknownError
from tests.support.world import World

OPERATOR = Actor(id="machine:op", name="op", roles=frozenset({Role.MACHINE_OPERATOR}))
BOTH = frozenset({"certificates.issue", "certificates.read"})
DAY = timedelta(days=1)


def add(world: World, name: str = "talent-portal", scopes: frozenset[str] = BOTH) -> str:
    new = NewClient(id=name, title="人才系统", unit_code=APPROVAL_BUREAU, scopes=scopes)
    with world.services.database.transaction() as session:
        return add_client(session, new, actor=OPERATOR, now=world.clock.now())


def token(world: World, secret: str, scope: str | None = None, name: str = "talent-portal") -> str:
    database, now = world.services.database, world.clock.now()
    return give_token(database, client_id=name, secret=secret, scope=scope, now=now).token


def who(world: World, bearer: str) -> Actor:
    with world.services.database.reading() as session:
        return authenticate_client(session, token=bearer, now=world.clock.now())


def rotate(world: World, overlap: timedelta = DAY) -> str:
    with world.services.database.transaction() as session:
        return rotate_secret(
            session, "talent-portal", actor=OPERATOR, now=world.clock.now(), overlap=overlap
        )


def test_a_system_acts_for_its_unit_within_its_scopes(world: World) -> None:
    actor = who(world, token(world, add(world), "certificates.read"))
    assert (actor.id, actor.unit_code) == ("client:talent-portal", APPROVAL_BUREAU)
    permitted = {Permission.READ_UNIT_CERTIFICATES, Permission.READ_RECORDS}
    for permission in permitted:
        require(actor, permission)
    for permission in set(Permission) - permitted:
        with pytest.raises(PermissionDeniedError):
            require(actor, permission)


def test_a_system_issues_for_no_other_unit(world: World) -> None:
    actor = who(world, token(world, add(world)))
    with pytest.raises(ForeignUnitError):
        world.services.issuer.issue(world.request(unit_code=SCHOOL), actor=actor)


def test_no_scope_permits_more_than_a_system_may() -> None:
    assert frozenset().union(*SCOPES.values()) <= GRANTS[Role.SYSTEM]
    assert Permission.RECORD_REPLY not in GRANTS[Role.SYSTEM]


def test_a_token_ends_soon(world: World) -> None:
    bearer = token(world, add(world))
    world.clock.advance(TOKEN_LIFETIME - timedelta(seconds=1))
    assert who(world, bearer).name == "人才系统"
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(NotLoggedInError):
        who(world, bearer)


@pytest.mark.both_engines
def test_tokens_that_ended_are_forgotten(world: World) -> None:
    secret = add(world)
    token(world, secret)
    world.clock.advance(TOKEN_LIFETIME)
    token(world, secret)
    with world.services.database.reading() as session:
        assert len(session.scalars(select(ClientToken)).all()) == 1


@pytest.mark.parametrize(
    ("name", "secret"), [("talent-portal", "wrong"), ("talent-portal", " "), ("nobody", "")]
)
def test_wrong_is_refused(world: World, name: str, secret: str) -> None:
    right = add(world)
    with pytest.raises(ClientRefusedError):
        token(world, secret or right, name=name)


def test_neither_secret_nor_token_is_stored(world: World) -> None:
    secret = add(world)
    bearer = token(world, secret)
    with world.services.database.reading() as session:
        rows = [session.scalars(select(kind)).all() for kind in (Client, ClientSecret, ClientToken)]
        stored = repr([vars(row) for kind in rows for row in kind])
    assert secret not in stored
    assert bearer not in stored


@pytest.mark.both_engines
def test_two_secrets_overlap_and_never_three(world: World) -> None:
    first = add(world)
    world.clock.advance(timedelta(minutes=1))
    second = rotate(world)
    token(world, first)
    token(world, second)
    world.clock.advance(timedelta(minutes=1))
    third = rotate(world)
    with pytest.raises(ClientRefusedError):
        token(world, first)
    token(world, second)
    world.clock.advance(DAY)
    with pytest.raises(ClientRefusedError):
        token(world, second)
    token(world, third)


def test_a_rotation_without_overlap_ends_the_old_secret_at_once(world: World) -> None:
    first = add(world)
    second = rotate(world, overlap=timedelta(0))
    with pytest.raises(ClientRefusedError):
        token(world, first)
    token(world, second)


@pytest.mark.both_engines
def test_a_disabled_client_is_out_with_its_tokens(world: World) -> None:
    secret = add(world)
    bearer = token(world, secret)
    with world.services.database.transaction() as session:
        disable_client(session, "talent-portal", actor=OPERATOR, now=world.clock.now())
    with pytest.raises(NotLoggedInError):
        who(world, bearer)
    with pytest.raises(ClientRefusedError):
        token(world, secret)
    with pytest.raises(ClientDisabledError):
        rotate(world)


def test_a_scope_taken_from_the_client_is_taken_from_its_tokens(world: World) -> None:
    bearer = token(world, add(world))
    with world.services.database.transaction() as session:
        session.get_one(Client, "talent-portal").scopes = ["certificates.read"]
    assert who(world, bearer).limited_to == SCOPES["certificates.read"]


@pytest.mark.parametrize(
    "scope", ["", " ", "certificates.issue", "seals", 'a"b', "certificates.read "]
)
def test_no_scope_beyond_the_clients_own(world: World, scope: str) -> None:
    secret = add(world, scopes=frozenset({"certificates.read"}))
    with pytest.raises(TokenScopeInvalidError):
        token(world, secret, scope)


@pytest.mark.both_engines
def test_guesses_are_counted_logged_once_and_lock_nobody_out(world: World) -> None:
    secret = add(world)
    for _ in range(FAILURES_BEFORE_SLOWING + 3):
        with pytest.raises(ClientRefusedError):
            token(world, "wrong")
    with world.services.database.reading() as session:
        kinds = [entry.kind for entry in session.scalars(select(EventRecord))]
        assert session.get_one(Client, "talent-portal").failures == FAILURES_BEFORE_SLOWING
    assert kinds.count("client.guessed-at") == 1
    token(world, secret)
    world.clock.advance(SLOWED)
    with pytest.raises(ClientRefusedError):
        token(world, "wrong")
    with world.services.database.reading() as session:
        assert session.get_one(Client, "talent-portal").failures == 1


def test_everything_is_logged(world: World) -> None:
    token(world, add(world))
    rotate(world)
    with world.services.database.reading() as session:
        entries = session.scalars(
            select(EventRecord)
            .where(EventRecord.subject == "talent-portal")
            .order_by(EventRecord.id)
        ).all()
    assert [(entry.kind, entry.actor) for entry in entries] == [
        ("client.added", "machine:op"),
        ("client.token-given", "client:talent-portal"),
        ("client.secret-rotated", "machine:op"),
    ]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"id": "Upper"}, ClientIdInvalidError),
        ({"id": "a"}, ClientIdInvalidError),
        ({"id": "a:b:c"}, ClientIdInvalidError),
        ({"scopes": frozenset()}, ScopeUnknownError),
        ({"scopes": frozenset({"seals"})}, ScopeUnknownError),
        ({"unit_code": "1" * 18}, UnitUnknownError),
        ({"id": "talent-portal"}, ClientExistsError),
    ],
)
def test_what_cannot_be_registered(
    world: World, changes: dict[str, object], error: type[Exception]
) -> None:
    add(world)
    values = {"id": "other", "title": "甲", "unit_code": APPROVAL_BUREAU, "scopes": BOTH} | changes
    with pytest.raises(error), world.services.database.transaction() as session:
        add_client(session, NewClient(**values), actor=OPERATOR, now=world.clock.now())  # type: ignore[arg-type]  # may be wrong


def test_only_the_operator_keeps_the_register(world: World) -> None:
    add(world)
    now = world.clock.now()
    actors = [
        world.staff("clerk.wang"),
        who(world, token(world, rotate(world))),
    ]
    for actor in actors:
        with world.services.database.transaction() as session:
            with pytest.raises(PermissionDeniedError):
                list_clients(session, actor=actor)
            with pytest.raises(PermissionDeniedError):
                rotate_secret(session, "talent-portal", actor=actor, now=now)
            with pytest.raises(PermissionDeniedError):
                disable_client(session, "talent-portal", actor=actor, now=now)
    with (
        pytest.raises(ClientUnknownError),
        world.services.database.transaction() as session,
    ):
        disable_client(session, "nobody", actor=OPERATOR, now=now)
