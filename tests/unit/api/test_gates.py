"""A gate lets some through at once and the others in their order, and turns away only a crowd."""

import asyncio
from contextlib import suppress
from threading import Thread

import pytest

from api.shared.gates import Gate
from certsvc.verification.authenticity.service import BusyError


class _Counted:
    """Work behind a gate: how much of it was going on at once, and in which order it was done."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._at_work = 0
        self.most = 0
        self.done: list[int] = []

    async def work(self, number: int) -> None:
        await self._gate.enter()
        self._at_work += 1
        self.most = max(self.most, self._at_work)
        await asyncio.sleep(0)
        self._at_work -= 1
        self.done.append(number)
        self._gate.leave()


def test_thirty_at_once_are_all_served_in_their_order() -> None:
    counted = _Counted(Gate(BusyError, at_once=4))

    async def come() -> None:
        await asyncio.gather(*(counted.work(number) for number in range(30)))

    asyncio.run(come())
    assert counted.most <= 4
    assert counted.done == list(range(30))


def test_a_crowd_is_turned_away_at_once() -> None:
    async def come() -> None:
        gate = Gate(BusyError, at_once=1, most_waiting=1)
        await gate.enter()
        second = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await gate.enter()
        gate.leave()
        await second

    asyncio.run(come())


def test_who_waited_too_long_is_told_and_holds_no_place() -> None:
    async def come() -> None:
        gate = Gate(BusyError, at_once=1, patience_s=0.01)
        await gate.enter()
        with pytest.raises(BusyError):
            await gate.enter()
        gate.leave()
        await gate.enter()

    asyncio.run(come())


def test_who_went_away_while_waiting_holds_no_place() -> None:
    async def come() -> None:
        gate = Gate(BusyError, at_once=1)
        await gate.enter()
        gone = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        # Called and gone in the same moment: the place is handed on.
        late = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        gate.leave()
        late.cancel()
        with suppress(asyncio.CancelledError):
            await late
        await asyncio.wait_for(gate.enter(), 1)

    asyncio.run(come())


def test_servers_in_several_threads_share_a_gate() -> None:
    counted = _Counted(Gate(BusyError, at_once=2))

    async def come() -> None:
        await asyncio.gather(*(counted.work(number) for number in range(10)))

    threads = [Thread(target=asyncio.run, args=(come(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(counted.done) == 40
