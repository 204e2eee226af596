"""The life of a certificate record: states against events, reason codes, instants, reasons."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from certsvc.certificates.extraction.rules import CopyState, copy_state
from certsvc.certificates.records.rules import (
    BY_PEOPLE,
    LIVING,
    REASON_CODES,
    RECORD_LIFE,
    EffectiveInstantError,
    KeptChange,
    ReasonCode,
    ReasonCodeForeignError,
    RecordAction,
    RecordClockBehindError,
    RecordState,
    check_reason_code,
    permitted_actions,
    plan_change,
    state_at,
    state_left,
)
from certsvc.foundation.approvals.rules import ReasonMissingError, clean_reason
from certsvc.foundation.states.rules import TransitionRefusedError

VALID, PAUSED = RecordState.ISSUED, RecordState.SUSPENDED
ISSUED_AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LAST_DAY = date(2026, 12, 21)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Written out by hand, not derived: what the table must say.
PERMITTED = {
    (None, "issue"): "issued",
    ("issued", "suspend"): "suspended",
    ("issued", "revoke"): "revoked",
    ("issued", "cancel"): "cancelled",
    ("issued", "supersede"): "superseded",
    ("issued", "expire"): "expired",
    ("suspended", "resume"): "issued",
    ("suspended", "revoke"): "revoked",
    ("suspended", "cancel"): "cancelled",
    ("suspended", "supersede"): "superseded",
    ("suspended", "expire"): "expired",
}


def kept(state: RecordState, after: timedelta, recorded: timedelta | None = None) -> KeptChange:
    return KeptChange(
        state_after=state,
        effective_at=ISSUED_AT + after,
        recorded_at=ISSUED_AT + (after if recorded is None else recorded),
    )


ISSUED = (kept(VALID, timedelta()),)


@pytest.mark.parametrize(("state", "action"), list(product([None, *RecordState], RecordAction)))
def test_every_state_against_every_event(state: RecordState | None, action: RecordAction) -> None:
    expected = PERMITTED.get((state.value if state else None, action.value))
    if expected is None:
        with pytest.raises(TransitionRefusedError) as refused:
            RECORD_LIFE.next_state(state, action)
        assert refused.value.params["state"] == f"record_state.{state or 'none'}"
    else:
        assert RECORD_LIFE.next_state(state, action) == expected


def test_what_has_ended_never_returns() -> None:
    ended = set(RecordState) - LIVING
    assert ended == RECORD_LIFE.final
    assert all(permitted_actions(state) == () for state in ended)
    assert permitted_actions(VALID) == (
        RecordAction.SUSPEND,
        RecordAction.REVOKE,
        RecordAction.CANCEL,
    )
    assert permitted_actions(PAUSED) == (
        RecordAction.RESUME,
        RecordAction.REVOKE,
        RecordAction.CANCEL,
    )


@pytest.mark.parametrize(("action", "reason_code"), list(product(RecordAction, ReasonCode)))
def test_a_reason_code_belongs_to_its_change(action: RecordAction, reason_code: ReasonCode) -> None:
    if reason_code in REASON_CODES[action]:
        check_reason_code(action, reason_code)
    else:
        with pytest.raises(ReasonCodeForeignError):
            check_reason_code(action, reason_code)


def test_every_reason_code_belongs_to_one_change() -> None:
    assert sorted(
        reason_code for reason_codes in REASON_CODES.values() for reason_code in reason_codes
    ) == sorted(ReasonCode)
    assert all(REASON_CODES[action] for action in BY_PEOPLE)


def plan(action: RecordAction, *, now: timedelta, since: timedelta | None = None) -> KeptChange:
    changes = (*ISSUED, kept(PAUSED, DAY), kept(VALID, 2 * DAY))
    return plan_change(
        changes,
        action,
        valid_until=LAST_DAY,
        effective_at=None if since is None else ISSUED_AT + since,
        now=ISSUED_AT + now,
    )


def test_a_change_takes_effect_when_it_is_decided() -> None:
    planned = plan(RecordAction.SUSPEND, now=3 * DAY)
    assert planned == kept(PAUSED, 3 * DAY)


def test_revoking_and_cancelling_may_take_effect_earlier() -> None:
    for action, state in (
        (RecordAction.REVOKE, RecordState.REVOKED),
        (RecordAction.CANCEL, RecordState.CANCELLED),
    ):
        planned = plan(action, now=5 * DAY, since=3 * DAY)
        assert planned == kept(state, 3 * DAY, recorded=5 * DAY)
    with pytest.raises(EffectiveInstantError) as refused:
        plan(RecordAction.SUSPEND, now=5 * DAY, since=3 * DAY)
    assert refused.value.params == {"reason": "not-now"}


@pytest.mark.parametrize("since", [-HOUR, DAY, 2 * DAY - timedelta(microseconds=1)])
def test_nothing_takes_effect_before_issuing_or_the_last_change(since: timedelta) -> None:
    with pytest.raises(EffectiveInstantError) as refused:
        plan(RecordAction.REVOKE, now=5 * DAY, since=since)
    assert refused.value.params == {"reason": "before-last-change"}


def test_nothing_takes_effect_later() -> None:
    with pytest.raises(EffectiveInstantError) as refused:
        plan(RecordAction.REVOKE, now=5 * DAY, since=5 * DAY + HOUR)
    assert refused.value.params == {"reason": "future"}


def test_a_clock_that_went_back_changes_nothing_and_undoes_nothing() -> None:
    with pytest.raises(RecordClockBehindError):
        plan(RecordAction.REVOKE, now=2 * DAY - HOUR)
    changes = (*ISSUED, kept(RecordState.REVOKED, 2 * DAY))
    earlier = ISSUED_AT + DAY
    assert state_left(changes, valid_until=LAST_DAY, now=earlier) is RecordState.REVOKED
    assert state_at(changes, valid_until=LAST_DAY, at=earlier) is VALID


def test_expiry_follows_from_the_last_day_in_china() -> None:
    last_moment = datetime(2026, 12, 21, 15, 59, 59, 999999, tzinfo=UTC)
    for changes, state in ((ISSUED, VALID), ((*ISSUED, kept(PAUSED, DAY)), PAUSED)):
        assert state_at(changes, valid_until=LAST_DAY, at=last_moment) is state
        after = last_moment + timedelta(microseconds=1)
        assert state_at(changes, valid_until=LAST_DAY, at=after) is RecordState.EXPIRED
        assert state_left(changes, valid_until=LAST_DAY, now=after) is RecordState.EXPIRED
    revoked = (*ISSUED, kept(RecordState.REVOKED, DAY))
    assert state_left(revoked, valid_until=LAST_DAY, now=after) is RecordState.REVOKED


def test_an_expired_record_is_changed_only_as_of_a_day_when_it_was_valid() -> None:
    with pytest.raises(TransitionRefusedError) as refused:
        plan(RecordAction.REVOKE, now=40 * DAY)
    assert refused.value.params["state"] == "record_state.expired"
    planned = plan(RecordAction.REVOKE, now=40 * DAY, since=10 * DAY)
    assert planned.state_after is RecordState.REVOKED


def test_what_was_known_then_is_not_what_is_known_now() -> None:
    changes = (*ISSUED, kept(RecordState.CANCELLED, 2 * DAY, recorded=9 * DAY))
    at = ISSUED_AT + 3 * DAY
    assert state_at(changes, valid_until=LAST_DAY, at=at) is RecordState.CANCELLED
    known_at = ISSUED_AT + 8 * DAY
    assert state_at(changes, valid_until=LAST_DAY, at=at, known_at=known_at) is VALID
    assert state_at(changes, valid_until=LAST_DAY, at=ISSUED_AT - HOUR) is None


@pytest.mark.parametrize("reason", ["", "  ", "。。", "a\x00b", "a\u202eb", "字" * 501])
def test_a_reason_must_be_readable(reason: str) -> None:
    with pytest.raises(ReasonMissingError):
        clean_reason(reason)


def test_a_reason_is_kept_clean() -> None:
    assert clean_reason("  档案登记有误\r\n 已改正  ") == "档案登记有误 已改正"


@pytest.mark.parametrize("is_withdrawn", [False, True])
@pytest.mark.parametrize("record", RecordState)
def test_a_copy_ends_with_its_record_or_by_itself(
    record: RecordState, *, is_withdrawn: bool
) -> None:
    state = copy_state(record, is_withdrawn=is_withdrawn, valid_until=LAST_DAY, now=ISSUED_AT)
    own = CopyState.WITHDRAWN if is_withdrawn else None
    expected = {
        RecordState.ISSUED: own or CopyState.IN_FORCE,
        RecordState.EXPIRED: own or CopyState.EXPIRED,
    }
    assert state is (expected[record] if record in expected else CopyState(record.value))
