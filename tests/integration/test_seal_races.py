"""Two at once, on both databases: one decision, one use, whoever is faster."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.district import BIG_DATA_BUREAU, PASSWORD
from certsvc.foundation.approvals.rules import (
    OwnProposalError,
    ProposalPendingError,
    ProposalUnknownError,
)
from certsvc.foundation.errors import CertsvcError
from certsvc.people.accounts.records import StaffMember, StaffRole
from certsvc.people.accounts.service import register_staff, staff_actor
from certsvc.people.rights.rules import Actor, PermissionDeniedError, Role
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.errors import AuthorisationSpentError
from certsvc.sealing.register.history import list_changes
from certsvc.sealing.register.records import SealChange
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.service import (
    SealPurpose,
    SealUseRequest,
    authorise_use,
    redeem_authorisation,
)
from certsvc.sealing.uses.uses import UseSearch, find_uses
from tests.support.deciding import reject_change, withdraw_change
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
DONE = "done"
Act = Callable[[Session], object]


def at_once(world: World, acts: Sequence[Act]) -> Counter[str]:
    """Let each act happen in a transaction of its own, all beginning together; what came of it."""
    together = Barrier(len(acts), timeout=60)

    def attempt(act: Act) -> str:
        together.wait()
        try:
            with world.services.database.transaction() as session:
                act(session)
        except CertsvcError as refused:
            return refused.code
        return DONE

    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(attempt, acts))


def proposed(world: World) -> int:
    with world.services.database.transaction() as session:
        actor = staff_actor(session, "seal.zhao")
        change = propose_change(
            session, seal_id=SEAL, action=SealAction.STOP, reason="例行", actor=actor, now=NOW
        )
    return change.id


def add_approver(world: World, login: str, person_id: str) -> None:
    with world.services.database.transaction() as session:
        register_staff(
            session,
            login=login,
            name="审批人（演示）",
            person_id=person_id,
            unit_code=BIG_DATA_BUREAU,
            password=PASSWORD,
            roles=frozenset({Role.SEAL_APPROVER}),
        )


def decided(world: World) -> list[SealChange]:
    with world.services.database.reading() as session:
        return [each for each in list_changes(session, SEAL) if each.action == "stop"]


def approval(world: World, change_id: int, login: str) -> Act:
    return lambda session: world.approve(
        session,
        change_id=change_id,
        reason="同意",
        actor=staff_actor(session, login),
        now=NOW,
    )


def test_of_many_approvals_at_once_one_counts(world: World) -> None:
    change_id = proposed(world)
    for number in range(4):
        add_approver(world, f"approver-{number}", f"person-{number}")
    logins = ["seal.qian", *(f"approver-{number}" for number in range(4))]
    came = at_once(world, [approval(world, change_id, login) for login in logins])
    assert came == {DONE: 1, ProposalUnknownError.code: 4}
    (change,) = decided(world)
    assert change.approved_at is not None
    assert change.state_after == "stopped"


def test_of_approval_withdrawal_and_rejection_one_counts(world: World) -> None:
    change_id = proposed(world)
    add_approver(world, "approver-0", "person-0")
    came = at_once(
        world,
        [
            approval(world, change_id, "seal.qian"),
            lambda session: withdraw_change(
                session, change_id=change_id, actor=staff_actor(session, "seal.zhao"), now=NOW
            ),
            lambda session: reject_change(
                session,
                change_id=change_id,
                reason="不同意",
                actor=staff_actor(session, "approver-0"),
                now=NOW,
            ),
        ],
    )
    assert came == {DONE: 1, ProposalUnknownError.code: 2}
    (change,) = decided(world)
    assert change.proposal is not None
    assert (change.approved_at is not None) is (change.proposal.outcome == "approved")


def test_of_many_proposals_at_once_one_waits(world: World) -> None:
    came = at_once(
        world,
        [
            lambda session: propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.STOP,
                reason="例行",
                actor=staff_actor(session, "seal.zhao"),
                now=NOW,
            )
        ]
        * 5,
    )
    assert came == {DONE: 1, ProposalPendingError.code: 4}


def test_what_was_withdrawn_and_proposed_anew_is_approved_anew(world: World) -> None:
    """An approver who read the first proposal does not approve the second with it."""
    first = proposed(world)
    with world.services.database.transaction() as session:
        withdraw_change(session, change_id=first, actor=staff_actor(session, "seal.zhao"), now=NOW)
    second = proposed(world)
    assert at_once(world, [approval(world, first, "seal.qian")]) == {ProposalUnknownError.code: 1}
    assert at_once(world, [approval(world, second, "seal.qian")]) == {DONE: 1}


def test_whoever_changes_sides_does_not_approve_what_they_proposed(world: World) -> None:
    change_id = proposed(world)
    with world.services.database.transaction() as session:
        account = session.get_one(StaffMember, "seal.zhao")
        account.roles = [StaffRole(login=account.login, role=Role.SEAL_APPROVER.value)]
    add_approver(world, "zhao.second", world.staff("seal.zhao").person_id or "")
    logins = ("seal.zhao", "zhao.second")
    came = at_once(world, [approval(world, change_id, login) for login in logins])
    assert came == {OwnProposalError.code: 2}


def test_who_lost_the_role_decides_nothing_more(world: World) -> None:
    change_id = proposed(world)
    with world.services.database.transaction() as session:
        session.get_one(StaffMember, "seal.qian").roles = []
    came = at_once(world, [approval(world, change_id, "seal.qian")])
    assert came == {PermissionDeniedError.code: 1}


def test_an_authorisation_is_spent_once_whoever_tries(world: World) -> None:
    world.issue()
    with world.services.database.transaction() as session:
        record = session.scalars(select(CertificateRecord)).one()
        copy = session.scalars(select(Extraction)).one()
        purpose = SealPurpose(
            route=Route(record.route),
            type_code=record.type_code,
            unit_code=copy.extracting_unit_code,
        )
        request = SealUseRequest(
            record_id=record.id,
            copy_number=copy.copy_number,
            purpose=purpose,
            seal_id=SEAL,
            document_sha256="a" * 64,
            not_after=NOW + timedelta(minutes=1),
        )
        spent = authorise_use(session, request, now=NOW).id
    came = at_once(
        world,
        [
            lambda session: redeem_authorisation(
                session, authorisation_id=spent, document_sha256="a" * 64, now=NOW
            )
        ]
        * 8,
    )
    assert came == {DONE: 1, AuthorisationSpentError.code: 7}


@pytest.mark.parametrize("reason", ["", " \t\n", "\u200b", "\u202e同意", "a\x00b", "字" * 501])
def test_no_decision_without_words_that_can_be_read(sqlite_world: World, reason: str) -> None:
    change_id = proposed(sqlite_world)
    for decide in (sqlite_world.approve, reject_change):
        came = at_once(
            sqlite_world,
            [
                lambda session, decide=decide: decide(  # type: ignore[misc]  # bound at once
                    session,
                    change_id=change_id,
                    reason=reason,
                    actor=staff_actor(session, "seal.qian"),
                    now=NOW,
                )
            ],
        )
        assert came == {"approvals.reason-missing": 1}


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.MACHINE_OPERATOR, Role.HOLDER, Role.CLERK])
def test_nobody_else_s_role_touches_the_register(sqlite_world: World, role: Role) -> None:
    """A system with every scope, and whoever owns the machine, are nobody here."""
    change_id = proposed(sqlite_world)
    other = Actor(
        id="client:approvals", name="系统", roles=frozenset({role}), unit_code=BIG_DATA_BUREAU
    )
    for attempt in (
        lambda session: propose_change(
            session, seal_id=SEAL, action=SealAction.STOP, reason="例行", actor=other, now=NOW
        ),
        lambda session: sqlite_world.approve(
            session, change_id=change_id, reason="同意", actor=other, now=NOW
        ),
        lambda session: reject_change(
            session, change_id=change_id, reason="同意", actor=other, now=NOW
        ),
        lambda session: withdraw_change(session, change_id=change_id, actor=other, now=NOW),
        lambda session: find_uses(session, UseSearch(), actor=other),
    ):
        assert at_once(sqlite_world, [attempt]) == {PermissionDeniedError.code: 1}
