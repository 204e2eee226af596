"""Several timestamp authorities in order of preference, as one.

* The next is asked when one fails, for whatever reason; every token is checked the same way.
* One that failed is asked last for a while, so that a dead first choice delays one seal, not all.
* No level is lowered: if none answers, there is no timestamp and no seal.
"""

import time
from collections.abc import Callable, Sequence

from signing.errors import TimestampError
from signing.timestamps.authority import TimestampAuthority

_REST_S = 60.0


class TimestampAuthorities:
    """A :class:`~signing.timestamps.authority.TimestampAuthority` made of several."""

    def __init__(
        self,
        authorities: Sequence[TimestampAuthority],
        *,
        rest_s: float = _REST_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put them in order.

        Args:
            authorities: At least one, the preferred first.
            rest_s: How long one that failed is asked last, seconds.
            monotonic: A clock that never goes back, seconds.
        """
        if not authorities:
            raise ValueError("no timestamp authority")
        self._authorities = tuple(authorities)
        self._rest_s = rest_s
        self._monotonic = monotonic
        self._failed_at = [-rest_s] * len(self._authorities)

    @property
    def token_size_limit(self) -> int:
        """Room for the token of any of them, since the room is kept before one answers."""
        return max(authority.token_size_limit for authority in self._authorities)

    def timestamp(self, digest: bytes) -> bytes:
        """A token of the first that gives one.

        Raises:
            TimestampError: None did; the failure of the first that was asked, with a note for
                each of the others.
        """
        failures: list[TimestampError] = []
        for index in self._order():
            try:
                return self._authorities[index].timestamp(digest)
            except TimestampError as failure:
                self._failed_at[index] = self._monotonic()
                failures.append(failure)
        first, *others = failures
        for other in others:
            first.add_note(f"then {other}")
        raise first

    def _order(self) -> list[int]:
        now = self._monotonic()
        resting = [now - failed_at < self._rest_s for failed_at in self._failed_at]
        return sorted(range(len(resting)), key=lambda index: (resting[index], index))
