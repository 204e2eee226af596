"""The register of a year, made by chance from a fixed seed, reconstructed at past instants.

An independent account is kept while the year goes by; what the register says afterwards about any
of its instants must be what the account said then.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from certsvc.foundation.errors import RefusedError
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment, propose_scope
from certsvc.sealing.changes.proposals import apply_for_seal, propose_change
from certsvc.sealing.register.history import find_version_at, state_at
from certsvc.sealing.register.records import SealChange
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.status import describe_status
from tests.integration.test_seal_changes import application
from tests.support.deciding import reject_change, withdraw_change
from tests.support.world import NOW, World

SEED = 20261121
SEALS = ("year-1", "year-2", "year-3", "year-4")
TEXTS = {"第一号", "第二号", "第三号"}
"""Few, as each is drawn once."""
DAYS = 364
STATES = {
    SealAction.MAKE: "made",
    SealAction.FILE: "filed",
    SealAction.ENABLE: "in_use",
    SealAction.STOP: "stopped",
    SealAction.CANCEL: "cancelled",
}
LIKELY = (
    *(SealAction.MAKE, SealAction.FILE, SealAction.ENABLE, SealAction.STOP, SealAction.ENABLE) * 3,
    *(SealAction.AMEND, SealAction.RESCOPE) * 4,
    SealAction.CANCEL,
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a seal stands, as the account has it."""

    state: str | None = None
    bottom_text: str | None = None
    daily_limit: int | None = None


Account = list[tuple[datetime, str, Standing]]


class Year:
    """A year of two people's work, by chance."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = random.Random(SEED)  # noqa: S311  a test needs no secrecy
        self.proposer, self.approver = world.staff("seal.zhao"), world.staff("seal.qian")
        self.standing = dict.fromkeys(SEALS, Standing())
        self.account: Account = []

    def live(self) -> None:
        for _ in range(DAYS):
            self.world.clock.advance(timedelta(minutes=self.chance.randrange(1300, 1440)))
            seal_id = self.chance.choice(SEALS)
            try:
                self.act(seal_id, self.world.clock.now())
            except RefusedError:
                continue  # chance asked for what the state does not permit

    def act(self, seal_id: str, now: datetime) -> None:
        """Propose something, and let it be approved, rejected, withdrawn or forgotten."""
        propose, becomes = self.choose(seal_id, now)
        fate = self.chance.choices(("approved", "rejected", "withdrawn", "late"), (6, 1, 1, 1))[0]
        with self.world.services.database.transaction() as session:
            change = propose(session)
            if fate == "rejected":
                reject_change(
                    session,
                    change_id=change.id,
                    reason="已核对，同意办理",
                    actor=self.approver,
                    now=now,
                )
            elif fate == "withdrawn":
                withdraw_change(session, change_id=change.id, actor=self.proposer, now=now)
        if fate == "late":
            self.world.clock.advance(timedelta(days=7, seconds=1))
        if fate not in {"approved", "late"}:
            return
        decided_at = self.world.clock.now() + timedelta(seconds=self.chance.randrange(60))
        self.world.clock.advance(decided_at - self.world.clock.now())
        with self.world.services.database.transaction() as session:
            self.world.approve(
                session,
                change_id=change.id,
                reason="已核对，同意办理",
                actor=self.approver,
                now=decided_at,
            )
        self.standing[seal_id] = becomes
        self.account.append((decided_at, seal_id, becomes))

    def choose(
        self, seal_id: str, now: datetime
    ) -> tuple[Callable[[Session], SealChange], Standing]:
        """Choose what is proposed, and say what becomes of the seal if it is approved."""
        standing, actor = self.standing[seal_id], self.proposer
        if standing.state is None:
            return lambda session: self.apply(session, seal_id, now), Standing(
                state="applied", bottom_text="零"
            )
        action, number = self.chance.choice(LIKELY), self.chance.randrange(1, 10_000)
        common = {"seal_id": seal_id, "reason": f"第 {number} 号", "actor": actor, "now": now}
        if action is SealAction.AMEND:
            text = self.chance.choice(sorted(TEXTS - {standing.bottom_text}))
            return lambda session: propose_amendment(
                session,
                amendment=SealAmendment(bottom_text=text),
                offers=self.world.services.offered_keys,
                **common,  # type: ignore[arg-type]  # one dictionary
            ), replace(standing, bottom_text=text)
        if action is SealAction.RESCOPE:
            return lambda session: propose_scope(
                session,
                scope=SealScope(daily_limit=number),
                **common,  # type: ignore[arg-type]  # one dictionary
            ), replace(standing, daily_limit=number)
        return lambda session: propose_change(
            session,
            action=action,
            **common,  # type: ignore[arg-type]  # one dictionary
        ), replace(standing, state=STATES[action])

    def apply(self, session: Session, seal_id: str, now: datetime) -> SealChange:
        made = application(session, id=seal_id, name=f"云岭区{seal_id}专用章", bottom_text="零")
        return apply_for_seal(
            session,
            application=made,
            offers=self.world.services.offered_keys,
            actor=self.proposer,
            now=now,
        )

    def standing_at(self, seal_id: str, at: datetime) -> Standing:
        """What the account said at an instant."""
        known = [each for when, name, each in self.account if name == seal_id and when <= at]
        return known[-1] if known else Standing()


@pytest.mark.duty("SZ-16-1")
def test_the_register_of_a_year_is_known_at_three_past_instants(world: World) -> None:
    year = Year(world)
    year.live()
    decided = len(year.account)
    assert decided > 80
    assert len({standing.state for _, _, standing in year.account}) == 6
    # Three instants of the year, and each side of the decision nearest to each of them.
    thirds = [year.account[decided * part // 4][0] for part in (1, 2, 3)]
    moment = timedelta(microseconds=1)
    instants = [NOW, *(at + step for at in thirds for step in (-moment, 0 * moment, moment))]
    restarted = world.restarted()
    with restarted.services.database.reading() as session:
        for at in instants:
            for seal_id in SEALS:
                check(session, year, seal_id, at)
    restarted.services.close()


def check(session: Session, year: Year, seal_id: str, at: datetime) -> None:
    expected, version = year.standing_at(seal_id, at), find_version_at(session, seal_id, at)
    assert state_at(session, seal_id, at) == expected.state
    assert (version.bottom_text if version else None) == expected.bottom_text
    assert (version.daily_limit if version else None) == expected.daily_limit
    said = describe_status(session, seal_id=seal_id, at=at, now=year.world.clock.now())
    assert said["state"] == (expected.state or "none")
    assert said["valid"] == (expected.state == "in_use")
