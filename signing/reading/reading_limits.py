"""What reading one foreign file may cost, and how a process is held to it.

* The answer must not depend on how busy the machine is, so what is bounded is counted: bytes of
  the file, objects, pages, bytes of memory.
* Processor time and the clock are a far backstop for what nobody thought of: an idle and a busy
  machine come nowhere near it with any file known. Its answer is that the file is too large.
"""

import resource
import signal
from pathlib import Path

from signing.pdf.document_limits import OBJECT_LIMIT

MEMORY_LIMIT = 96 << 20
"""Bytes of address space beyond what libraries (some 80 MB) and document take."""

OBJECT_MEMORY = 700
"""Bytes more for each object that the file says it has: the table of all of them."""

PROCESSOR_LIMIT_S = 60
"""Seconds of processor time: thirty times what the worst file known takes."""

TIME_LIMIT_S = 300.0
"""Seconds on the clock, from the question to the answer."""

FEW_OBJECTS = 20_000
"""Objects whose table fits into the memory that any file may have."""

ANSWER_LIMIT = 8 << 20
"""Bytes of an answer."""


def limit_time() -> None:
    """Bind this process, for good: the kernel ends it when its time is over, and leaves no dump."""
    seconds = _within(resource.RLIMIT_CPU, PROCESSOR_LIMIT_S)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT_S)


def limit_memory() -> None:
    """Bind this process, for good: allocating beyond the limit fails."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = pages * resource.getpagesize() + MEMORY_LIMIT
    most = _within(resource.RLIMIT_AS, memory + OBJECT_LIMIT * OBJECT_MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (min(memory, most), most))


def _within(limit: int, wanted: int) -> int:
    """What is wanted, or the less that whoever started this process allows."""
    _, most = resource.getrlimit(limit)
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


def allow_objects(count: int) -> None:
    """Let a process that is bound have the memory for the table of so many objects."""
    memory, most = resource.getrlimit(resource.RLIMIT_AS)
    base = most - OBJECT_LIMIT * OBJECT_MEMORY
    if most != resource.RLIM_INFINITY and count > FEW_OBJECTS:
        wanted = base + min(count, OBJECT_LIMIT) * OBJECT_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (max(memory, wanted), most))
