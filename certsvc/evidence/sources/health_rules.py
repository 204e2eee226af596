"""Outcomes of calls to a source, and latencies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(hours=24)
"""How far back latencies are counted."""
MOST_CALLS = 500
"""How many calls of the window are counted, the last ones."""
KEPT = timedelta(days=7)
"""How long calls are kept."""


class Outcome(StrEnum):
    """Outcome of a call."""

    ANSWERED = "answered"
    NONE = "none"
    """Answered: there is no such holder."""
    SEVERAL = "several"
    """Answered: there are several."""
    SLOW = "slow"
    NONSENSE = "nonsense"
    DOWN = "down"


FAILURES = frozenset({Outcome.SLOW, Outcome.NONSENSE, Outcome.DOWN})
"""Outcomes that count as failures of the source."""


class CallPurpose(StrEnum):
    """Why a source was asked."""

    QUERY = "query"
    """For a certificate."""
    CHECK = "check"
    """To see whether it answers."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of a source; neither the holder nor the caller is recorded."""

    source: str
    """Its code."""
    purpose: CallPurpose
    """Why."""
    outcome: Outcome
    """Outcome."""
    duration_ms: int
    """How long it took, milliseconds."""
    at: datetime
    """When it was over."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long a source took, milliseconds; nearest rank."""

    half_ms: int
    """Half of all calls took no longer."""
    most_ms: int
    """Nineteen of twenty took no longer."""
    longest_ms: int


def latency_of(durations_ms: Sequence[int]) -> Latency | None:
    """Return how long calls took; None if there are none."""
    if not durations_ms:
        return None
    ordered = sorted(durations_ms)

    def rank(share: float) -> int:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return Latency(half_ms=rank(0.5), most_ms=rank(0.95), longest_ms=ordered[-1])
