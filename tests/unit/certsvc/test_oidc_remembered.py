"""What the identity platform publishes is asked for by one at a time, and not again at once."""

from datetime import timedelta

import pytest

from certsvc.foundation.clock import FixedClock
from certsvc.people.oidc.remembered import FAILURE_KEPT_FOR_S, KEPT_FOR, Remembered
from certsvc.people.oidc.rules import PlatformUnavailableError
from tests.support.world import NOW


class Platform:
    """Answers in turn, or fails."""

    def __init__(self) -> None:
        self.clock, self.seconds = FixedClock(NOW), 0.0
        self.asked, self.is_away = 0, False
        self.remembered = Remembered[int](now=self.clock.now, monotonic=lambda: self.seconds)

    def fetch(self) -> int:
        self.asked += 1
        if self.is_away:
            raise PlatformUnavailableError
        return self.asked

    def get(self, *, afresh: bool = False) -> int:
        return self.remembered.get(self.fetch, afresh=afresh)


def test_a_failure_is_remembered_for_seconds() -> None:
    platform = Platform()
    platform.is_away = True
    for _ in range(3):
        with pytest.raises(PlatformUnavailableError):
            platform.get()
    assert platform.asked == 1
    platform.is_away, platform.seconds = False, FAILURE_KEPT_FOR_S
    assert platform.get() == 2


def test_what_is_good_is_served_although_asking_afresh_failed() -> None:
    platform = Platform()
    assert platform.get() == 1
    platform.is_away = True
    with pytest.raises(PlatformUnavailableError):
        platform.get(afresh=True)
    assert platform.get() == 1
    platform.clock.advance(KEPT_FOR + timedelta(seconds=1))
    with pytest.raises(PlatformUnavailableError):
        platform.get()
    assert platform.asked == 2


@pytest.mark.parametrize("is_known", [False, True])
def test_nobody_waits_while_another_asks(is_known: bool) -> None:  # noqa: FBT001  a parameter of the test
    platform = Platform()
    if is_known:
        platform.get()
        platform.clock.advance(KEPT_FOR)
    met: list[int | None] = []

    def slow() -> int:
        # A second caller comes while the first one's question is under way.
        try:
            met.append(platform.get())
        except PlatformUnavailableError:
            met.append(None)
        return 7

    assert platform.remembered.get(slow) == 7
    assert met == [1 if is_known else None]
    assert platform.get() == 7
