"""Proposals and decisions: an area of a few lines, and what the database itself refuses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from typing_extensions import override

from certsvc.foundation.approvals import service as approvals
from certsvc.foundation.approvals.records import Confirmation, Proposal
from certsvc.foundation.approvals.rules import (
    PROPOSAL_LIFETIME,
    Decision,
    ForeignProposalError,
    Outcome,
    OwnProposalError,
    ProposalExpiredError,
    ProposalPendingError,
    ProposalUnknownError,
    ReasonMissingError,
    Signatory,
)
from certsvc.foundation.approvals.shown import (
    ChangedSinceShownError,
    NotShownError,
    digest_of_shown,
)
from certsvc.foundation.approvals.standing import standing
from certsvc.foundation.errors import CertsvcError
from tests.support.world import NOW, World

LATE = NOW + PROPOSAL_LIFETIME + timedelta(seconds=1)


@dataclass(frozen=True)
class ShownLimit:
    """What whoever decides sees."""

    limit: int

    @property
    def digest(self) -> str:
        return digest_of_shown("limit/1", {"limit": self.limit})


class Limit(approvals.Decidable[ShownLimit]):
    """A setting that two people decide: all that an area needs to have."""

    kind = "limit"

    def __init__(self, wanted: int) -> None:
        self.wanted, self.in_force = wanted, 0
        self.steps: list[str] = []

    @override
    def read(self, session: Session, now: datetime) -> ShownLimit:
        return ShownLimit(self.wanted)

    @override
    def take_effect(self, session: Session, whole: ShownLimit, now: datetime) -> None:
        self.in_force = whole.limit

    @override
    def log(
        self, session: Session, step: str, proposal: Proposal, account: str, now: datetime
    ) -> None:
        self.steps.append(f"{account.removeprefix('staff:')} {step}")


def who(world: World, login: str) -> Signatory:
    actor = world.staff(login)
    return Signatory(account=actor.id, person=str(actor.person_id))


@pytest.fixture
def zhao(world: World) -> Signatory:
    return who(world, "seal.zhao")


@pytest.fixture
def qian(world: World) -> Signatory:
    return who(world, "seal.qian")


def propose(session: Session, by: Signatory, *, needed: int = 1, now: datetime = NOW) -> Proposal:
    return approvals.propose(
        session, "limit", "all", reason="  太 少\n", by=by, now=now, needed=needed
    )


def decide(
    session: Session,
    limit: Limit,
    proposal: Proposal,
    decision: Decision,
    by: Signatory,
    now: datetime = NOW,
) -> Proposal:
    return approvals.decide(session, limit, proposal.id, decision, by=by, now=now)


def approve(
    session: Session, limit: Limit, proposal: Proposal, by: Signatory, now: datetime = NOW
) -> Proposal:
    shown = limit.read(session, now).digest
    decision = Decision(outcome=Outcome.APPROVED, reason="同意", shown=shown)
    return decide(session, limit, proposal, decision, by, now)


def reject(
    session: Session, limit: Limit, proposal: Proposal, reason: str, by: Signatory, now: datetime
) -> Proposal:
    decision = Decision(outcome=Outcome.REJECTED, reason=reason)
    return decide(session, limit, proposal, decision, by, now)


def withdraw(
    session: Session, limit: Limit, proposal: Proposal, by: Signatory, now: datetime
) -> Proposal:
    decision = Decision(outcome=Outcome.WITHDRAWN)
    return decide(session, limit, proposal, decision, by, now)


def test_one_proposes_another_decides(world: World, zhao: Signatory, qian: Signatory) -> None:
    limit = Limit(5)
    with world.services.database.transaction() as session:
        proposal = propose(session, zhao)
        assert (proposal.reason, standing(proposal, NOW)) == ("太 少", "waiting")
        same_person = Signatory(account="staff:zhao.second", person=zhao.person)
        same_account = Signatory(account=zhao.account, person="another")
        for one in (zhao, same_person, same_account):
            with pytest.raises(OwnProposalError):
                approve(session, limit, proposal, one)
            with pytest.raises(OwnProposalError):
                reject(session, limit, proposal, "不", one, NOW)
        assert approve(session, limit, proposal, qian).shown_sha256 == ShownLimit(5).digest
        with pytest.raises(ProposalUnknownError):
            approve(session, limit, proposal, qian)
    assert (limit.in_force, limit.steps) == (5, ["seal.qian approved"])
    assert standing(proposal, LATE) == Outcome.APPROVED


def test_what_is_approved_is_what_was_shown(world: World, zhao: Signatory, qian: Signatory) -> None:
    limit = Limit(5)
    with world.services.database.transaction() as session:
        proposal = propose(session, zhao)
        for shown, refusal in (
            (ShownLimit(6).digest, ChangedSinceShownError),
            ("", NotShownError),
        ):
            with pytest.raises(refusal):
                decide(
                    session,
                    limit,
                    proposal,
                    Decision(outcome=Outcome.APPROVED, reason="同意", shown=shown),
                    qian,
                )
        with pytest.raises(ReasonMissingError):
            decide(
                session,
                limit,
                proposal,
                Decision(outcome=Outcome.APPROVED, reason=" ", shown="0" * 64),
                qian,
            )
    assert (limit.in_force, limit.steps, proposal.outcome) == (0, [], None)


def test_it_ends_after_a_week_and_blocks_nothing(
    world: World, zhao: Signatory, qian: Signatory
) -> None:
    limit = Limit(5)
    with world.services.database.transaction() as session:
        first = propose(session, zhao)
        with pytest.raises(ProposalPendingError):
            propose(session, qian, now=NOW + PROPOSAL_LIFETIME)
        with pytest.raises(ProposalExpiredError):
            approve(session, limit, first, qian, LATE)
        assert standing(first, LATE) == Outcome.EXPIRED
        second = propose(session, qian, now=LATE)
        assert (first.outcome, first.decided_by, first.decided_at) == ("expired", None, LATE)
        with pytest.raises(ForeignProposalError):
            withdraw(session, limit, second, zhao, LATE)
        withdraw(session, limit, second, qian, LATE)
        third = propose(session, zhao, now=LATE)
        reject(session, limit, third, "不妥", qian, LATE)
    assert limit.steps == ["seal.qian withdrawn", "seal.qian rejected"]


def test_three_people_are_three(world: World, zhao: Signatory, qian: Signatory) -> None:
    limit, sun = Limit(5), who(world, "pack.sun")
    with world.services.database.transaction() as session:
        proposal = propose(session, zhao, needed=2)
        approve(session, limit, proposal, qian)
        assert (limit.in_force, proposal.outcome) == (0, None)
        for one in (qian, Signatory(account="staff:qian.second", person=qian.person)):
            with pytest.raises(OwnProposalError):
                approve(session, limit, proposal, one)
        approve(session, limit, proposal, sun)
    assert limit.in_force == 5
    assert limit.steps == ["seal.qian confirmed", "pack.sun approved"]


def at_once(attempts: list[Callable[[], object]]) -> list[str]:
    barrier = Barrier(len(attempts))

    def run(attempt: Callable[[], object]) -> str:
        barrier.wait(30)
        try:
            attempt()
        except CertsvcError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(len(attempts)) as threads:
        return sorted(threads.map(run, attempts))


def test_of_several_at_once_one_waits_and_one_is_decided(
    world: World, zhao: Signatory, qian: Signatory
) -> None:
    database, limit = world.services.database, Limit(5)

    def begin() -> None:
        with database.transaction() as session:
            propose(session, zhao)

    assert at_once([begin] * 4) == ["approvals.pending"] * 3 + ["done"]
    with database.reading() as session:
        proposal = session.scalars(select(Proposal).where(Proposal.kind == "limit")).one()

    def agree() -> None:
        with database.transaction() as session:
            approve(session, limit, proposal, qian)

    def refuse() -> None:
        with database.transaction() as session:
            reject(session, limit, proposal, "不", qian, NOW)

    assert at_once([agree, refuse, agree]) == ["approvals.unknown"] * 2 + ["done"]
    assert len(limit.steps) == 1


APPROVAL = {"outcome": "approved", "decided_at": NOW, "decision_reason": "同意"}
APPROVAL |= {"shown_sha256": "0" * 64}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"decided_by": "staff:seal.zhao"}, "two_people|nobody of the staff"),
        ({"decided_person": "zhao"}, "two_people|nobody of the staff"),
        ({"outcome": "withdrawn"}, "two_people"),
        ({"outcome": "expired"}, "decision_whole"),
        ({"outcome": "lost"}, "ck_proposals_outcome"),
        ({"decided_by": None, "decided_person": None}, "decision_whole|two_people"),
        ({"decided_at": None}, "decision_whole|in_time"),
        ({"decided_at": LATE}, "in_time"),
        ({"decided_by": "staff:nobody"}, "nobody of the staff"),
        ({"decided_person": "invented"}, "nobody of the staff"),
        ({"decision_reason": " "}, "lacks the reason"),
        ({"outcome": "rejected", "decision_reason": None}, "lacks the reason"),
        ({"shown_sha256": None}, "lacks what was shown"),
        ({"reason": "别的"}, "append-only"),
        ({"expires_at": LATE}, "append-only"),
        ({"needed": 2}, "append-only|lacks people"),
    ],
    ids=str,
)
def test_the_database_refuses_half_a_decision(
    world: World, zhao: Signatory, qian: Signatory, values: dict[str, object], words: str
) -> None:
    with world.services.database.transaction() as session:
        proposal = propose(session, zhao)
    whole = APPROVAL | {"decided_by": qian.account, "decided_person": qian.person}

    def decide(row: dict[str, object]) -> None:
        with world.services.database.transaction() as session:
            session.execute(update(Proposal).where(Proposal.id == proposal.id).values(row))

    with pytest.raises(IntegrityError, match=words):
        decide(whole | values)
    decide(whole)
    with pytest.raises(IntegrityError, match="append-only"):
        decide({"decision_reason": "别的"})


def test_the_database_counts_the_people(world: World, zhao: Signatory, qian: Signatory) -> None:
    database, sun = world.services.database, who(world, "pack.sun")
    with database.transaction() as session:
        proposal = propose(session, zhao, needed=2)

    def confirm(by: Signatory) -> None:
        row = {"proposal_id": proposal.id, "at": NOW}
        row |= {"confirmed_by": by.account, "confirmed_person": by.person}
        with database.transaction() as session:
            session.execute(insert(Confirmation).values(row))

    def decide(by: Signatory) -> None:
        row = APPROVAL | {"decided_by": by.account, "decided_person": by.person}
        with database.transaction() as session:
            session.execute(update(Proposal).where(Proposal.id == proposal.id).values(row))

    with pytest.raises(IntegrityError, match="lacks people"):
        decide(qian)
    with pytest.raises(IntegrityError, match="another person"):
        confirm(zhao)
    confirm(qian)
    with pytest.raises(IntegrityError, match="another person|nobody of the staff"):
        confirm(Signatory(account=qian.account, person=sun.person))
    with pytest.raises(IntegrityError, match="lacks people"):
        decide(qian)
    decide(sun)
    with pytest.raises(IntegrityError, match="another person"):
        confirm(who(world, "pack.zhou"))


def test_the_database_lets_one_wait(world: World, zhao: Signatory) -> None:
    with world.services.database.transaction() as session:
        propose(session, zhao)
    row = {"kind": "limit", "subject": "all", "reason": "再", "needed": 1, "proposed_at": NOW}
    row |= {"proposed_by": zhao.account, "proposed_person": zhao.person, "expires_at": LATE}
    for values in (row, row | {"subject": "b"} | APPROVAL | {"decided_by": "x"}):
        with (
            pytest.raises(IntegrityError),
            world.services.database.transaction() as session,
        ):
            session.execute(insert(Proposal).values(values))
