"""One bad source never slows the others: by the order of what happens, never by a stopwatch."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from certsvc.evidence.sources.errors import (
    HolderNotFoundError,
    SourceNonsenseError,
    SourceSlowError,
    SourceUnavailableError,
)
from certsvc.evidence.sources.health_rules import Call, CallPurpose, Outcome
from certsvc.evidence.sources.rules import VerifiedData
from certsvc.evidence.sources.service import SourceRegister
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.net.breakers import BreakerState
from certsvc.foundation.net.bulkheads import Bulkhead, NoPlaceError, TimeOverError
from certsvc.people.rights.rules import Actor, Role
from tests.support.department_service import DepartmentService, department_service, replies, says
from tests.support.departments import UNIT, described

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
HOLDER = HolderCode(value="990101199003070023")
CLERK = Actor(id="staff:clerk", name="", roles=frozenset({Role.CLERK}))
GOOD = replies({"data": [{"xm": "青小禾"}]})
LONG = {"total_s": 30, "read_s": 30, "connect_s": 5, "at_once": 2, "waiting": 1}


class Site:
    """Two departments: `bad`, which a test lets hang, and `good`."""

    def __init__(self, bad: DepartmentService, good: DepartmentService, **limits: Any) -> None:  # noqa: ANN401
        self.bad, self.good = bad, good
        self.calls: list[Call] = []
        definition = {
            "holder_name": "xm",
            "basis": "库",
            "fields": {"name": "xm"},
            "path": "/",
            "parameters": {"number": ":holder"},
            "records": "data",
        }
        self.register = SourceRegister(
            tuple(
                described(
                    code=code,
                    name=code,
                    kind="http",
                    url=service.url,
                    retries=0,
                    probe="/alive",
                    limits=LONG | limits,
                    types={code: definition},
                )
                for code, service in (("bad", bad), ("good", good))
            ),
            record=self.calls.append,
            clock=FixedClock(NOW),
        )
        self.guards = {each.description.code: each for each in self.register}

    def ask(self, type_code: str) -> VerifiedData:
        return self.register.query(
            type_code=type_code, holder=HOLDER, matter_code="matter", actor=CLERK, now=NOW
        )

    def fail(self, type_code: str) -> CertsvcError:
        with pytest.raises(CertsvcError) as caught:
            self.ask(type_code)
        return caught.value

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(call.source, call.outcome.value) for call in self.calls]


@pytest.fixture
def make_site() -> Iterator[Callable[..., Site]]:
    with department_service(GOOD) as bad, department_service(GOOD) as good:
        yield lambda **limits: Site(bad, good, **limits)


def test_a_hanging_source_holds_up_its_own_callers_alone(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.bad.behave(site.bad.hang)
    with ThreadPoolExecutor(3) as callers:
        held: list[Future[CertsvcError]] = [callers.submit(site.fail, "bad") for _ in range(3)]
        for _ in range(2):
            assert site.bad.hanging.acquire(timeout=30)  # both places are taken, by who hangs
        _until(lambda: site.guards["bad"]._bulkhead._callers._value == 0)  # the third waits
        # A fourth caller is answered while the three are held.
        refused = site.fail("bad")
        assert isinstance(refused, SourceSlowError)
        assert refused.params["reason"] == "busy"
        # Everybody at the good source is served while they are held.
        for _ in range(20):
            assert site.ask("good").holder_name == "青小禾"
        assert not any(each.done() for each in held)
        assert (site.guards["bad"].under_way, site.guards["good"].under_way) == (2, 0)
        site.bad.behave(GOOD)
        site.bad.let_go.set()
        ended = [each.exception() or each.result() for each in held if each.exception() is None]
    assert site.outcomes.count(("good", "answered")) == 20
    assert [type(each) for each in ended].count(SourceUnavailableError) == 2


def test_nobody_waits_longer_than_the_limit_though_the_driver_never_ends(
    make_site: Callable[..., Site],
) -> None:
    del make_site
    bulkhead, never = Bulkhead(at_once=1, waiting=0), threading.Event()
    with pytest.raises(TimeOverError):
        bulkhead.run(never.wait, limit_s=0.05)
    assert bulkhead.under_way == 1  # it keeps its place: the source has no more threads than places
    with pytest.raises(NoPlaceError):
        bulkhead.run(lambda: None, limit_s=0.05)
    never.set()
    _until(lambda: bulkhead.under_way == 0)
    assert bulkhead.run(lambda: "again", limit_s=30) == "again"


def test_after_failures_everybody_is_answered_at_once(make_site: Callable[..., Site]) -> None:
    site = make_site(failures=2, rest_s=3600)
    site.bad.behave(says("{}", status="500 Internal Server Error"))
    assert [site.fail("bad").params.get("reason") for _ in range(4)] == [
        None,
        None,
        "resting",
        "resting",
    ]
    assert len(site.bad.asked) == 2
    assert site.guards["bad"].breaker_state is BreakerState.OPEN
    assert site.ask("good").holder_name == "青小禾"
    # What was not asked says nothing about the source.
    assert site.outcomes == [("bad", "down"), ("bad", "down"), ("good", "answered")]


def test_after_a_check_that_succeeded_the_next_caller_tries(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(failures=1, rest_s=3600)
    site.bad.behave(says("{}", status="500 Internal Server Error"))
    site.fail("bad")
    assert site.register.check("bad", actor=CLERK).outcome is Outcome.DOWN
    assert site.guards["bad"].breaker_state is BreakerState.OPEN
    site.bad.behave(GOOD)
    site.guards["bad"]._last_check = None  # five seconds later
    call = site.register.check("bad", actor=CLERK)
    assert (call.outcome, call.purpose) == (Outcome.ANSWERED, CallPurpose.CHECK)
    assert site.guards["bad"].breaker_state is BreakerState.OPEN, "no question was answered yet"
    assert site.ask("bad").holder_name == "青小禾"
    assert site.guards["bad"].breaker_state is BreakerState.CLOSED


def test_checks_do_not_keep_a_source_open_that_fails_real_questions(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(failures=1, rest_s=3600)
    site.bad.behave(says("{}", status="500 Internal Server Error"))
    site.fail("bad")
    site.bad.behave(GOOD)
    assert site.register.check("bad", actor=CLERK).outcome is Outcome.ANSWERED
    site.bad.behave(says("{}", status="500 Internal Server Error"))
    site.fail("bad")
    asked = len(site.bad.asked)
    site.fail("bad")
    assert len(site.bad.asked) == asked, "one caller tried, the next is answered at once"


def test_checks_in_a_row_ask_once(make_site: Callable[..., Site]) -> None:
    site = make_site()
    first = site.register.check("good", actor=CLERK)
    assert site.register.check("good", actor=CLERK) == first
    assert len(site.good.asked) == 1


def test_answers_that_are_none_or_nonsense_do_not_close_the_way(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(failures=1)
    site.bad.behave(replies({"data": []}), says("?"), replies({"data": [{"xm": None}]}), GOOD)
    errors = [type(site.fail("bad")) for _ in range(3)]
    assert errors == [HolderNotFoundError, SourceNonsenseError, SourceNonsenseError]
    assert site.ask("bad").holder_name == "青小禾"
    assert [outcome for _, outcome in site.outcomes] == ["none", "nonsense", "nonsense", "answered"]


def test_a_fault_of_the_programs_own_is_not_held_against_the_source(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(failures=1)
    with pytest.raises(KeyError):
        site.guards["good"].query("no-such-type", HOLDER)
    with pytest.raises(ZeroDivisionError):
        site.guards["good"]._guarded(lambda: 1 // 0)
    assert site.ask("good").evidence.unit_code == UNIT


def _until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a limit."""
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("it never came about")
