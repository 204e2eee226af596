"""Read a file that is not plain, or not small, in a process of its own with hard limits.

* A foreign file may unpack to gigabytes or loop; :mod:`signing.reading.reading_limits` says what
  it may cost. What is ended there was not read to the end, and that is all that is said of it.
* Small plain files (:mod:`signing.pdf.file_layout`) cost no more than their size, and are read in
  the asking process.
* The server (:mod:`signing.reading.reading_server`) is started on first use, and again if it is
  gone;
  a forked process starts its own.
* No more files are read at once than there are processors.
"""

import atexit
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from signing.defects import DefectError
from signing.reading.document_facts import (
    DocumentFacts,
    ObjectsLimitError,
    ReadingTooCostlyError,
    UnreadableDocumentError,
)
from signing.reading.facts_encoding import NotFactsError, decode_facts
from signing.reading.reading_limits import ANSWER_LIMIT, TIME_LIMIT_S
from signing.reading.reading_server import (
    DAMAGED,
    DEFECT,
    FACTS,
    OBJECTS,
    SIZE_OCTETS,
    THERE,
)

_ATTEMPTS = 3
_START_LIMIT_S, _END_LIMIT_S = 60, 1
_CHUNK = 1 << 20


class _ServerGoneError(Exception):
    """The server ended before a child took the question."""


def read_facts_bounded(document: bytes) -> DocumentFacts:
    """:func:`signing.reading.document_facts.read_facts` in a bounded process.

    Raises:
        ReadingTooCostlyError: Not within the limits.
        ObjectsLimitError: It has too many objects.
        UnreadableDocumentError: The file cannot be read.
        DefectError: Reading met a defect of ours.
    """
    with _SERVER.place:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(_ServerGoneError):
                return _decode(_ask(document))
    raise ReadingTooCostlyError


def _decode(answer: bytes) -> DocumentFacts:
    if answer == DAMAGED:
        raise UnreadableDocumentError
    if answer == OBJECTS:
        raise ObjectsLimitError
    if answer.startswith(DEFECT):
        raise DefectError(f"reading process: {answer[1:].decode('ascii', 'replace')}")
    if not answer.startswith(FACTS) or len(answer) > ANSWER_LIMIT:
        raise ReadingTooCostlyError
    try:
        return decode_facts(answer[1:])
    except NotFactsError as error:  # the process was taken over, or is broken
        raise ReadingTooCostlyError from error


def _ask(document: bytes) -> bytes:
    """What the child answers; empty if it was ended."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _SERVER.hand_over(theirs)
        ours.settimeout(_START_LIMIT_S)
        try:
            if ours.recv(1) != THERE:
                raise _ServerGoneError
        except OSError as error:
            raise _ServerGoneError from error
        try:
            return _exchange(ours, document, time.monotonic() + TIME_LIMIT_S)
        except OSError:  # it was ended half-way, or is late
            return b""


def _exchange(ours: socket.socket, document: bytes, deadline: float) -> bytes:
    ours.settimeout(TIME_LIMIT_S)
    ours.sendall(len(document).to_bytes(SIZE_OCTETS))
    ours.sendall(document)
    answer = bytearray()
    while len(answer) <= ANSWER_LIMIT:
        ours.settimeout(max(0.001, deadline - time.monotonic()))
        part = ours.recv(_CHUNK)
        if not part:
            break
        answer += part
    return bytes(answer)


class _Server:
    """The server of this process, if it has started one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lay_out_locks()

    def _lay_out_locks(self) -> None:
        self._lock = threading.Lock()
        self.place = threading.BoundedSemaphore(os.cpu_count() or 1)

    def hand_over(self, question: socket.socket) -> None:
        """Give a socket to the server, which is started if need be.

        Raises:
            _ServerGoneError: It does not take it.
        """
        with self._lock:
            if self._control is None:
                self._start()
            assert self._control is not None  # noqa: S101  # for the type checker
            try:
                socket.send_fds(self._control, [b"Q"], [question.fileno()])
            except OSError as error:
                self._stop()
                raise _ServerGoneError from error

    def _start(self) -> None:
        package_root = str(Path(__file__).parents[2])
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_START_LIMIT_S)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # a list, no shell
                [sys.executable, "-m", "signing.reading.reading_server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # it could quote the document
                pass_fds=(theirs.fileno(),),
                env={
                    "PYTHONPATH": package_root,
                    "PATH": os.defpath,
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            )
        self._control = ours

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control = None
        if self._process is not None:
            try:
                self._process.wait(_END_LIMIT_S)  # its control socket is closed: it ends
            except subprocess.TimeoutExpired:  # a process forked just then holds it open
                self._process.kill()
                self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it; it is started again when needed."""
        with self._lock:
            self._stop()

    def forget(self) -> None:
        """In a forked process: server and locks are the parent's."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for
        self._control = self._process = None
        self._lay_out_locks()


_SERVER = _Server()
atexit.register(_SERVER.stop)
os.register_at_fork(after_in_child=_SERVER.forget)
