"""The life of a certificate record, as a table of transitions.

- Issued ⇄ suspended → expired | superseded | revoked | cancelled; what has ended never returns.
- Every change has a reason code and, except issuing, a reason; one person decides it.
- A change takes effect when it is decided. Only 撤销 and 注销 may take effect earlier, at an
  instant after the record's last change: the holder died a week ago. Nothing takes effect later.
- Expiry is no change that somebody, or some job, might forget: it follows from the last day.
- The state at an instant follows from the changes in their order, for what is known today and for
  what was known at an earlier instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from certsvc.foundation.clock import in_china
from certsvc.foundation.errors import InvalidInputError, RefusedError
from certsvc.foundation.states.rules import BY_SYSTEM, Move, TransitionTable, Who


class RecordStatus(StrEnum):
    """Outcome of an issuance; the record's life begins with `ISSUED`."""

    ALLOCATED = "allocated"
    """Has an identifier and nothing else yet."""
    ISSUED = "issued"
    """Published; how it stands since is told by its changes."""
    VOIDED = "voided"
    """Never issued; its identifier is not used again."""


class RecordState(StrEnum):
    """State of a certificate record at an instant."""

    ISSUED = "issued"
    """有效: in force."""
    SUSPENDED = "suspended"
    """暂停: must not be relied on until it is resumed."""
    EXPIRED = "expired"
    """已过期: its last day is over."""
    SUPERSEDED = "superseded"
    """已被新版代替: a later version was issued in its place."""
    REVOKED = "revoked"
    """已撤销: it should not have been issued."""
    CANCELLED = "cancelled"
    """已注销: it was right, and its time is over before its last day."""


class RecordAction(StrEnum):
    """A change of a record's state."""

    ISSUE = "issue"
    """签发, step 9 of issuing."""
    SUSPEND = "suspend"
    """暂停."""
    RESUME = "resume"
    """恢复."""
    REVOKE = "revoke"
    """撤销."""
    CANCEL = "cancel"
    """注销."""
    SUPERSEDE = "supersede"
    """被新版代替: 换发 or 更正 of the record was published."""
    EXPIRE = "expire"
    """过期; derived from the last day, never stored."""


class ReasonCode(StrEnum):
    """Why a record's state was changed; anyone who checks a copy is told this class of reason."""

    ISSUED = "issued"
    """依申请签发."""
    UNDER_REVIEW = "under_review"
    """正在复核."""
    OBJECTION = "objection"
    """有人提出异议."""
    MISUSE_SUSPECTED = "misuse_suspected"
    """涉嫌冒用."""
    CONFIRMED = "confirmed"
    """复核无误."""
    CAUSE_ENDED = "cause_ended"
    """暂停的原因已消除."""
    FACTS_WRONG = "facts_wrong"
    """所载事实有误."""
    FALSE_STATEMENT = "false_statement"
    """以虚假材料或承诺取得."""
    UNLAWFUL = "unlawful"
    """违反规定签发."""
    DECISION = "decision"
    """法院判决或复议决定."""
    HOLDER_REQUEST = "holder_request"
    """持证主体申请."""
    HOLDER_ENDED = "holder_ended"
    """持证主体死亡或终止."""
    FACTS_CHANGED = "facts_changed"
    """事实已变化."""
    REISSUED = "reissued"
    """换发."""
    CORRECTED = "corrected"
    """更正."""


REASON_CODES: dict[RecordAction, tuple[ReasonCode, ...]] = {
    RecordAction.ISSUE: (ReasonCode.ISSUED,),
    RecordAction.SUSPEND: (
        ReasonCode.UNDER_REVIEW,
        ReasonCode.OBJECTION,
        ReasonCode.MISUSE_SUSPECTED,
    ),
    RecordAction.RESUME: (ReasonCode.CONFIRMED, ReasonCode.CAUSE_ENDED),
    RecordAction.REVOKE: (
        ReasonCode.FACTS_WRONG,
        ReasonCode.FALSE_STATEMENT,
        ReasonCode.UNLAWFUL,
        ReasonCode.DECISION,
    ),
    RecordAction.CANCEL: (
        ReasonCode.HOLDER_REQUEST,
        ReasonCode.HOLDER_ENDED,
        ReasonCode.FACTS_CHANGED,
    ),
    RecordAction.SUPERSEDE: (ReasonCode.REISSUED, ReasonCode.CORRECTED),
    RecordAction.EXPIRE: (),
}

BY_PEOPLE = (RecordAction.SUSPEND, RecordAction.RESUME, RecordAction.REVOKE, RecordAction.CANCEL)
"""Actions that people decide; the others follow from issuing."""
BACKDATABLE = frozenset({RecordAction.REVOKE, RecordAction.CANCEL})
"""Actions that may take effect before the decision."""
LIVING = frozenset({RecordState.ISSUED, RecordState.SUSPENDED})
"""States that end with the last day of validity."""
SERVED = frozenset({RecordState.ISSUED, RecordState.EXPIRED})
"""States in which the sealed file is handed out: an expired one says so on its face."""
_BY_PRODUCER = (Who(right="change_record"),)
"""Staff of the unit that vouches; one decides and answers for it."""


