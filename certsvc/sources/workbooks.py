"""The rows of a workbook's sheet, read by a process that may be ended without harm."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from certsvc.sources.workbook_reader import PROCESSOR_S

_TIME_S = PROCESSOR_S + 10


class WorkbookUnreadableError(Exception):
    """The workbook cannot be used; internal to this area."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault
        """Why: `not-a-workbook`, `sheet-missing`, `number-cut` or `too-large`."""


def read_workbook(content: bytes, sheet: str | None) -> list[list[str]]:
    """Return the rows of a sheet, the first one if none is named.

    Raises:
        WorkbookUnreadableError: it is none, lacks the sheet, or would cost too much to read.
    """
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        file.seek(0)
        descriptor = file.fileno()
        try:
            done = subprocess.run(  # noqa: S603  our own module, no shell
                [
                    sys.executable,
                    "-m",
                    "certsvc.sources.workbook_reader",
                    f"/dev/fd/{descriptor}",
                    sheet or "",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it could quote the workbook
                pass_fds=(descriptor,),
                env={
                    "PYTHONPATH": str(Path(__file__).parents[2]),
                    "PATH": os.defpath,
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                timeout=_TIME_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkbookUnreadableError("too-large") from error
    if done.returncode != 0:
        raise WorkbookUnreadableError("too-large")
    answer = json.loads(done.stdout)
    if "rows" not in answer:
        raise WorkbookUnreadableError(str(answer["fault"]))
    rows: list[list[str]] = answer["rows"]
    return rows
