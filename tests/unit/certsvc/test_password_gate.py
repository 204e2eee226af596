"""However many log in at once, a few are judged, some wait, and the others are told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from certsvc.people.accounts.passwords import LogInsBusyError, PasswordGate


def test_forty_at_once() -> None:
    gate, finish, lock = PasswordGate(at_work=2, most_waiting=5, patience_s=30), Event(), Lock()
    at_work, most, refused = 0, 0, 0

    def judge(_: int) -> str:
        nonlocal at_work, most, refused
        try:
            with gate.turn():
                with lock:
                    at_work += 1
                    most = max(most, at_work)
                finish.wait(timeout=30)
                with lock:
                    at_work -= 1
        except LogInsBusyError as error:
            with lock:
                refused += 1
                if refused == 33:
                    finish.set()  # only now: everybody has come
            return error.code
        return "judged"

    with ThreadPoolExecutor(40) as threads:
        answers = Counter(threads.map(judge, range(40)))
    assert answers == {"judged": 7, "organisations.log-ins-busy": 33}
    assert most == 2
    with gate.turn():
        pass


def test_nobody_waits_for_ever() -> None:
    gate = PasswordGate(at_work=1, most_waiting=1, patience_s=0.01)
    with gate.turn(), pytest.raises(LogInsBusyError), gate.turn():
        pass
    with gate.turn():
        pass