def _move(
    before: RecordState | None, action: RecordAction, after: RecordState
) -> Move[RecordState, RecordAction]:
    by_people = action in (*BY_PEOPLE, RecordAction.SUPERSEDE)
    return Move(
        before=before,
        event=action,
        after=after,
        who=_BY_PRODUCER if by_people else (BY_SYSTEM,),
        needs=("reason_code", "reason") if by_people else (),
    )


RECORD_LIFE = TransitionTable(
    "record",
    _move(None, RecordAction.ISSUE, RecordState.ISSUED),
    _move(RecordState.ISSUED, RecordAction.SUSPEND, RecordState.SUSPENDED),
    _move(RecordState.SUSPENDED, RecordAction.RESUME, RecordState.ISSUED),
    *(
        _move(state, action, end)
        for state in (RecordState.ISSUED, RecordState.SUSPENDED)
        for action, end in (
            (RecordAction.REVOKE, RecordState.REVOKED),
            (RecordAction.CANCEL, RecordState.CANCELLED),
            (RecordAction.SUPERSEDE, RecordState.SUPERSEDED),
            (RecordAction.EXPIRE, RecordState.EXPIRED),
        )
    ),
    states=RecordState,
    events=RecordAction,
    words=("record_state", "record_action"),
    final=frozenset(RecordState) - LIVING,
)


class RecordClockBehindError(RefusedError):
    """The record's last change is of a later time than the clock shows."""

    code = "certificates.clock-behind"


class EffectiveInstantError(InvalidInputError):
    """The change cannot take effect then.

    Params: `reason`: `future`, `not-now` or `before-last-change`.
    """

    code = "certificates.effective-instant"


class ReasonCodeForeignError(InvalidInputError):
    """The reason code belongs to another kind of change. Params: `record_action`, `reason_code`."""

    code = "certificates.reason-code-foreign"


@dataclass(frozen=True, kw_only=True)
class KeptChange:
    """A recorded change, as far as it determines the state."""

    state_after: RecordState
    """State that it left."""
    effective_at: datetime
    """Since when that counts."""
    recorded_at: datetime
    """Since when the register knows."""


def permitted_actions(state: RecordState | None) -> tuple[RecordAction, ...]:
    """Return the actions that a person may decide in a state."""
    return tuple(action for action in BY_PEOPLE if (state, action) in RECORD_LIFE)


def state_at(
    changes: Sequence[KeptChange],
    *,
    valid_until: date,
    at: datetime,
    known_at: datetime | None = None,
) -> RecordState | None:
    """Return the state at an instant from the changes in their order; None before issuing.

    Args:
        changes: All changes, the first one first.
        valid_until: Last day of the record.
        at: The instant asked about.
        known_at: Look only at what had been recorded by then; None for all that is known now.
    """
    state = None
    for change in changes:
        known = known_at is None or change.recorded_at <= known_at
        if known and change.effective_at <= at:
            state = change.state_after
    return _aged(state, valid_until, at)


def state_left(
    changes: Sequence[KeptChange], *, valid_until: date, now: datetime
) -> RecordState | None:
    """Return how a record stands now: what the last change left, whatever the clock says.

    A clock that went back undoes no change; only the last day is judged by it.
    """
    return _aged(changes[-1].state_after if changes else None, valid_until, now)


def _aged(state: RecordState | None, valid_until: date, at: datetime) -> RecordState | None:
    if state in LIVING and in_china(at).date() > valid_until:
        return RECORD_LIFE.next_state(state, RecordAction.EXPIRE)
    return state


def plan_change(
    changes: Sequence[KeptChange],
    action: RecordAction,
    *,
    valid_until: date,
    effective_at: datetime | None,
    now: datetime,
) -> KeptChange:
    """Determine the resulting state of a change, and when it takes effect.

    1. The clock has not gone back behind the last change.
    2. It takes effect now, or earlier where that may be; never before the last change.
    3. The table permits it from the state at the instant at which it takes effect.

    Raises:
        RecordClockBehindError: the last change is of a later time than it is now.
        EffectiveInstantError: the change cannot take effect then.
        TransitionRefusedError: the state does not permit the change.
    """
    last = changes[-1] if changes else None
    if last is not None and now < last.recorded_at:
        raise RecordClockBehindError
    since = now if effective_at is None else effective_at
    if since > now:
        raise EffectiveInstantError(reason="future")
    if since < now and action not in BACKDATABLE:
        raise EffectiveInstantError(reason="not-now")
    if last is not None and since < last.effective_at:
        raise EffectiveInstantError(reason="before-last-change")
    before = state_at(changes, valid_until=valid_until, at=since)
    return KeptChange(
        state_after=RECORD_LIFE.next_state(before, action), effective_at=since, recorded_at=now
    )


def check_reason_code(action: RecordAction, reason_code: ReasonCode) -> None:
    """Accept a reason code that belongs to the action.

    Raises:
        ReasonCodeForeignError: it belongs to another one.
    """
    if reason_code not in REASON_CODES[action]:
        raise ReasonCodeForeignError(record_action=action.value, reason_code=reason_code.value)
