"""Transition tables: what they refuse and how, and that those of the program are whole."""

from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import product

import pytest

from api.shared.sentences import sentence_of
from certsvc.certificates.extraction.rules import (
    COPY_LIFE,
    WAS_WITHDRAWN,
    CopyEvent,
    CopyState,
    copy_state,
)
from certsvc.certificates.issuance.rules import ISSUANCE_LIFE
from certsvc.certificates.records.rules import (
    RECORD_LIFE,
    RecordAction,
    RecordState,
    RecordStatus,
)
from certsvc.foundation.idempotency.rules import RequestState
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.foundation.net.breakers import BreakerState
from certsvc.foundation.notifications.rules import DeliveryState
from certsvc.foundation.states.rules import (
    SYSTEM,
    AttachmentMissingError,
    Move,
    TransitionRefusedError,
    TransitionTable,
    Who,
)
from certsvc.people.rights.moves import (
    AnotherPersonNeededError,
    SamePersonNeededError,
    require_mover,
)
from certsvc.people.rights.rules import Actor, Permission, PermissionDeniedError, Role
from tests.support.lives import PAGE, Table, page, state_enums, tables

NO_LIFE_OF_THEIR_OWN = {
    RecordStatus: "follows the issuance, whose table has it",
    RequestState: "a claim ends by being deleted, and no person ever sees it",
    DeliveryState: "of a line of a log, written by the sender alone; no person moves it",
    BreakerState: "follows from counts and times, in the memory of one process",
}


