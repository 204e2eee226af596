"""How a kind of job is registered: its name, and what does it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from sqlalchemy.orm import Session

from certsvc.foundation.jobs.rules import JobInHand, Lane, Later, Retrying


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A kind of timers."""

    name: str
    fire: Callable[[Session, JobInHand], None]
    """Does what is due in the given transaction, which also ends the timer; it may set it again."""
    retrying: Retrying = field(default_factory=Retrying)

    @property
    def lane(self) -> Lane:
        """The lane of all timers."""
        return Lane.TIMER


@dataclass(frozen=True, kw_only=True)
class Work:
    """A kind of durable work."""

    name: str
    perform: Callable[[JobInHand], Later | None]
    """Does it, in transactions of its own; may be called again for the same job at any time."""
    retrying: Retrying = field(default_factory=Retrying)
    on_failed: Callable[[Session, JobInHand], None] | None = None
    """Called in the transaction that gives the job up."""
    lane: Lane = Lane.WORK
    """`WORK`, or `SENDING` for what leaves for others."""


@dataclass(frozen=True, kw_only=True)
class Chore:
    """Periodic maintenance; it is never given up, but tried again each time."""

    name: str
    perform: Callable[[], object]
    """Does it, in transactions of its own."""
    every: timedelta
    """From the end of one run to the beginning of the next."""
    is_wanted: Callable[[Session], bool] | None = None
    """A cheap indexed question, asked about once a second: whether to run before that."""
    retrying: Retrying = field(default_factory=Retrying)

    @property
    def lane(self) -> Lane:
        """The lane of all chores."""
        return Lane.CHORE


JobKind: TypeAlias = Timer | Work | Chore


class JobKinds:
    """All kinds of jobs that a process knows; it leaves others alone."""

    def __init__(self, *kinds: JobKind) -> None:
        """Register kinds.

        Raises:
            ValueError: two have the same name.
        """
        self._by_name = {kind.name: kind for kind in kinds}
        if len(self._by_name) != len(kinds):
            raise ValueError("two kinds of jobs have one name")

    def get(self, name: str) -> JobKind:
        """Return the kind of this name; only known ones are claimed."""
        return self._by_name[name]

    def of(self, lane: Lane) -> list[str]:
        """Names of the kinds of a lane."""
        return [name for name, kind in self._by_name.items() if kind.lane is lane]

    def chores(self) -> list[Chore]:
        """All chores."""
        return [kind for kind in self._by_name.values() if isinstance(kind, Chore)]
