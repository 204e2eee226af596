"""A source that fails again and again is left alone; health counts what came of calls."""

import pytest

from certsvc.evidence.sources.health_rules import latency_of
from certsvc.foundation.net.breakers import Breaker, BreakerOpenError, BreakerState


class Monotonic:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def breaker(monotonic: Monotonic) -> Breaker:
    return Breaker(failures=3, rest_s=30, monotonic=monotonic)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.fail(breaker.enter())


def test_it_opens_after_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeed(breaker.enter())
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN
    with pytest.raises(BreakerOpenError):
        breaker.enter()


def test_one_caller_tries_when_the_rest_is_over(breaker: Breaker, monotonic: Monotonic) -> None:
    fail(breaker, 3)
    monotonic.at = 29.9
    with pytest.raises(BreakerOpenError):
        breaker.enter()
    monotonic.at = 30
    permit = breaker.enter()
    assert breaker.state is BreakerState.TRYING
    with pytest.raises(BreakerOpenError):
        breaker.enter()
    breaker.succeed(permit)
    assert breaker.state is BreakerState.CLOSED
    breaker.enter()


def test_a_failed_trial_begins_another_rest(breaker: Breaker, monotonic: Monotonic) -> None:
    fail(breaker, 3)
    monotonic.at = 30
    breaker.fail(breaker.enter())
    assert breaker.state is BreakerState.OPEN
    monotonic.at = 59
    with pytest.raises(BreakerOpenError):
        breaker.enter()
    monotonic.at = 60
    breaker.enter()


def test_a_trial_that_was_not_asked_leaves_the_try_to_another(
    breaker: Breaker, monotonic: Monotonic
) -> None:
    fail(breaker, 3)
    monotonic.at = 30
    breaker.leave(breaker.enter())
    assert breaker.state is BreakerState.OPEN
    breaker.succeed(breaker.enter())
    assert breaker.state is BreakerState.CLOSED


def test_what_was_asked_before_the_way_closed_does_not_open_it(breaker: Breaker) -> None:
    early = breaker.enter()
    fail(breaker, 3)
    breaker.succeed(early)
    assert breaker.state is BreakerState.OPEN


def test_a_check_that_succeeded_lets_one_caller_try(breaker: Breaker) -> None:
    breaker.end_rest()  # nothing to end
    fail(breaker, 3)
    breaker.end_rest()
    assert breaker.state is BreakerState.OPEN
    trial = breaker.enter()
    with pytest.raises(BreakerOpenError):
        breaker.enter()
    breaker.fail(trial)
    with pytest.raises(BreakerOpenError):
        breaker.enter()
    breaker.end_rest()
    breaker.succeed(breaker.enter())
    assert breaker.state is BreakerState.CLOSED


def test_latency_is_by_nearest_rank() -> None:
    assert latency_of([]) is None
    latency = latency_of([*range(1, 101)])
    assert latency is not None
    assert (latency.half_ms, latency.most_ms, latency.longest_ms) == (50, 95, 100)
    one = latency_of([7])
    assert one is not None
    assert (one.half_ms, one.most_ms, one.longest_ms) == (7, 7, 7)
