"""Reading workbooks in a separate process with hard limits; the only way they are read.

- A few kilobytes may unfold to gigabytes, through one text that many cells share or a cell at the
  far end of a sheet. Memory and time of the reader have hard limits, and whoever is ended by them
  has only made that process end.
- No more than a few read at once, so that many such files together cost no more either.
- A reader is a module of ours whose `__main__` takes the name of a file and arguments, calls
  `limit_this_process` first, and writes its answer to standard output as JSON.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

MEMORY_BYTES, PROCESSOR_S = 1 << 30, 30
_TIME_S = PROCESSOR_S + 10
_AT_ONCE = BoundedSemaphore(2)


class WorkbookCostsTooMuchError(Exception):
    """Reading the workbook exceeded the limits of memory or time; internal."""


def limit_this_process() -> None:
    """Apply the limits to this reader process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))


def read_apart(reader: str, content: bytes, *arguments: str) -> dict[str, Any]:
    """Return what a reader, named as a module, answers about a workbook.

    Raises:
        WorkbookCostsTooMuchError: the reader was ended by its limits.
    """
    with tempfile.TemporaryFile() as file, _AT_ONCE:
        file.write(content)
        file.flush()
        file.seek(0)
        descriptor = file.fileno()
        try:
            done = subprocess.run(  # noqa: S603  our own module, no shell
                [sys.executable, "-m", reader, f"/dev/fd/{descriptor}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it could quote the workbook
                pass_fds=(descriptor,),
                env={
                    "PYTHONPATH": str(Path(__file__).parents[3]),
                    "PATH": os.defpath,
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                timeout=_TIME_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkbookCostsTooMuchError from error
    if done.returncode != 0:
        raise WorkbookCostsTooMuchError
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
