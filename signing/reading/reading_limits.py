"""What reading one foreign file may cost, and how a process is held to it."""

import resource
import signal
from pathlib import Path

MEMORY_LIMIT = 96 << 20
"""Bytes of address space beyond what libraries (some 80 MB) and document take."""

PROCESSOR_LIMIT_S = 2
"""Seconds of processor time."""

TIME_LIMIT_S = 4.0
"""Seconds on the clock, from the question to the answer."""

ANSWER_LIMIT = 8 << 20
"""Bytes of an answer."""


def limit_time() -> None:
    """Bind this process, for good: the kernel ends it when its time is over, and leaves no dump."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_LIMIT_S, PROCESSOR_LIMIT_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT_S)


def limit_memory() -> None:
    """Bind this process, for good: allocating beyond the limit fails."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = pages * resource.getpagesize() + MEMORY_LIMIT
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
