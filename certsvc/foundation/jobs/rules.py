"""What a job is, and how often it is tried again.

- A timer fires once, at an instant: what it changes in the database commits together with its end.
- A chore is done again and again; one process at a time does it.
- A work may take minutes and runs outside any transaction: it must bear being done again.
- No job holds personal data: kind and subject are names and numbers of ours, shown to operators.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

LEASE = timedelta(seconds=30)
"""How long a job belongs to whoever claimed it, unless renewed; then another takes it over."""
RENEW_EVERY_S = 10.0
"""How often the lease of a job in hand is renewed, in seconds."""
LONGEST_ERROR = 1000
"""Characters of a failure's description that are kept."""


class Lane(StrEnum):
    """Jobs of one lane wait for each other in a process; those of different lanes do not."""

    TIMER = "timer"
    CHORE = "chore"
    WORK = "work"
    SENDING = "sending"
    """What leaves for others, so that it waits for no batch and nothing waits for it."""


class JobTroubledError(Exception):
    """A worker died with the job in hand, as often as the job may fail."""


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """How a job that failed is tried again."""

    attempts: int = 8
    """How often it may fail in a row; then it is *failed*, kept, and shown."""
    first_s: int = 5
    """Pause after the first failure, doubled each time, in seconds."""
    longest_s: int = 300
    """Longest pause, in seconds."""

    def pause_after(self, attempts: int) -> timedelta:
        """Return how long to wait after so many failures in a row, one or more."""
        doubled = self.first_s * 2 ** min(max(attempts - 1, 0), 30)
        return timedelta(seconds=min(doubled, self.longest_s))


@dataclass(frozen=True, kw_only=True)
class JobInHand:
    """A job that this process has claimed."""

    id: int
    kind: str
    subject: str
    details: Mapping[str, Any]
    due_at: datetime
    """When it was to be done; it may be long past, after a night without workers."""
    attempts: int
    """How often it was claimed since it last went well, this time included."""
    waits: int
    """How often in a row it was put off (`Later`) although nothing failed."""
    claim: str
    """Proves that it is still ours."""
    is_stopping: Callable[[], bool] = lambda: False
    """Whether the process is about to end: long work should return `Later()`."""


@dataclass(frozen=True, kw_only=True)
class Later:
    """A work is not done yet, without having failed; it is claimed again after a while."""

    after_s: float = 0
    """Seconds from now."""
