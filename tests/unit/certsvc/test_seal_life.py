"""The life of a seal: every pair of state and change."""

import re
from enum import StrEnum
from itertools import product

import pytest
from sqlalchemy import CheckConstraint, Table

from certsvc.foundation.approvals.records import Proposal
from certsvc.foundation.approvals.rules import Outcome
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.sealing.register.records import SealChange
from certsvc.sealing.register.rules import (
    SEAL_LIFE,
    SealAction,
    SealState,
)

STATES = [None, *SealState]
# Written out by hand, not derived: what the table must say.
PERMITTED = {
    (None, "apply"): "applied",
    ("applied", "make"): "made",
    ("made", "file"): "filed",
    ("filed", "enable"): "in_use",
    ("stopped", "enable"): "in_use",
    ("in_use", "stop"): "stopped",
    **{(state, "cancel"): "cancelled" for state in ("in_use", "stopped", "filed")},
    **{
        (state, action): state
        for state in ("applied", "made", "filed", "in_use", "stopped")
        for action in ("amend", "rescope")
    },
}


@pytest.mark.parametrize(("state", "action"), list(product(STATES, SealAction)))
def test_every_pair_follows_the_table_or_is_refused(
    state: SealState | None, action: SealAction
) -> None:
    if (state, action) not in PERMITTED:
        with pytest.raises(TransitionRefusedError):
            SEAL_LIFE.next_state(state, action)
    else:
        assert SEAL_LIFE.next_state(state, action) == PERMITTED[state, action]


def test_a_seal_comes_into_use_only_by_application_making_and_filing() -> None:
    state = None
    for action in (SealAction.APPLY, SealAction.MAKE, SealAction.FILE, SealAction.ENABLE):
        state = SEAL_LIFE.next_state(state, action)
    assert state is SealState.IN_USE


def test_a_cancelled_seal_never_comes_back() -> None:
    assert SEAL_LIFE.possible(SealState.CANCELLED) == ()


@pytest.mark.parametrize("action", [SealAction.AMEND, SealAction.RESCOPE])
@pytest.mark.parametrize("state", STATES)
def test_altering_a_seal_keeps_its_state(state: SealState | None, action: SealAction) -> None:
    if state in {None, SealState.CANCELLED}:
        with pytest.raises(TransitionRefusedError):
            SEAL_LIFE.next_state(state, action)
    else:
        assert SEAL_LIFE.next_state(state, action) is state


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ("ck_seal_changes_action", SealAction),
        ("ck_seal_changes_state_after", SealState),
        ("ck_proposals_outcome", Outcome),
    ],
)
def test_the_database_knows_the_same_words(constraint: str, words: type[StrEnum]) -> None:
    table = (Proposal if "proposals" in constraint else SealChange).__table__
    assert isinstance(table, Table)
    (found,) = [
        each
        for each in table.constraints
        if isinstance(each, CheckConstraint) and each.name == constraint
    ]
    assert set(re.findall(r"'(\w+)'", str(found.sqltext))) == set(words)
