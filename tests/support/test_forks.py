"""Forked processes have the program, an environment of their own, and die like any other."""

import os
import signal
import sys
import time
from pathlib import Path

from tests.support.forks import forked


def say_what_is_loaded() -> None:
    loaded = {"certsvc.bootstrap", "tests.support.warm"} <= set(sys.modules)
    print(loaded, sorted(os.environ))  # noqa: T201  read by the test


def wait_for_ever() -> None:
    print("waiting", flush=True)  # noqa: T201  read by the test
    time.sleep(3600)


def fail() -> None:
    raise RuntimeError("on purpose")


def test_the_program_is_there_before_it_begins(tmp_path: Path) -> None:
    with forked(say_what_is_loaded, folder=tmp_path, variables={"HERE": "1"}) as process:
        assert process.wait() == 0, process.said()
        assert process.said() == "True ['HERE']\n"


def test_it_dies_of_a_signal(tmp_path: Path) -> None:
    with forked(wait_for_ever, folder=tmp_path, variables={}) as process:
        while process.said() != "waiting\n":
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL


def test_an_error_is_told(tmp_path: Path) -> None:
    with forked(fail, folder=tmp_path, variables={}) as process:
        assert process.wait() == 1
        assert "RuntimeError: on purpose" in process.said()
