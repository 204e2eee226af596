"""How many requests of one kind are at work at once, and how many may wait for their turn.

- Checks cost a processor a tenth of a second and some megabytes each; anyone may ask for one.
- Whoever waits holds no thread and no connection to the database: other requests, such as those
  of health, go on beside any number of them.
- A place is given up before the answer is sent, so a slow reader holds none; it is asked for after
  the body was read, so a slow sender holds none either.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request

from certsvc.foundation.errors import UnavailableError
from certsvc.verification.authenticity.service import BusyError

AT_ONCE = 4
"""Checks at work; more would only share the same processor and take more memory."""
MOST_WAITING = 120
"""Beyond this a crowd is no use of a county's service, which has some ten checks a minute."""
PATIENCE_S = 50.0
"""Thirty at once on a small busy machine are all served in it; proxies wait a minute."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Turn:
    """Somebody in the line; different servers of one process have loops of their own."""

    loop: asyncio.AbstractEventLoop
    called: asyncio.Future[None]


class Gate:
    """Lets a number of requests through at once, the others in the order they came."""

    def __init__(
        self,
        busy: type[UnavailableError],
        *,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._busy = busy
        self._free = at_once
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._line: deque[_Turn] = deque()
        self._lock = Lock()

    async def enter(self) -> None:
        """Take a place, waiting for one if need be.

        Raises:
            UnavailableError: of the gate's kind: too many wait already, or it took too long.
        """
        turn = self._line_up()
        if turn is None:
            return
        try:
            await asyncio.wait_for(asyncio.shield(turn.called), self._patience_s)
        except TimeoutError as error:
            self._give_up(turn)
            raise self._busy from error
        except asyncio.CancelledError:
            self._give_up(turn)
            raise

    def leave(self) -> None:
        """Give the place to the request that has waited longest."""
        with self._lock:
            while self._line:
                turn = self._line.popleft()
                try:
                    turn.loop.call_soon_threadsafe(_call, turn.called)
                except RuntimeError:  # its server has stopped
                    continue
                return
            self._free += 1

    def _line_up(self) -> _Turn | None:
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            if len(self._line) >= self._most_waiting:
                raise self._busy
            loop = asyncio.get_running_loop()
            turn = _Turn(loop=loop, called=loop.create_future())
            self._line.append(turn)
            return turn

    def _give_up(self, turn: _Turn) -> None:
        with self._lock:
            was_called = turn not in self._line
            if not was_called:
                self._line.remove(turn)
        if was_called:  # in the last moment: the place is the next one's
            self.leave()


def _call(called: asyncio.Future[None]) -> None:
    if not called.done():
        called.set_result(None)


def check_gate() -> Gate:
    """Make the gate of an application's authenticity checks."""
    return Gate(BusyError)


async def _place(request: Request) -> AsyncIterator[None]:
    gate: Gate = request.app.state.check_gate
    await gate.enter()
    try:
        yield
    finally:
        gate.leave()


CheckPlace = Annotated[None, Depends(_place, scope="function")]
"""What an endpoint that checks something asks for, as its last parameter."""
