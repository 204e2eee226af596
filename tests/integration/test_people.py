"""Who gets in, who may do what, and who may see which copy."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from certsvc.codes.holder import HolderCode
from certsvc.demonstration.district import PASSWORD, POLICE
from certsvc.demonstration.people import make_residents
from certsvc.extraction.service import (
    CopyUnknownError,
    fetch_file,
    get_copy,
    list_copies_of_holder,
    list_copies_of_unit,
)
from certsvc.inquiries.service import (
    BasisMissingError,
    HolderNameInvalidError,
    ReplyContent,
    record_reply,
)
from certsvc.organisations.rules import (
    GRANTS,
    Actor,
    ForeignUnitError,
    Permission,
    PermissionDeniedError,
    Role,
    require,
)
from certsvc.organisations.service import (
    LOG_IN_LIFETIME,
    LogInLockedError,
    NotLoggedInError,
    authenticate,
    log_in,
    log_out,
    register_holder_account,
)
from certsvc.transparency.records import LogEntry
from tests.support.world import NOW, World


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_what_is_not_granted_is_denied(role: Role, permission: Permission) -> None:
    actor = Actor(id="someone", name="", roles=frozenset({role}))
    if permission in GRANTS[role]:
        require(actor, permission)
    else:
        with pytest.raises(PermissionDeniedError):
            require(actor, permission)


def test_whoever_has_no_role_may_do_nothing() -> None:
    for permission in Permission:
        with pytest.raises(PermissionDeniedError):
            require(Actor(id="someone", name="", roles=frozenset()), permission)


def test_nobody_both_proposes_and_approves_by_one_role() -> None:
    both = {Permission.PROPOSE_SEAL_CHANGE, Permission.APPROVE_SEAL_CHANGE}
    assert [role for role, granted in GRANTS.items() if both <= granted] == []


class TestLogIn:
    def test_a_token_stands_for_its_bearer_until_it_ends(self, world: World) -> None:
        with world.services.database.transaction() as session:
            token = log_in(session, name="clerk.wang", password=PASSWORD, now=NOW)
            assert token is not None
            assert authenticate(session, token=token, now=NOW).id == "staff:clerk.wang"
            with pytest.raises(NotLoggedInError):
                authenticate(session, token=token, now=NOW + LOG_IN_LIFETIME)
            log_out(session, token)
            with pytest.raises(NotLoggedInError):
                authenticate(session, token=token, now=NOW)

    @pytest.mark.parametrize(
        ("name", "password"),
        [("clerk.wang", "wrong"), ("nobody", PASSWORD), ("", ""), ("clerk.wang", "\0" * 1000)],
    )
    def test_wrong_is_refused(self, sqlite_world: World, name: str, password: str) -> None:
        with sqlite_world.services.database.transaction() as session:
            assert log_in(session, name=name, password=password, now=NOW) is None

    def test_neither_token_nor_password_is_stored(self, sqlite_world: World) -> None:
        with sqlite_world.services.database.transaction() as session:
            token = log_in(session, name="clerk.wang", password=PASSWORD, now=NOW)
            kept = str(session.execute(text("SELECT * FROM log_ins")).all())
            kept += str(session.execute(text("SELECT * FROM staff")).all())
        assert str(token) not in kept
        assert PASSWORD not in kept
        assert "$argon2id$" in kept

    def test_five_wrong_passwords_lock_for_a_while(self, world: World) -> None:
        for _ in range(5):
            with world.services.database.transaction() as session:
                assert log_in(session, name="clerk.wang", password="wrong", now=NOW) is None
        with world.services.database.transaction() as session:
            with pytest.raises(LogInLockedError):
                log_in(session, name="clerk.wang", password=PASSWORD, now=NOW)
            later = NOW + timedelta(minutes=16)
            assert log_in(session, name="clerk.wang", password=PASSWORD, now=later)

    def test_the_right_password_forgets_the_failures(self, sqlite_world: World) -> None:
        for password in ("wrong", "wrong", "wrong", "wrong", PASSWORD, "wrong", PASSWORD):
            with sqlite_world.services.database.transaction() as session:
                token = log_in(session, name="clerk.wang", password=password, now=NOW)
            assert (token is not None) == (password == PASSWORD)


class TestCopies:
    @pytest.mark.duty("WF-E06-1")
    def test_the_holder_finds_and_fetches_their_own(self, world: World) -> None:
        issued = world.issue()
        holder = world.holder()
        with world.services.database.transaction() as session:
            (found,) = list_copies_of_holder(session, actor=holder)
            digest = fetch_file(session, found.copy_number, actor=holder, now=NOW)
            entry = session.get_one(LogEntry, 2)
        assert (found.copy_number, digest) == (issued.copy_number, issued.sha256)
        assert (entry.kind, entry.actor) == ("copy.fetched", holder.id)
        assert world.services.store.get(digest).startswith(b"%PDF-")

    def test_another_holder_is_told_nothing(self, sqlite_world: World) -> None:
        issued = sqlite_world.issue()
        other = make_residents()[1]
        with sqlite_world.services.database.transaction() as session:
            register_holder_account(
                session,
                holder=HolderCode(value=other.identity_number),
                name=other.name,
                password=PASSWORD,
            )
            token = log_in(session, name=other.identity_number, password=PASSWORD, now=NOW)
            actor = authenticate(session, token=str(token), now=NOW)
            assert list_copies_of_holder(session, actor=actor) == []
            with pytest.raises(CopyUnknownError):
                get_copy(session, issued.copy_number, actor=actor)

    def test_another_unit_is_told_nothing(self, sqlite_world: World) -> None:
        issued = sqlite_world.issue()
        stranger, own = sqlite_world.staff("clerk.chen"), sqlite_world.staff("clerk.wang")
        with sqlite_world.services.database.transaction() as session:
            assert list_copies_of_unit(session, actor=stranger) == []
            with pytest.raises(CopyUnknownError):
                get_copy(session, issued.copy_number, actor=stranger)
            assert [c.copy_number for c in list_copies_of_unit(session, actor=own)] == [
                issued.copy_number
            ]

    @pytest.mark.parametrize("login", ["handler.li", "seal.zhao", "seal.qian"])
    def test_other_duties_give_no_right_to_read(self, sqlite_world: World, login: str) -> None:
        issued = sqlite_world.issue()
        actor = sqlite_world.staff(login)
        with sqlite_world.services.database.transaction() as session:
            with pytest.raises(PermissionDeniedError):
                get_copy(session, issued.copy_number, actor=actor)
            with pytest.raises(PermissionDeniedError):
                list_copies_of_unit(session, actor=actor)

    def test_a_copy_that_is_none_is_nobodys(self, sqlite_world: World) -> None:
        clerk = sqlite_world.staff("clerk.wang")
        with (
            sqlite_world.services.database.transaction() as session,
            pytest.raises(CopyUnknownError),
        ):
            get_copy(session, "0" * 20, actor=clerk)


class TestReplies:
    def content(self, **changes: object) -> ReplyContent:
        values: dict[str, object] = {
            "type_code": "no-criminal-record",
            "holder": HolderCode(value="990101199003070023"),
            "holder_name": "青小禾",
            "fields": {},
            "basis": "档案",
        }
        return ReplyContent(**(values | changes))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"basis": "  "}, BasisMissingError),
            ({"basis": "长" * 501}, BasisMissingError),
            ({"holder_name": " "}, HolderNameInvalidError),
            ({"type_code": "social-insurance"}, ForeignUnitError),
        ],
    )
    def test_what_is_refused(
        self, sqlite_world: World, changes: dict[str, object], expected: type[Exception]
    ) -> None:
        handler = sqlite_world.staff("handler.li")
        with (
            sqlite_world.services.database.transaction() as session,
            pytest.raises(expected),
        ):
            record_reply(session, content=self.content(**changes), actor=handler, now=NOW)

    def test_only_a_handler_replies(self, sqlite_world: World) -> None:
        clerk = sqlite_world.staff("clerk.wang")
        with (
            sqlite_world.services.database.transaction() as session,
            pytest.raises(PermissionDeniedError),
        ):
            record_reply(session, content=self.content(), actor=clerk, now=NOW)

    def test_the_handler_belongs_to_the_producing_unit(self, sqlite_world: World) -> None:
        assert sqlite_world.staff("handler.li").unit_code == POLICE
