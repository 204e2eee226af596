"""Ending a record for good: one person proposes, another one of the unit decides; both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certsvc.certificates.records.changes import ChangeRequest
from certsvc.certificates.records.endings import (
    TWO_PEOPLE,
    decide_ending,
    find_waiting,
    request_change,
    show_possible_ending,
)
from certsvc.certificates.records.errors import EndingUnknownError, RecordUnknownError
from certsvc.certificates.records.history import find_by_identifier, state_now
from certsvc.certificates.records.records import RecordChange, RecordChangeProposal
from certsvc.certificates.records.rules import ReasonCode, RecordAction
from certsvc.foundation.approvals.rules import (
    Decision,
    Outcome,
    OwnProposalError,
    ProposalExpiredError,
    ProposalPendingError,
)
from certsvc.foundation.approvals.shown import ChangedSinceShownError
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.people.rights.rules import PermissionDeniedError
from tests.support.world import World

LI, QIN = "handler.li", "handler.qin"


def ask(
    world: World, identifier: str, action: RecordAction, *, takes_two: bool = True, login: str = LI
) -> RecordChange | RecordChangeProposal:
    reason_code = (
        ReasonCode.UNDER_REVIEW if action is RecordAction.SUSPEND else ReasonCode.FACTS_WRONG
    )
    wanted = ChangeRequest(
        identifier=identifier, action=action, reason_code=reason_code, reason="档案登记有误"
    )
    actor, now = world.staff(login), world.clock.now()
    with world.services.database.transaction() as session:
        return request_change(session, wanted, takes_two=takes_two, actor=actor, now=now)


def shown(world: World, identifier: str, login: str = QIN) -> str:
    with world.services.database.reading() as session:
        actor, now = world.staff(login), world.clock.now()
        return show_possible_ending(session, identifier, actor=actor, now=now).digest


def decide(world: World, identifier: str, decision: Decision, login: str = QIN) -> None:
    actor, now = world.staff(login), world.clock.now()
    with world.services.database.transaction() as session:
        decide_ending(session, identifier, decision, actor=actor, now=now)


def approve(world: World, identifier: str, digest: str, login: str = QIN) -> None:
    decision = Decision(outcome=Outcome.APPROVED, reason="已核对档案", shown=digest)
    decide(world, identifier, decision, login)


def state(world: World, identifier: str) -> str:
    with world.services.database.reading() as session:
        record, _ = find_by_identifier(session, identifier)
        assert record is not None
        return str(state_now(record, world.clock.now()))


@pytest.mark.both_engines
def test_it_takes_another_person_who_saw_all_of_it(world: World) -> None:
    identifier = world.issue().identifier
    assert isinstance(ask(world, identifier, RecordAction.REVOKE), RecordChangeProposal)
    assert state(world, identifier) == "issued"
    with pytest.raises(ProposalPendingError):
        ask(world, identifier, RecordAction.REVOKE, login=QIN)
    digest = shown(world, identifier)
    with pytest.raises(OwnProposalError):
        approve(world, identifier, digest, LI)
    for login, error in (
        ("clerk.wang", PermissionDeniedError),
        ("handler.sun", RecordUnknownError),
    ):
        with pytest.raises(error):
            approve(world, identifier, digest, login)
    ask(world, identifier, RecordAction.SUSPEND)
    with pytest.raises(ChangedSinceShownError):
        approve(world, identifier, digest)
    approve(world, identifier, shown(world, identifier))
    assert state(world, identifier) == "revoked"
    with pytest.raises(EndingUnknownError):
        shown(world, identifier)
    with world.services.database.reading() as session:
        kinds = session.scalars(
            select(EventRecord.kind)
            .where(EventRecord.subject == identifier)
            .order_by(EventRecord.id)
        ).all()
    assert kinds[-4:] == [
        "record.ending-proposed",
        "record.suspended",
        "record.revoked",
        "record.ending-approved",
    ]


def test_what_can_be_undone_takes_one_and_so_does_all_where_it_is_set(sqlite_world: World) -> None:
    world = sqlite_world
    first, second = world.issue(), world.issue(purpose="另一用途")
    assert isinstance(ask(world, first.identifier, RecordAction.SUSPEND), RecordChange)
    ended = ask(world, second.identifier, RecordAction.REVOKE, takes_two=False)
    assert isinstance(ended, RecordChange)
    assert {RecordAction.REVOKE, RecordAction.CANCEL} == TWO_PEOPLE


def test_a_week_later_and_after_the_records_end_it_is_too_late(sqlite_world: World) -> None:
    world = sqlite_world
    first, second = world.issue(), world.issue(purpose="另一用途")
    for each in (first, second):
        ask(world, each.identifier, RecordAction.REVOKE)
    digest = shown(world, first.identifier)
    ask(world, second.identifier, RecordAction.REVOKE, takes_two=False)
    with pytest.raises(TransitionRefusedError):
        shown(world, second.identifier)
    world.clock.advance(timedelta(days=7, seconds=1))
    with pytest.raises(ProposalExpiredError):
        approve(world, first.identifier, digest)
    assert state(world, first.identifier) == "issued"
    again = ask(world, first.identifier, RecordAction.REVOKE)
    assert isinstance(again, RecordChangeProposal), "what expired holds nothing up"


def test_a_rejected_proposal_changes_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    identifier = world.issue().identifier
    ask(world, identifier, RecordAction.REVOKE)
    decide(world, identifier, Decision(outcome=Outcome.REJECTED, reason="证据不足"))
    ask(world, identifier, RecordAction.REVOKE)
    decide(world, identifier, Decision(outcome=Outcome.WITHDRAWN), LI)
    assert state(world, identifier) == "issued"
    with world.services.database.reading() as session:
        record, _ = find_by_identifier(session, identifier)
        assert record is not None
        assert find_waiting(session, record) is None
