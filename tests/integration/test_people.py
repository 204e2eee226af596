"""Who gets in, who may do what, and who may see which copy."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certsvc.certificates.extraction.service import (
    CopyUnknownError,
    fetch_file,
    get_copy,
    list_copies_of_holder,
    list_copies_of_unit,
)
from certsvc.demonstration.district import PASSWORD, POLICE
from certsvc.demonstration.people import make_residents
from certsvc.evidence.inquiries.service import (
    BasisMissingError,
    HolderNameInvalidError,
    ReplyContent,
    ReplyTooOldError,
    record_reply,
)
from certsvc.evidence.sources.facts import FactsContradictError, HolderMismatchError
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.events.records import EventRecord
from certsvc.people.accounts.service import authenticate, register_holder_account
from certsvc.people.rights.rules import (
    GRANTS,
    Actor,
    ForeignUnitError,
    Permission,
    PermissionDeniedError,
    Role,
    require,
)
from templates.errors import FieldsInvalidError
from tests.support.world import NOW, World

ALLOWED = {
    (Role.CLERK, Permission.ISSUE),
    (Role.CLERK, Permission.READ_UNIT_CERTIFICATES),
    (Role.CLERK, Permission.READ_RECORDS),
    (Role.CLERK, Permission.WITHDRAW_COPY),
    (Role.CLERK, Permission.READ_SOURCES),
    (Role.HANDLER, Permission.RECORD_REPLY),
    (Role.HANDLER, Permission.READ_RECORDS),
    (Role.HANDLER, Permission.CHANGE_RECORD),
    (Role.HANDLER, Permission.READ_SOURCES),
    (Role.SEAL_PROPOSER, Permission.PROPOSE_SEAL_CHANGE),
    (Role.SEAL_APPROVER, Permission.APPROVE_SEAL_CHANGE),
    (Role.SEAL_PROPOSER, Permission.READ_SEALS),
    (Role.SEAL_APPROVER, Permission.READ_SEALS),
    (Role.PACK_PROPOSER, Permission.PROPOSE_PACK),
    (Role.PACK_APPROVER, Permission.APPROVE_PACK),
    (Role.PACK_PROPOSER, Permission.READ_PACKS),
    (Role.PACK_APPROVER, Permission.READ_PACKS),
    (Role.HOLDER, Permission.READ_OWN_CERTIFICATES),
    (Role.MACHINE_OPERATOR, Permission.ISSUE),
    (Role.MACHINE_OPERATOR, Permission.READ_UNIT_CERTIFICATES),
    (Role.MACHINE_OPERATOR, Permission.KEEP_KEYS),
    (Role.MACHINE_OPERATOR, Permission.KEEP_CLIENTS),
    (Role.MACHINE_OPERATOR, Permission.LINK_IDENTITIES),
    (Role.MACHINE_OPERATOR, Permission.READ_SOURCES),
    (Role.MACHINE_OPERATOR, Permission.KEEP_JOBS),
    (Role.MACHINE_OPERATOR, Permission.READ_MEASURES),
    (Role.SYSTEM, Permission.READ_MEASURES),
    (Role.SYSTEM, Permission.READ_RECORDS),
    (Role.SYSTEM, Permission.WITHDRAW_COPY),
    (Role.PACK_PROPOSER, Permission.KEEP_JOBS),
    (Role.SYSTEM, Permission.ISSUE),
    (Role.SYSTEM, Permission.READ_UNIT_CERTIFICATES),
    (Role.SEAL_PROPOSER, Permission.APPROVE_KEY_CEREMONY),
    (Role.SEAL_APPROVER, Permission.APPROVE_KEY_CEREMONY),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_what_is_not_granted_is_denied(role: Role, permission: Permission) -> None:
    actor = Actor(id="someone", name="", roles=frozenset({role}))
    if (role, permission) in ALLOWED:
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


class TestCopies:
    @pytest.mark.both_engines
    @pytest.mark.duty("WF-E06-1")
    def test_the_holder_finds_and_fetches_their_own(self, world: World) -> None:
        issued = world.issue()
        holder = world.holder()
        with world.services.database.transaction() as session:
            (found,) = list_copies_of_holder(session, actor=holder, now=NOW).items
            digest = fetch_file(session, found.copy_number, actor=holder, now=NOW)
            entry = session.scalars(
                select(EventRecord).where(EventRecord.kind == "copy.fetched")
            ).one()
        assert (found.copy_number, digest) == (issued.copy_number, issued.sha256)
        assert entry.actor == holder.id
        assert world.services.store.get(digest).startswith(b"%PDF-")

    def test_another_holder_is_told_nothing(self, world: World) -> None:
        issued = world.issue()
        other = make_residents()[1]
        with world.services.database.transaction() as session:
            register_holder_account(
                session,
                holder=HolderCode(value=other.identity_number),
                name=other.name,
                password=PASSWORD,
            )
        token = world.log_in(other.identity_number, PASSWORD)
        with world.services.database.reading() as session:
            actor = authenticate(session, token=token, now=NOW)
            assert list_copies_of_holder(session, actor=actor, now=NOW).items == []
            with pytest.raises(CopyUnknownError):
                get_copy(session, issued.copy_number, actor=actor)

    def test_another_unit_is_told_nothing(self, world: World) -> None:
        issued = world.issue()
        stranger, own = world.staff("clerk.chen"), world.staff("clerk.wang")
        with world.services.database.transaction() as session:
            assert list_copies_of_unit(session, actor=stranger, now=NOW).items == []
            with pytest.raises(CopyUnknownError):
                get_copy(session, issued.copy_number, actor=stranger)
            (found,) = list_copies_of_unit(session, actor=own, now=NOW).items
            assert found.copy_number == issued.copy_number

    @pytest.mark.parametrize("login", ["handler.li", "seal.zhao", "seal.qian"])
    def test_other_duties_give_no_right_to_read(self, world: World, login: str) -> None:
        issued = world.issue()
        actor = world.staff(login)
        with world.services.database.transaction() as session:
            with pytest.raises(PermissionDeniedError):
                get_copy(session, issued.copy_number, actor=actor)
            with pytest.raises(PermissionDeniedError):
                list_copies_of_unit(session, actor=actor, now=NOW)

    def test_a_copy_that_is_none_is_nobodys(self, world: World) -> None:
        clerk = world.staff("clerk.wang")
        with (
            world.services.database.transaction() as session,
            pytest.raises(CopyUnknownError),
        ):
            get_copy(session, "0" * 20, actor=clerk)


FIELDS = {
    "name": "青小禾",
    "sex": "女",
    "birth_on": "1990-03-07",
    "id_type": "居民身份证",
    "id_number": make_residents()[0].identity_number,
    "period_from_on": "2006-03-07",
    "period_to_on": "2026-11-20",
    "result": "未发现有犯罪记录",
}


class TestReplies:
    def content(self, **changes: object) -> ReplyContent:
        values: dict[str, object] = {
            "type_code": "no-criminal-record",
            "holder": HolderCode(value=make_residents()[0].identity_number),
            "holder_name": "青小禾",
            "fields": dict(FIELDS),
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
            ({"fields": {}}, FieldsInvalidError),
            ({"fields": FIELDS | {"sex": "?"}}, FieldsInvalidError),
            ({"fields": FIELDS | {"name": "别人"}}, HolderMismatchError),
            ({"fields": FIELDS | {"sex": "男"}}, FactsContradictError),
            ({"fields": FIELDS | {"birth_on": "1990-03-08"}}, FactsContradictError),
            ({"fields": FIELDS | {"id_number": "990101198001010011"}}, HolderMismatchError),
        ],
    )
    def test_what_is_refused(
        self, world: World, changes: dict[str, object], expected: type[Exception]
    ) -> None:
        handler = world.staff("handler.li")
        with (
            world.services.database.transaction() as session,
            pytest.raises(expected),
        ):
            record_reply(
                session,
                content=self.content(**changes),
                packs=world.services.packs,
                actor=handler,
                now=NOW,
            )

    def test_only_a_handler_replies(self, world: World) -> None:
        clerk = world.staff("clerk.wang")
        with (
            world.services.database.transaction() as session,
            pytest.raises(PermissionDeniedError),
        ):
            record_reply(
                session,
                content=self.content(),
                packs=world.services.packs,
                actor=clerk,
                now=NOW,
            )

    @pytest.mark.both_engines
    def test_a_proof_does_not_rest_on_an_old_reply(self, world: World) -> None:
        handler = world.staff("handler.li")
        with world.services.database.transaction() as session:
            reply_id = record_reply(
                session,
                content=self.content(),
                packs=world.services.packs,
                actor=handler,
                now=NOW,
            )
        world.clock.advance(timedelta(days=30))
        assert world.issue(reply_id=reply_id).sha256
        world.clock.advance(timedelta(days=1))
        with pytest.raises(ReplyTooOldError):
            world.issue(reply_id=reply_id)

    def test_the_handler_belongs_to_the_producing_unit(self, world: World) -> None:
        assert world.staff("handler.li").unit_code == POLICE
