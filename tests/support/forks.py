"""Processes of our own program that tests kill, forked from one that has loaded it.

A fresh interpreter spends three seconds of processor time on loading the program; a process forked
from a server that has loaded it begins at once. It is a process like any other, with memory and
connections of its own, and dies of a real SIGKILL: the server does nothing but import.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "tests.crash.victim",
        "tests.crash.batch_victim",
        "tests.crash.job_victim",
        "tests.crash.event_victim",
        "tests.crash.writing_victim",
        "tests.crash.notice_victim",
        "tests.contract.issuer_victim",
        "tests.support.warm",
    ]
)
_NUMBERS = count(1)


class Forked:
    """A process that was begun and can be waited for, or killed."""

    def __init__(self, process: ForkServerProcess, output: Path) -> None:
        self._process = process
        self._output = output

    def said(self) -> str:
        """What it wrote so far, errors too."""
        return self._output.read_text(errors="replace")

    def poll(self) -> int | None:
        """Its exit code as `subprocess` gives it: None while it lives, -9 after SIGKILL."""
        return self._process.exitcode

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def wait(self, timeout_s: float = 120) -> int:
        """Wait until it has ended, and return its exit code."""
        self._process.join(timeout_s)
        code = self.poll()
        assert code is not None, f"still alive after {timeout_s} s: {self.said()}"
        return code


@contextmanager
def forked(
    main: Callable[..., object], *arguments: object, folder: Path, variables: Mapping[str, str]
) -> Iterator[Forked]:
    """Run a function of a module in a process of its own, which is not alive any more afterwards.

    Args:
        main: What it runs; of a module, found there by its name.
        arguments: What `main` is given; they are pickled.
        folder: Takes the file of what it says.
        variables: All of its environment.
    """
    output = folder / f"said-{next(_NUMBERS)}"
    output.touch()
    process = _CONTEXT.Process(target=_begin, args=(main, arguments, output, dict(variables)))
    with pytest.MonkeyPatch.context() as patch:
        # The server is started with the first process, and looks for the program there.
        patch.setenv("PYTHONPATH", str(ROOT))
        process.start()
    try:
        yield Forked(process, output)
    finally:
        process.kill()
        process.join()
        process.close()


def _begin(
    main: Callable[..., object],
    arguments: tuple[object, ...],
    output: Path,
    variables: Mapping[str, str],
) -> None:
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(ROOT)
    with output.open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    main(*arguments)
