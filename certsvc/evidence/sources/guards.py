"""One source with its circuit breaker and bulkhead; the outcome of each call is recorded.

1. While the source is left alone, everybody is answered at once.
2. So many ask at a time; who finds no place is answered at once as well.
3. Nobody waits longer than the source's limit, whatever its driver does.
4. Slow and down count against it; an answer, even none or nonsense, shows that it is there.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import TypeVar

from certsvc.evidence.sources.answers import AnswerTaker, TakenAnswer
from certsvc.evidence.sources.connectors import Connector, down, slow
from certsvc.evidence.sources.descriptions import SourceDescription
from certsvc.evidence.sources.errors import (
    HolderNotFoundError,
    SeveralRecordsError,
    SourceNonsenseError,
    SourceSecretMissingError,
    SourceSlowError,
    SourceUnavailableError,
)
from certsvc.evidence.sources.health_rules import Call, CallPurpose, Outcome
from certsvc.foundation.clock import Clock
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.net.breakers import Breaker, BreakerOpenError, BreakerState
from certsvc.foundation.net.bulkheads import Bulkhead, NoPlaceError, TimeOverError

T = TypeVar("T")
CHECK_PAUSE_S = 5.0
"""A check within this time of the last one gets its result: a page that is loaded again and again
must not ask a department again and again."""
_OUTCOMES: dict[type[CertsvcError], Outcome] = {
    HolderNotFoundError: Outcome.NONE,
    SeveralRecordsError: Outcome.SEVERAL,
    SourceSlowError: Outcome.SLOW,
    SourceNonsenseError: Outcome.NONSENSE,
    SourceUnavailableError: Outcome.DOWN,
    SourceSecretMissingError: Outcome.DOWN,
}
_NOT_ASKED = {"busy", "resting"}
"""Reasons of errors that occur without contacting the source."""

RecordCall = Callable[[Call], None]
"""Is called for every call, in the caller's thread; must return at once."""


class GuardedSource:
    """One source that may be asked by many threads."""

    def __init__(
        self,
        description: SourceDescription,
        connector: Connector,
        *,
        taker: AnswerTaker,
        record: RecordCall,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.description = description
        self.connector = connector
        self._taker, self._record, self._clock, self._monotonic = taker, record, clock, monotonic
        limits = description.limits
        self._breaker = Breaker(failures=limits.failures, rest_s=limits.rest_s, monotonic=monotonic)
        self._bulkhead = Bulkhead(at_once=limits.at_once, waiting=limits.waiting)
        self._checking = Lock()
        self._last_check: tuple[float, Call] | None = None

    def query(self, type_code: str, holder: HolderCode) -> tuple[TakenAnswer, str]:
        """Ask about a holder; return the facts and the digest of the answer as it came.

        Raises:
            HolderNotFoundError: no record.
            SeveralRecordsError: several.
            SourceSlowError: no answer in time, or too many ask already.
            SourceNonsenseError: the answer is not what it should be.
            SourceUnavailableError: it is down, or left alone because it was.
            SourceSecretMissingError: a password or key is not where it should be.
        """
        definition = self.description.types[type_code]
        with self._noted(CallPurpose.QUERY):
            raw = self._guarded(lambda: self.connector.fetch(type_code, holder))
            return self._taker.take(raw, definition, holder), raw.sha256

    def check(self) -> Call:
        """Run a harmless query now, even if the breaker is open; afterwards one caller may try.

        Raises:
            SourceSlowError: somebody checks it at this moment.
        """
        if not self._checking.acquire(blocking=False):
            raise slow(self.description, reason="busy")
        try:
            if self._last_check is not None:
                checked, call = self._last_check
                if self._monotonic() - checked < CHECK_PAUSE_S:
                    return call
            call = self._checked()
            self._last_check = self._monotonic(), call
            return call
        finally:
            self._checking.release()

    @property
    def breaker_state(self) -> BreakerState:
        """Whether it is asked, in this process."""
        return self._breaker.state

    @property
    def under_way(self) -> int:
        """Questions under way, in this process."""
        return self._bulkhead.under_way

    def _checked(self) -> Call:
        started, outcome = self._monotonic(), Outcome.ANSWERED
        try:
            self._in_time(self.connector.check)
            self._breaker.end_rest()
        except tuple(_OUTCOMES) as error:
            outcome = _OUTCOMES[type(error)]
        call = self._call(CallPurpose.CHECK, outcome, started)
        self._record(call)
        return call

    def _guarded(self, ask: Callable[[], T]) -> T:
        try:
            permit = self._breaker.enter()
        except BreakerOpenError as error:
            raise down(self.description, reason="resting") from error
        try:
            answer = self._in_time(ask)
        except (SourceSlowError, SourceUnavailableError) as error:
            if error.params.get("reason") in _NOT_ASKED:
                self._breaker.leave(permit)
            else:
                self._breaker.fail(permit)
            raise
        except SourceNonsenseError:
            self._breaker.succeed(permit)
            raise
        except BaseException:
            self._breaker.leave(permit)
            raise
        self._breaker.succeed(permit)
        return answer

    def _in_time(self, ask: Callable[[], T]) -> T:
        try:
            return self._bulkhead.run(ask, limit_s=self.description.limits.total_s)
        except NoPlaceError as error:
            raise slow(self.description, reason="busy") from error
        except TimeOverError as error:
            raise slow(self.description) from error

    @contextmanager
    def _noted(self, purpose: CallPurpose) -> Iterator[None]:
        started = self._monotonic()
        try:
            yield
        except tuple(_OUTCOMES) as error:
            if error.params.get("reason") not in _NOT_ASKED:
                self._record(self._call(purpose, _OUTCOMES[type(error)], started))
            raise
        self._record(self._call(purpose, Outcome.ANSWERED, started))

    def _call(self, purpose: CallPurpose, outcome: Outcome, started: float) -> Call:
        at: datetime = self._clock.now()
        return Call(
            source=self.description.code,
            purpose=purpose,
            outcome=outcome,
            duration_ms=round((self._monotonic() - started) * 1000),
            at=at,
        )
