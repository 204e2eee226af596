"""Writers take turns in the order in which they came."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from certsvc.foundation.db.write_queue import TurnMissedError, WriteQueue


def wait_for(queue: WriteQueue, number: int) -> None:
    give_up_at = time.monotonic() + 30
    while queue.waiting != number:
        assert time.monotonic() < give_up_at
        time.sleep(0.001)


def test_first_come_first_served() -> None:
    queue, served = WriteQueue(patience_s=60), list[int]()

    def write(number: int) -> None:
        with queue.turn():
            served.append(number)

    with ThreadPoolExecutor(20) as threads, queue.turn():
        for number in range(20):
            threads.submit(write, number)
            wait_for(queue, number + 1)
        assert served == [], "one at a time"
    assert served == list(range(20))


def test_whoever_waits_too_long_gives_up_and_holds_nobody_up() -> None:
    queue = WriteQueue(patience_s=0.01)
    with (
        queue.turn(),
        pytest.raises(TurnMissedError),
        ThreadPoolExecutor(1) as thread,
    ):
        thread.submit(queue.turn().__enter__).result()
    with queue.turn():
        assert queue.waiting == 0


def test_an_error_ends_the_turn() -> None:
    queue = WriteQueue(patience_s=0.01)
    with pytest.raises(RuntimeError), queue.turn():
        raise RuntimeError
    with queue.turn():
        pass
