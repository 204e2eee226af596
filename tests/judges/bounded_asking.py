"""Ask a question in a process that can be ended: a file may cost a validator any amount of time."""

import logging
import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")
_MEMORY_LIMIT = 2 << 30
_END_LIMIT_S = 5.0


class FaultError(Exception):
    """The question ended in an unexpected error; its words are in the message."""


class BoundedAsker(Generic[Answer]):
    """A process that answers one question at a time; started again when it was ended."""

    def __init__(self, question: Callable[[Path], Answer], *, timeout_s: float) -> None:
        self._question = question
        self._timeout_s = timeout_s
        self._start()

    def ask(self, path: Path) -> tuple[Answer, float]:
        """The answer about a file, and the seconds it took.

        Raises:
            TimeoutError: There was none in time.
            FaultError: An unexpected error, or the process ended.
        """
        try:
            self._ours.send(path)
            if not self._ours.poll(self._timeout_s):
                raise TimeoutError
            fault, answer, seconds = self._ours.recv()
        except (EOFError, OSError) as error:
            self.close()
            self._start()
            if isinstance(error, TimeoutError):
                raise
            raise FaultError("the process ended") from error
        if fault:
            raise FaultError(fault)
        return answer, seconds

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.kill()
        self._process.join(_END_LIMIT_S)

    def _start(self) -> None:
        fork = multiprocessing.get_context("fork")
        self._ours, theirs = fork.Pipe()
        self._process = fork.Process(target=_serve, args=(theirs, self._question), daemon=True)
        self._process.start()
        theirs.close()


def _serve(connection: Connection, question: Callable[[Path], Any]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
    logging.disable()  # pyHanko logs a trace for everybody it does not trust
    while True:
        try:
            path = connection.recv()
        except EOFError:
            return
        started = time.perf_counter()
        try:
            fault, answer = "", question(path)
        except Exception as error:  # noqa: BLE001  it is counted, with its words
            fault, answer = f"{type(error).__name__}: {error}"[:200], None
        connection.send((fault, answer, time.perf_counter() - started))
