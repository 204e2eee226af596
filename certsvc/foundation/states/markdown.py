"""Printing a transition table for people: Markdown, Chinese terms first, English beside."""

from collections.abc import Callable, Iterator

from certsvc.foundation.states.rules import SYSTEM, Event, Move, State, TransitionTable, Who

Say = Callable[[str], str]
"""Returns the words for a code of the catalogue, both languages in one."""
_HEADING = ("现状 · state", "事件 · event", "谁可以 · who may", "须给出 · must be given",
            "条件 · if", "此后 · then")  # fmt: skip


def table_section(table: TransitionTable[State, Event], say: Say) -> str:
    """Return a table as a section: its heading, its lines, its final states."""
    rows = [_HEADING, ("---",) * len(_HEADING), *(_row(table, move, say) for move in table.moves)]
    lines = [f"## {say(f'word.life.{table.life}')}", ""]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", f"终态 · final: {_finals(table, say)}.", ""]
    return "\n".join(lines)


def _row(
    table: TransitionTable[State, Event], move: Move[State, Event], say: Say
) -> tuple[str, ...]:
    of_state, of_event = table.words
    before = "-" if move.before is None else say(f"word.{of_state}.{move.before}")
    return (
        before,
        say(f"word.{of_event}.{move.event}"),
        "<br>".join(_who(each, say) for each in move.who),
        "<br>".join(say(f"word.attachment.{each}") for each in move.needs) or "-",
        say(f"word.condition.{move.when}") if move.when else "-",
        say(f"word.{of_state}.{move.after}"),
    )


def _who(who: Who, say: Say) -> str:
    return "，".join(_parts_of(who, say))


def _parts_of(who: Who, say: Say) -> Iterator[str]:
    yield say("word.life.system" if who.right == SYSTEM else f"word.permission.{who.right}")
    if who.another_person:
        yield say("word.life.another-person")
    if who.same_person:
        yield say("word.life.same-person")


def _finals(table: TransitionTable[State, Event], say: Say) -> str:
    of_state = table.words[0]
    found = [say(f"word.{of_state}.{state}") for state in table.states if state in table.final]
    return "、".join(found) or "-"
