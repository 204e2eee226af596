"""The circuit breaker: who is let through while a provider is out of order."""

import pytest

from keys.circuit_breaker import REST_S, CircuitBreaker
from keys.errors import KeyGoneError, KeySlowError


class Clock:
    """Stands still until it is told to move."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(monotonic=clock)


def test_a_failure_is_told_to_everybody_until_the_rest_is_over(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.check()
    failure = KeySlowError(name="seal", timeout_s=5)
    breaker.fail(failure)
    for _ in range(3):
        with pytest.raises(KeySlowError) as caught:
            breaker.check()
        assert caught.value is not failure
        assert caught.value.params == failure.params
    clock.now += REST_S
    breaker.check()


def test_after_the_rest_one_tries_and_success_lets_all_through(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.fail(KeyGoneError(name="seal"))
    clock.now += REST_S
    breaker.check()
    with pytest.raises(KeyGoneError):
        breaker.check()
    breaker.succeed()
    breaker.check()
    breaker.check()


def test_a_second_failure_rests_anew(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.fail(KeyGoneError(name="seal"))
    clock.now += REST_S
    breaker.check()
    breaker.fail(KeySlowError(name="seal", timeout_s=5))
    clock.now += REST_S - 0.1
    with pytest.raises(KeySlowError):
        breaker.check()


def test_who_waited_through_a_failure_fails(breaker: CircuitBreaker, clock: Clock) -> None:
    seen = breaker.check()
    breaker.require_no_failure_since(seen)
    breaker.fail(KeyGoneError(name="seal"))
    with pytest.raises(KeyGoneError):
        breaker.require_no_failure_since(seen)
    clock.now += REST_S
    breaker.require_no_failure_since(breaker.check())  # the one that tries
