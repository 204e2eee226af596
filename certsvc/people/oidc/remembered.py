"""In-memory cache of metadata and keys of the identity platform, failures included.

Anybody can make this system ask the platform, by opening the log-in page. So nobody waits for
another's question: one asks, and whoever comes meanwhile takes what is known or is refused at once.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from certsvc.people.oidc.rules import PlatformUnavailableError

KEPT_FOR = timedelta(hours=1)
"""How long an answer is good."""
FAILURE_KEPT_FOR_S = 15.0
"""Seconds after a failure in which the platform is not asked again."""
_Value = TypeVar("_Value")


class Remembered(Generic[_Value]):
    """One thing that the platform publishes."""

    def __init__(self, *, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._now, self._monotonic = now, monotonic
        self._asking = threading.Lock()
        self._kept: tuple[datetime, _Value] | None = None
        self._failed_at: float | None = None

    def get(self, fetch: Callable[[], _Value], *, afresh: bool = False) -> _Value:
        """Return what is kept, or fetch it.

        Args:
            fetch: Asks the platform.
            afresh: What is kept is not good enough.

        Raises:
            PlatformUnavailableError: it failed now or seconds ago, or somebody else is asking it.
        """
        kept = self._kept
        if kept is not None and not afresh and self._now() - kept[0] < KEPT_FOR:
            return kept[1]
        if self._failed_lately():
            raise PlatformUnavailableError
        if not self._asking.acquire(blocking=False):
            if kept is None or afresh:
                raise PlatformUnavailableError
            # Slightly outdated while one request refreshes it, instead of refusing everybody.
            return kept[1]
        try:
            return self._fetch(fetch)
        finally:
            self._asking.release()

    def _fetch(self, fetch: Callable[[], _Value]) -> _Value:
        try:
            value = fetch()
        except PlatformUnavailableError:
            self._failed_at = self._monotonic()
            raise
        self._kept, self._failed_at = (self._now(), value), None
        return value

    def _failed_lately(self) -> bool:
        failed_at = self._failed_at
        return failed_at is not None and self._monotonic() - failed_at < FAILURE_KEPT_FOR_S
