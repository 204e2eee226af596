"""Transition tables (状态表): state, event, who may, what must be given → next state.

- A table is complete: what it does not list is refused, by one error that names the state and the
  event and says what is possible instead.
- A table knows rights and persons by name only; `certsvc.people.rights.moves` asks whether an actor
  has them. It changes nothing itself: side effects are the caller's.
- Every state can be reached and either has a way out or is final; a table that breaks this cannot
  be made.
- `docs/states.md` prints every table of the program; a test holds the page to the tables.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from certsvc.foundation.errors import InvalidInputError, RefusedError

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)
SYSTEM = "system"
"""Right for what the service itself does; no actor has it."""


class TransitionRefusedError(RefusedError):
    """The state does not permit the event.

    Params: `life` (name of the table), `state`, `event`, `possible` (events, each a word of the
    catalogue with its kind before it, such as `record_action.revoke`; `nothing` if there is none).
    """

    code = "states.transition-refused"


class AttachmentMissingError(InvalidInputError):
    """What must come with the event was not given. Params: `life`, `event`, `attachment`."""

    code = "states.attachment-missing"


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who may bring an event about."""

    right: str
    """Value of the `Permission` that is needed, or `SYSTEM`."""
    another_person: bool = False
    """Whether it must be another person than whoever made the move before."""
    same_person: bool = False
    """Whether it must be whoever made the move before."""


BY_SYSTEM = Who(right=SYSTEM)


@dataclass(frozen=True, kw_only=True)
class Move(Generic[State, Event]):
    """One line of a table."""

    before: State | None
    """State it begins in; None: the thing is not there yet."""
    event: Event
    """What happens."""
    after: State
    """State it leads to; the same state where only contents change."""
    who: tuple[Who, ...] = (BY_SYSTEM,)
    """Who may bring it about; any of them."""
    needs: tuple[str, ...] = ()
    """What must be given with it, such as `reason` or `evidence`."""
    when: str | None = None
    """Name of the condition under which this line holds; None: in all other cases."""


class TransitionTable(Generic[State, Event]):
    """All moves of one kind of thing."""

    def __init__(
        self,
        life: str,
        *moves: Move[State, Event],
        states: type[State],
        events: type[Event],
        words: tuple[str, str],
        final: Collection[State] = (),
    ) -> None:
        """Make a table.

        Args:
            life: Name of the thing, `word.life.<life>` in the catalogue.
            moves: The lines; of several with one state and event at most one has no condition.
            states: All its states.
            events: All its events.
            words: Kinds of catalogue words for states and events, such as `record_state` for
                `word.record_state.issued`.
            final: States that nothing leads out of.

        Raises:
            ValueError: a line stands twice, a state or an event is not used, a state has no way
                out and is not final, or has one and is.
        """
        self.life = life
        self.moves = moves
        self.states, self.events = states, events
        self.words = words
        self.final = frozenset(final)
        self._by_start: dict[tuple[State | None, Event], list[Move[State, Event]]] = {}
        for move in moves:
            self._by_start.setdefault((move.before, move.event), []).append(move)
        if fault := next(self._faults(), None):
            raise ValueError(f"{life}: {fault}")

    def __contains__(self, start: tuple[State | None, Event]) -> bool:
        """Tell whether an event is possible in a state, under some condition."""
        return start in self._by_start

    def move(
        self, before: State | None, event: Event, *, holding: Collection[str] = ()
    ) -> Move[State, Event]:
        """Return the line for an event in a state.

        Args:
            before: Present state; None if the thing is not there yet.
            event: What shall happen.
            holding: Names of the conditions that hold.

        Raises:
            TransitionRefusedError: the table has no such line.
        """
        found = self._by_start.get((before, event), [])
        # A line with a condition goes before the one for all other cases.
        for move in sorted(found, key=lambda each: each.when is None):
            if move.when is None or move.when in holding:
                return move
        raise self.refusal(before, event)

    def next_state(
        self, before: State | None, event: Event, *, holding: Collection[str] = ()
    ) -> State:
        """Return the state that an event leads to.

        Raises:
            TransitionRefusedError: the table has no such line.
        """
        return self.move(before, event, holding=holding).after

    def refusal(self, before: State | None, event: Event) -> TransitionRefusedError:
        """Make the error that says what is possible instead."""
        of_state, of_event = self.words
        possible = [f"{of_event}.{each}" for each in self.possible(before, by_people=True)]
        return TransitionRefusedError(
            life=f"life.{self.life}",
            state=f"{of_state}.{before or 'none'}",
            event=f"{of_event}.{event}",
            possible=" ".join(possible) or "life.nothing",
        )

    def possible(self, before: State | None, *, by_people: bool = False) -> tuple[Event, ...]:
        """Return what may happen in a state, in the table's order; or only what people may do."""
        found = [
            move.event
            for move in self.moves
            if move.before == before and not (by_people and move.who == (BY_SYSTEM,))
        ]
        return tuple(dict.fromkeys(found))

    def starts(self, event: Event) -> frozenset[State]:
        """Return the states in which an event is possible."""
        return frozenset(
            move.before for move in self.moves if move.event == event and move.before is not None
        )

    def befores(self, after: State) -> frozenset[State]:
        """Return the states from which one move leads to a state."""
        return frozenset(
            move.before for move in self.moves if move.after == after and move.before is not None
        )

    def ends(self, event: Event) -> frozenset[State]:
        """Return the states that an event may lead to."""
        return frozenset(move.after for move in self.moves if move.event == event)

    def who_may(self, event: Event) -> tuple[Who, ...]:
        """Return who may bring an event about in some state; asked before a state is looked at."""
        found = [each for move in self.moves if move.event == event for each in move.who]
        return tuple(dict.fromkeys(found))

    def require_given(self, event: Event, given: Mapping[str, object]) -> None:
        """Accept what comes with an event: all that it needs, and nothing of it empty.

        Raises:
            AttachmentMissingError: names the first thing that is missing.
        """
        needed = [each for move in self.moves if move.event == event for each in move.needs]
        for attachment in dict.fromkeys(needed):
            value = given.get(attachment)
            if value is None or (isinstance(value, str) and not value.strip()):
                raise AttachmentMissingError(
                    life=f"life.{self.life}",
                    event=f"{self.words[1]}.{event}",
                    attachment=f"attachment.{attachment}",
                )

    def _faults(self) -> Iterator[str]:
        for (before, event), moves in self._by_start.items():
            conditions = [move.when for move in moves]
            if len(set(conditions)) < len(conditions):
                yield f"{event} in {before} stands twice"
        reached = self._reached()
        for state in self.states:
            leads_on = any(move.before == state and move.after != state for move in self.moves)
            if state not in reached:
                yield f"{state} is never reached"
            if leads_on == (state in self.final):
                yield f"{state} is final and is left" if leads_on else f"{state} has no way out"
        for event in set(self.events) - {move.event for move in self.moves}:
            yield f"{event} is never possible"

    def _reached(self) -> set[State]:
        reached: set[State] = set()
        more = {move.after for move in self.moves if move.before is None}
        while more:
            reached |= more
            more = {move.after for move in self.moves if move.before in reached} - reached
        return reached
