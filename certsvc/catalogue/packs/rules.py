"""The life of a pack's version.

- A version is proposed by one person and approved by another; only then, and from its effective
  day on, papers are set with it.
- Days are those of China Standard Time: a version that is effective on a day is in force from
  midnight in Shanghai.
- Of several approved versions the one with the latest effective day that has come is in force; of
  two with the same day the one that was approved later.
- A proposal that is withdrawn, rejected or older than a week changes nothing and blocks nothing.
- An approved version is frozen: other files need another version number.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from certsvc.foundation.clock import china_day
from certsvc.foundation.errors import (
    ConflictError,
    DefectError,
    InvalidInputError,
    RefusedError,
)
from certsvc.foundation.states.rules import BY_SYSTEM, Move, TransitionTable, Who

FARTHEST_AHEAD = timedelta(days=731)
"""A version may be planned up to two years ahead; a later day is taken for a typing error."""


class VersionState(StrEnum):
    """State of a version on a day."""

    WAITING = "waiting"
    """待审批."""
    EXPIRED = "expired"
    """提议已过期: nobody decided within a week."""
    REJECTED = "rejected"
    """已驳回."""
    WITHDRAWN = "withdrawn"
    """已撤回."""
    PLANNED = "planned"
    """已批准，尚未生效."""
    IN_FORCE = "in_force"
    """现行."""
    REPLACED = "replaced"
    """已被新版本替代; papers set with it are still checked with it."""


class VersionEvent(StrEnum):
    """What happens to a version."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    AGE = "age"
    """A week went by."""
    START = "start"
    """Its effective day came."""
    REPLACE = "replace"
    """Another version came into force in its place."""


DAY_AHEAD = "day-ahead"
"""Condition: the effective day has not come yet."""
_BY_PROPOSER = (Who(right="propose_pack", same_person=True),)
_BY_APPROVER = (Who(right="approve_pack", another_person=True),)


def _move(
    before: VersionState | None,
    event: VersionEvent,
    after: VersionState,
    who: tuple[Who, ...] = (BY_SYSTEM,),
    *needs: str,
    when: str | None = None,
) -> Move[VersionState, VersionEvent]:
    return Move(before=before, event=event, after=after, who=who, needs=needs, when=when)


VERSION_LIFE = TransitionTable(
    "pack-version",
    _move(
        None, VersionEvent.PROPOSE, VersionState.WAITING, (Who(right="propose_pack"),),
        "file", "effective_day", "reason",
    ),
    _move(
        VersionState.WAITING, VersionEvent.APPROVE, VersionState.PLANNED, _BY_APPROVER,
        "shown", "reason", when=DAY_AHEAD,
    ),
    _move(
        VersionState.WAITING, VersionEvent.APPROVE, VersionState.IN_FORCE, _BY_APPROVER,
        "shown", "reason",
    ),
    *(
        _move(state, event, after, who, "reason")
        for state in (VersionState.WAITING, VersionState.EXPIRED)
        for event, after, who in (
            (VersionEvent.REJECT, VersionState.REJECTED, _BY_APPROVER),
            (VersionEvent.WITHDRAW, VersionState.WITHDRAWN, _BY_PROPOSER),
        )
    ),
    _move(VersionState.WAITING, VersionEvent.AGE, VersionState.EXPIRED),
    _move(VersionState.PLANNED, VersionEvent.START, VersionState.IN_FORCE),
    *(
        _move(state, VersionEvent.REPLACE, VersionState.REPLACED)
        for state in (VersionState.PLANNED, VersionState.IN_FORCE)
    ),
    states=VersionState,
    events=VersionEvent,
    words=("pack-state", "life.version-event"),
    final=(VersionState.REJECTED, VersionState.WITHDRAWN, VersionState.REPLACED),
)  # fmt: skip


class NoVersionInForceError(RefusedError):
    """The certificate type has no version of its pack in force on the day. Params: `pack`, `on`."""

    code = "packs.none-in-force"


class VersionFrozenError(ConflictError):
    """A version of this number is in use and has other files. Params: `pack`, `version`."""

    code = "packs.version-frozen"


class VersionApprovedError(ConflictError):
    """This very version was approved before. Params: `pack`, `version`."""

    code = "packs.version-approved"


class EffectiveDayError(InvalidInputError):
    """The effective day is in the past, or too far ahead. Params: `on`, `today`."""

    code = "packs.effective-day"


class PackVersionTamperedError(DefectError):
    """The files that were kept are not those that were proposed. Params: `pack`, `version`."""

    code = "packs.version-tampered"


def check_effective_day(effective_on: date, *, now: datetime) -> None:
    """Accept a day that has not passed yet, today included.

    Raises:
        EffectiveDayError: it has, or it is more than two years ahead.
    """
    today = china_day(now)
    if not today <= effective_on <= today + FARTHEST_AHEAD:
        raise EffectiveDayError(on=effective_on.isoformat(), today=today.isoformat())
