"""The reading server: reads each foreign file in a process of its own, forked and bounded.

* It holds no document and no key; it loads the libraries once and forks for each question.
* A question is a socket handed over the control socket. The child says that it is there, reads
  the document to its end, answers, and is gone.
* It is single-threaded, so a fork copies nothing half-done.
* It ends when the control socket closes, that is when the process that started it is gone.

Run as ``python -m signing.reading.reading_server FD`` by :mod:`signing.reading.bounded_reading`,
by nobody else.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from dataclasses import replace

from signing.defects import describe_defect
from signing.pdf.file_layout import read_layout
from signing.reading.archive_revisions import find_whole_ends
from signing.reading.document_facts import (
    DocumentFacts,
    ObjectsLimitError,
    ReadingTooCostlyError,
    UnreadableDocumentError,
    read_facts,
)
from signing.reading.facts_encoding import encode_facts
from signing.reading.reading_limits import (
    ANSWER_LIMIT,
    allow_objects,
    limit_memory,
    limit_time,
)

THERE, FACTS, DAMAGED, COSTLY, OBJECTS, DEFECT = b"T", b"F", b"D", b"C", b"O", b"X"
"""The child is there; the facts follow; the file is damaged; it takes too much memory; it has too
many objects; the description of a defect of ours follows. Silence means that the kernel ended it.
"""

SIZE_OCTETS = 8
"""The document comes after its size in so many octets."""

_PRELOADED = ("pyhanko.sign.diff_analysis", "pyhanko.pdf_utils.reader")


def serve(control: socket.socket) -> None:
    """Fork a child for every socket that comes, until the control socket closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are not waited for
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    while True:
        message, handed_over, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        for number in handed_over:
            with socket.socket(fileno=number) as question:
                if os.fork() == 0:
                    control.close()
                    _answer_and_leave(question)


def _answer_and_leave(question: socket.socket) -> None:
    status = 1
    try:
        limit_time()
        question.sendall(THERE)
        document = _receive(question)
        limit_memory()
        question.sendall(_answer(document))
        status = 0
    finally:
        os._exit(status)


def _receive(question: socket.socket) -> bytes:
    size = int.from_bytes(question.recv(SIZE_OCTETS, socket.MSG_WAITALL))
    return question.recv(size, socket.MSG_WAITALL)


def _answer(document: bytes) -> bytes:
    try:
        encoded = encode_facts(_read(document))
    except (ReadingTooCostlyError, MemoryError):
        return COSTLY
    except ObjectsLimitError:
        return OBJECTS
    except UnreadableDocumentError:
        return DAMAGED
    except Exception as error:  # noqa: BLE001  # told to whoever asked, who logs it
        return DEFECT + describe_defect(error).encode("ascii", "replace")
    return FACTS + encoded if len(encoded) < ANSWER_LIMIT else COSTLY


def _read(document: bytes) -> DocumentFacts:
    """The facts; whether a large plain file was only archived is told here too."""
    layout = read_layout(document)
    if layout is not None:
        allow_objects(layout.object_count)
        ends = find_whole_ends(document, layout)
        if len(ends) == len(layout.revisions):
            facts = read_facts(document, whole_ends=ends, expect_objects=allow_objects)
            return replace(facts, whole_ends=ends)
    return read_facts(document, expect_objects=allow_objects)


def _main() -> None:
    for name in _PRELOADED:
        importlib.import_module(name)
    gc.freeze()  # collecting in a child would copy every page
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)


if __name__ == "__main__":
    _main()
