"""Who of several timestamp authorities is asked, and what happens when none answers."""

from dataclasses import dataclass, field

import pytest

from signing.errors import (
    TimestampMalformedError,
    TimestampTimeoutError,
    TimestampUntrustedError,
)
from signing.timestamps.authority import TimestampAuthority
from signing.timestamps.timestamp_failover import TimestampAuthorities
from tests.support.seals import timestamp_authority

_DIGEST = bytes(32)


@dataclass
class Watched:
    """A real authority that counts its requests, and fails while it is told to."""

    token_size_limit: int = 4096
    failure: Exception | None = None
    asked: int = 0
    behind: TimestampAuthority = field(default_factory=timestamp_authority)

    def timestamp(self, digest: bytes) -> bytes:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return self.behind.timestamp(digest)


_FAILURES = (
    TimestampTimeoutError(authority="first", timeout_s=1),
    TimestampMalformedError(authority="first"),
    TimestampUntrustedError(authority="first"),
)


def test_the_preferred_one_is_asked_alone() -> None:
    first, second = Watched(), Watched()
    assert TimestampAuthorities([first, second]).timestamp(_DIGEST)
    assert (first.asked, second.asked) == (1, 0)


@pytest.mark.parametrize("failure", _FAILURES, ids=lambda failure: type(failure).__name__)
def test_the_next_is_asked_whatever_went_wrong(failure: Exception) -> None:
    first, second = Watched(failure=failure), Watched()
    assert TimestampAuthorities([first, second]).timestamp(_DIGEST)
    assert (first.asked, second.asked) == (1, 1)


def test_one_that_failed_rests_and_then_is_preferred_again() -> None:
    now = [1000.0]
    first = Watched(failure=TimestampTimeoutError(authority="first", timeout_s=1))
    second = Watched()
    several = TimestampAuthorities([first, second], rest_s=60, monotonic=lambda: now[0])
    for _ in range(3):
        several.timestamp(_DIGEST)
    assert (first.asked, second.asked) == (1, 3)
    now[0] += 60
    first.failure = None
    several.timestamp(_DIGEST)
    assert (first.asked, second.asked) == (2, 3)


def test_one_that_rests_is_still_asked_when_the_others_fail() -> None:
    first = Watched(failure=TimestampTimeoutError(authority="first", timeout_s=1))
    second = Watched()
    several = TimestampAuthorities([first, second], monotonic=lambda: 0.0)
    several.timestamp(_DIGEST)
    first.failure, second.failure = None, TimestampMalformedError(authority="second")
    assert several.timestamp(_DIGEST)
    assert (first.asked, second.asked) == (2, 2)


def test_none_answers() -> None:
    first = Watched(failure=TimestampTimeoutError(authority="first", timeout_s=1))
    second = Watched(failure=TimestampMalformedError(authority="second"))
    with pytest.raises(TimestampTimeoutError) as caught:
        TimestampAuthorities([first, second]).timestamp(_DIGEST)
    assert caught.value.params["authority"] == "first"
    assert "second" in caught.value.__notes__[0]


def test_a_fault_of_the_program_is_not_hidden() -> None:
    first, second = Watched(failure=ZeroDivisionError()), Watched()
    with pytest.raises(ZeroDivisionError):
        TimestampAuthorities([first, second]).timestamp(_DIGEST)
    assert second.asked == 0


def test_room_is_kept_for_the_largest_token() -> None:
    several = TimestampAuthorities([Watched(token_size_limit=10), Watched(token_size_limit=20)])
    assert several.token_size_limit == 20


def test_there_must_be_one() -> None:
    with pytest.raises(ValueError, match="no timestamp authority"):
        TimestampAuthorities([])
