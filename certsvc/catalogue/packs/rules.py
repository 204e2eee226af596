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

from certsvc.foundation.clock import in_china
from certsvc.foundation.errors import (
    ConflictError,
    DefectError,
    InvalidInputError,
    RefusedError,
)

FARTHEST_AHEAD = timedelta(days=731)
"""A version may be planned up to two years ahead; more is a slip of the keyboard."""


class VersionState(StrEnum):
    """Where a version stands on a day."""

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


class VersionTamperedError(DefectError):
    """The files that were kept are not those that were proposed. Params: `pack`, `version`."""

    code = "packs.version-tampered"


def china_day(at: datetime) -> date:
    """Return the day of an instant in Shanghai."""
    return in_china(at).date()


def check_effective_day(effective_on: date, *, now: datetime) -> None:
    """Accept a day that has not passed yet, today included.

    Raises:
        EffectiveDayError: it has, or it is more than two years ahead.
    """
    today = china_day(now)
    if not today <= effective_on <= today + FARTHEST_AHEAD:
        raise EffectiveDayError(on=effective_on.isoformat(), today=today.isoformat())