class Stage(StrEnum):
    """A complaint, made up: received, accepted, closed or refused."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    REFUSED = "refused"


class Act(StrEnum):
    """What is done with a complaint."""

    FILE = "file"
    ACCEPT = "accept"
    REFUSE = "refuse"
    EXTEND = "extend"
    CLOSE = "close"


FILE = Move(before=None, event=Act.FILE, after=Stage.RECEIVED, who=(Who(right="issue"),))
ACCEPT = Move(before=Stage.RECEIVED, event=Act.ACCEPT, after=Stage.ACCEPTED)
REFUSE = Move(
    before=Stage.RECEIVED,
    event=Act.REFUSE,
    after=Stage.REFUSED,
    who=(Who(right="change_record"),),
    needs=("reason_code", "evidence"),
)
EXTEND = Move(
    before=Stage.ACCEPTED,
    event=Act.EXTEND,
    after=Stage.ACCEPTED,
    who=(Who(right="change_record", another_person=True),),
    when="in-time",
)
CLOSE = Move(
    before=Stage.ACCEPTED,
    event=Act.CLOSE,
    after=Stage.CLOSED,
    who=(Who(right="change_record", same_person=True),),
)
ENDS = (Stage.CLOSED, Stage.REFUSED)


def table_of(*moves: Move[Stage, Act], final: tuple[Stage, ...] = ENDS) -> Table:
    return TransitionTable("batch", *moves, states=Stage, events=Act, words=("x", "y"), final=final)


COMPLAINTS = table_of(FILE, ACCEPT, REFUSE, EXTEND, CLOSE)


def actor(*roles: Role, login: str = "li", person: str | None = "P1") -> Actor:
    return Actor(id=f"staff:{login}", name="", roles=frozenset(roles), person_id=person)


def test_a_table_leads_on() -> None:
    state: Stage | None = None
    for act in (Act.FILE, Act.ACCEPT, Act.CLOSE):
        state = COMPLAINTS.next_state(state, act)
    assert state is Stage.CLOSED


@pytest.mark.parametrize("state", [None, *Stage])
def test_what_the_table_does_not_list_is_refused_and_the_error_says_what_is_possible(
    state: Stage | None,
) -> None:
    by_people = set(COMPLAINTS.possible(state, by_people=True))
    for act in set(Act) - set(COMPLAINTS.possible(state)):
        with pytest.raises(TransitionRefusedError) as refused:
            COMPLAINTS.next_state(state, act)
        params = refused.value.params
        assert (params["state"], params["event"]) == (f"x.{state or 'none'}", f"y.{act}")
        told = set(str(params["possible"]).split())
        assert told == ({f"y.{each}" for each in by_people} or {"life.nothing"})


def test_a_refusal_is_told_in_words_of_both_languages() -> None:
    refusal = RECORD_LIFE.refusal(RecordState.SUSPENDED, RecordAction.SUSPEND)
    assert sentence_of(refusal, Language.ZH) == (
        "证明当前状态是“已暂停”，不能办理“暂停”。现在可以办理：恢复、撤销、注销、换发或更正。"
    )
    assert "Possible now: resume, revoke" in sentence_of(refusal, Language.EN)
    ended = RECORD_LIFE.refusal(RecordState.REVOKED, RecordAction.RESUME)
    assert "现在可以办理：无" in sentence_of(ended, Language.ZH)


def test_a_condition_decides_between_lines() -> None:
    assert COPY_LIFE.next_state(CopyState.SUSPENDED, CopyEvent.RESUME) is CopyState.IN_FORCE
    held = COPY_LIFE.next_state(CopyState.SUSPENDED, CopyEvent.RESUME, holding={WAS_WITHDRAWN})
    assert held is CopyState.WITHDRAWN
    with pytest.raises(TransitionRefusedError):
        COMPLAINTS.next_state(Stage.ACCEPTED, Act.EXTEND)
    assert COMPLAINTS.next_state(Stage.ACCEPTED, Act.EXTEND, holding={"in-time"}) is Stage.ACCEPTED


@pytest.mark.parametrize(
    "given", [{}, {"reason_code": "malice"}, {"reason_code": "x", "evidence": " "}]
)
def test_what_must_be_given_is_asked_for(given: dict[str, object]) -> None:
    with pytest.raises(AttachmentMissingError):
        COMPLAINTS.require_given(Act.REFUSE, given)
    COMPLAINTS.require_given(Act.REFUSE, {"reason_code": "malice", "evidence": b"letter"})


def test_the_right_is_asked_for() -> None:
    require_mover(actor(Role.HANDLER), COMPLAINTS, Act.REFUSE)
    with pytest.raises(PermissionDeniedError):
        require_mover(actor(Role.CLERK), COMPLAINTS, Act.REFUSE)


def test_what_the_system_does_nobody_may() -> None:
    everything = actor(*Role)
    with pytest.raises(PermissionDeniedError):
        require_mover(everything, COMPLAINTS, Act.ACCEPT)


def test_another_person_is_another_behind_whatever_account() -> None:
    for same in (actor(Role.HANDLER), actor(Role.HANDLER, login="li-2")):
        with pytest.raises(AnotherPersonNeededError):
            require_mover(same, COMPLAINTS, Act.EXTEND, earlier={"staff:li", "P1"})
    other = actor(Role.HANDLER, login="wang", person="P2")
    require_mover(other, COMPLAINTS, Act.EXTEND, earlier={"staff:li", "P1"})


def test_the_same_person_is_nobody_else() -> None:
    require_mover(actor(Role.HANDLER), COMPLAINTS, Act.CLOSE, earlier={"staff:li"})
    with pytest.raises(SamePersonNeededError):
        require_mover(actor(Role.HANDLER), COMPLAINTS, Act.CLOSE, earlier={"staff:wang"})


@pytest.mark.parametrize(
    ("moves", "final", "fault"),
    [
        ((FILE, ACCEPT, REFUSE, EXTEND, CLOSE, CLOSE), ENDS, "twice"),
        ((FILE, ACCEPT, REFUSE, EXTEND), ENDS, "accepted has no way out"),
        ((FILE, ACCEPT, REFUSE, EXTEND, CLOSE), (Stage.CLOSED,), "refused has no way out"),
        ((FILE, ACCEPT, REFUSE, EXTEND, CLOSE), (*ENDS, Stage.ACCEPTED), "is left"),
        ((FILE, REFUSE, EXTEND, CLOSE), ENDS, "accepted is never reached"),
        ((FILE, ACCEPT, REFUSE, CLOSE), ENDS, "extend is never possible"),
    ],
)
def test_a_table_that_is_not_whole_cannot_be_made(
    moves: tuple[Move[Stage, Act], ...], final: tuple[Stage, ...], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        table_of(*moves, final=final)


def test_every_enum_of_states_has_a_table() -> None:
    with_table = {table.states for table in tables()}
    assert state_enums() - with_table - set(NO_LIFE_OF_THEIR_OWN) == set()
    assert set(NO_LIFE_OF_THEIR_OWN) & with_table == set()


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.life)
def test_every_state_is_reached_and_has_a_way_out_or_is_final(table: Table) -> None:
    reached: set[str | None] = {None}
    for _ in range(len(table.moves)):
        reached |= {move.after for move in table.moves if move.before in reached}
    assert reached - {None} == set(table.states)
    stuck = {
        state
        for state in table.states
        if not any(move.before == state != move.after for move in table.moves)
    }
    assert stuck == table.final


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.life)
def test_every_word_of_a_table_is_known(table: Table) -> None:
    of_state, of_event = table.words
    codes = [
        f"word.life.{table.life}",
        *(f"word.{of_state}.{state}" for state in ("none", *table.states)),
        *(f"word.{of_event}.{event}" for event in table.events),
        *(f"word.attachment.{each}" for move in table.moves for each in move.needs),
        *(f"word.condition.{move.when}" for move in table.moves if move.when),
    ]
    assert [code for code in codes if code not in load_catalogue()] == []
    rights = {who.right for move in table.moves for who in move.who}
    assert rights <= {SYSTEM, *Permission}


def test_the_page_prints_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/states --write"


def test_an_issuance_that_ended_ends_once() -> None:
    assert {ISSUANCE_LIFE.possible(state) for state in ISSUANCE_LIFE.final} == {()}


NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
_OF_RECORD = set(CopyEvent) & set(RecordAction)


def test_the_table_of_copies_says_what_the_program_answers() -> None:
    for events in product(set(CopyEvent) - {CopyEvent.EXTRACT}, repeat=4):
        told, answered = live_through(events)
        assert told == answered, events


def live_through(events: tuple[CopyEvent, ...]) -> tuple[CopyState, CopyState]:
    """Return the copy's state after some events by its table, and by the program's own answer."""
    record, copy, is_withdrawn = RecordState.ISSUED, CopyState.IN_FORCE, False
    for event in events:
        if event in _OF_RECORD:
            if (record, RecordAction(event)) not in RECORD_LIFE:
                continue
            record = RECORD_LIFE.next_state(record, RecordAction(event))
        is_withdrawn |= event is CopyEvent.WITHDRAW
        holding = {WAS_WITHDRAWN} if is_withdrawn else set()
        copy = COPY_LIFE.next_state(copy, event, holding=holding)
    last_day = date(2026, 11, 30) if record is RecordState.EXPIRED else date(2026, 12, 31)
    return copy, copy_state(record, is_withdrawn=is_withdrawn, valid_until=last_day, now=NOW)
