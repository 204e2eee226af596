"""The state of a record at any instant equals a replay of what happened, event by event."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from certsvc.certificates.records.rules import (
    LIVING,
    RECORD_LIFE,
    EffectiveInstantError,
    KeptChange,
    RecordAction,
    RecordState,
    plan_change,
    state_at,
    state_left,
)
from certsvc.foundation.states.rules import TransitionRefusedError

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LAST_DAY = date(2026, 12, 21)
EXPIRY = datetime(2026, 12, 21, 16, 0, tzinfo=UTC)
_HOURS = st.integers(min_value=0, max_value=240)
_ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from([action for action in RecordAction if action is not RecordAction.EXPIRE]),
        _HOURS,
        st.none() | _HOURS,
    ),
    max_size=12,
)
_INSTANTS = st.integers(min_value=-48, max_value=2000).map(lambda h: START + timedelta(hours=h))


def live(
    attempts: list[tuple[RecordAction, int, int | None]],
) -> list[tuple[RecordAction, KeptChange]]:
    """Let somebody try one thing after the other, each some hours later, some of it backdated."""
    now, done = START, []
    done.append((RecordAction.ISSUE, planned([], RecordAction.ISSUE, None, now)))
    for action, later, back in attempts:
        now += timedelta(hours=later)
        since = None if back is None else now - timedelta(hours=back)
        try:
            done.append((action, planned([kept for _, kept in done], action, since, now)))
        except (TransitionRefusedError, EffectiveInstantError):
            continue
    return done


def planned(
    changes: list[KeptChange], action: RecordAction, since: datetime | None, now: datetime
) -> KeptChange:
    return plan_change(changes, action, valid_until=LAST_DAY, effective_at=since, now=now)


def replay(events: list[tuple[RecordAction, datetime]], at: datetime) -> RecordState | None:
    """Walk through the events and the midnight of the last day, by the table alone."""
    state: RecordState | None = None
    timeline = [(when, 1, action) for action, when in events]
    timeline.append((EXPIRY, 0, RecordAction.EXPIRE))
    for when, _, action in sorted(timeline, key=lambda entry: entry[:2]):
        if when > at:
            break
        if action is RecordAction.EXPIRE and state not in LIVING:
            continue
        state = RECORD_LIFE.next_state(state, action)
    return state


@given(_ATTEMPTS, _INSTANTS)
def test_the_state_at_an_instant_equals_the_replay(
    attempts: list[tuple[RecordAction, int, int | None]], at: datetime
) -> None:
    done = live(attempts)
    changes = [kept for _, kept in done]
    events = [(action, kept.effective_at) for action, kept in done]
    assert state_at(changes, valid_until=LAST_DAY, at=at) == replay(events, at)


@given(_ATTEMPTS, _INSTANTS, _INSTANTS)
def test_what_was_known_then_equals_the_replay_of_what_was_recorded_then(
    attempts: list[tuple[RecordAction, int, int | None]], at: datetime, known_at: datetime
) -> None:
    done = live(attempts)
    changes = [kept for _, kept in done]
    events = [(action, kept.effective_at) for action, kept in done if kept.recorded_at <= known_at]
    answer = state_at(changes, valid_until=LAST_DAY, at=at, known_at=known_at)
    assert answer == replay(events, at)


@given(_ATTEMPTS, _INSTANTS)
def test_the_present_is_the_state_at_this_instant_unless_the_clock_went_back(
    attempts: list[tuple[RecordAction, int, int | None]], now: datetime
) -> None:
    changes = [kept for _, kept in live(attempts)]
    left = state_left(changes, valid_until=LAST_DAY, now=now)
    if now >= changes[-1].recorded_at:
        assert left == state_at(changes, valid_until=LAST_DAY, at=now)
    else:
        last = changes[-1].state_after
        assert left in (last, RecordState.EXPIRED)
