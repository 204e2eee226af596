"""What was proposed and decided before proposals had one table moves there."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from certsvc.foundation.approvals.rules import PROPOSAL_LIFETIME
from certsvc.foundation.db.migrate import migrate
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.history import get_state_in_force
from certsvc.sealing.register.limits import stop_if_due
from certsvc.sealing.register.rules import SealAction, SealState
from tests.integration.test_custody import OPERATOR, office_of, read_ceremony
from tests.integration.test_custody import approve as approve_ceremony
from tests.integration.test_custody import person as officer
from tests.integration.test_migrations import changed_by, contents, go, revision_before
from tests.support import pack_versions as packs
from tests.support.batches import row, send
from tests.support.deciding import reject_change, withdraw_change
from tests.support.world import World

SEAL, OTHER = "data-sharing-seal", "department-verification-seal"
MOVED = ("proposals", "proposal_confirmations", "seal_changes", "pack_versions")
LATER = ("source_calls", "event_positions")
"""Written whenever somebody comes to it."""
MINUTE = timedelta(minutes=1)


def propose(world: World, action: SealAction, seal_id: str = SEAL) -> int:
    with world.services.database.transaction() as session:
        return propose_change(
            session,
            seal_id=seal_id,
            action=action,
            reason="例行",
            actor=world.staff("seal.zhao"),
            now=world.clock.now(),
        ).id


def decide_some(world: World) -> None:
    """Let every kind of end happen to a proposal, and the system stop a seal."""
    with world.services.database.transaction() as session:
        world.clock.advance(MINUTE)
    world.rescope_seal(SEAL, total_limit=1)
    world.issue()
    with world.services.database.transaction() as session:
        stop_if_due(session, SEAL, now=world.clock.now())
        assert get_state_in_force(session, SEAL) is SealState.STOPPED
    zhao, qian = world.staff("seal.zhao"), world.staff("seal.qian")
    rejected = propose(world, SealAction.STOP, OTHER)
    with world.services.database.transaction() as session:
        reject_change(session, change_id=rejected, reason="不妥", actor=qian, now=world.clock.now())
    withdrawn = propose(world, SealAction.CANCEL, OTHER)
    with world.services.database.transaction() as session:
        withdraw_change(session, change_id=withdrawn, actor=zhao, now=world.clock.now())
    propose(world, SealAction.STOP, OTHER)  # nobody decides, and it is overtaken
    packs.propose(world, packs.changed_pack(version="8"))
    world.clock.advance(PROPOSAL_LIFETIME + MINUTE)


@pytest.mark.both_engines
def test_what_was_proposed_and_decided_moves_and_is_decided(world: World, tmp_path: Path) -> None:
    services = world.services
    decide_some(world)
    change = propose(world, SealAction.CANCEL, OTHER)
    today = world.clock.now().date()
    version = packs.propose(world, packs.changed_pack(), effective_on=today).id
    ceremony, performed = (read_ceremony(tmp_path, number=number) for number in ("1", "2"))
    approve_ceremony(world, ceremony, actor=officer(world, "seal.zhao"))
    for login in performed.approvers:
        approve_ceremony(world, performed, actor=officer(world, login))
    batch = send(world, [row(1)], idempotency_key="waits").id
    world.check_log()  # what is recorded is delivered, so that nothing moves by itself
    before = contents(services.database)

    go(services.database, revision_before("approvals"), up=False)
    former = contents(services.database)
    check_former(former, change)
    migrate(services.database, services.hidden_keys.hide)

    after = contents(services.database)
    assert simple(after) == simple(before)
    assert changed_by((before, former, after)) <= {*MOVED, *LATER}
    assert any(each["id"] == batch for each in after["batches"])
    decide_the_rest(world, change, version)
    with pytest.raises(Exception, match="ceremony-unapproved"):
        office_of(world).perform(ceremony, actor=OPERATOR)
    approve_ceremony(world, ceremony, actor=officer(world, "seal.qian"))
    office_of(world).perform(ceremony, actor=OPERATOR)


def simple(found: dict[str, list[dict[str, Any]]]) -> object:
    """Leave out what the former tables could not say of a ceremony: title, number of people."""
    ceremonies = [each for each in found["proposals"] if each["kind"] == "key-ceremony"]
    numbers = {each["id"]: each["subject"] for each in ceremonies}
    people = sorted(
        [(each["subject"], each["proposed_by"], each["proposed_at"]) for each in ceremonies]
        + [
            (each["subject"], each["decided_by"], each["decided_at"])
            for each in ceremonies
            if each["decided_by"]
        ]
        + [
            (numbers[each["proposal_id"]], each["confirmed_by"], each["at"])
            for each in found["proposal_confirmations"]
        ]
    )
    proposals = {
        each["id"]: {name: value for name, value in each.items() if name != "id"}
        for each in found["proposals"]
        if each["kind"] != "key-ceremony"
    }
    rows = [
        [
            {name: value for name, value in each.items() if name != "proposal_id"}
            | {"proposal": proposals.get(each["proposal_id"])}
            for each in found[table]
        ]
        for table in ("seal_changes", "pack_versions")
    ]
    # One that nobody decided was over when its time was, or when it was overtaken.
    return people, [[when_over(each) for each in sorted(table, key=by_id)] for table in rows]


def by_id(found: dict[str, Any]) -> int:
    return int(found["id"])


def when_over(found: dict[str, Any]) -> dict[str, Any]:
    proposal = found["proposal"]
    if proposal and proposal["outcome"] == "expired":
        return found | {"proposal": proposal | {"decided_at": None}}
    return found


def check_former(former: dict[str, list[dict[str, Any]]], waiting: int) -> None:
    changes = {each["id"]: each for each in former["seal_changes"]}
    assert changes[waiting]["proposed_by"] == "staff:seal.zhao"
    assert changes[waiting]["approved_by"] is changes[waiting]["outcome"] is None
    assert {each["outcome"] for each in changes.values()} == {None, "rejected", "withdrawn"}
    assert [each["reason"] for each in changes.values() if each["approved_by"] == "system"] == [
        "total_limit"
    ]
    assert sum(each["outcome"] is None for each in former["pack_versions"]) == 2
    assert len(former["ceremony_approvals"]) == 3


def decide_the_rest(world: World, change: int, version: int) -> None:
    services, now = world.services, world.clock.now()
    with services.database.transaction() as session:
        world.approve(session, change_id=change, actor=world.staff("seal.qian"), now=now)
        assert get_state_in_force(session, OTHER) is SealState.CANCELLED
    assert packs.approve(world, version).proposal.outcome == "approved"
    with services.database.reading() as session:
        undecided = session.scalars(
            text("SELECT kind FROM proposals WHERE outcome IS NULL ORDER BY kind")
        ).all()
    assert undecided == ["key-ceremony", "key-ceremony"]
