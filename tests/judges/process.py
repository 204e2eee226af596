"""Run a judge: no shell, a time limit, and messages in one language on every machine."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.tools import require_tool

_TIMEOUT_S = 300


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a finished program said."""

    exit_code: int
    output: str
    complaints: str
    """Standard error."""


class JudgeError(Exception):
    """The judge itself did not come to a verdict."""


def run(
    program: str,
    *arguments: str | Path,
    folder: Path | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Outcome:
    """Run a program the tests need and return what it said, whatever its exit code.

    Raises:
        TimeoutError: It did not end in time, and was ended.
    """
    command: Sequence[str | Path] = [require_tool(program), *arguments]
    try:
        finished = subprocess.run(  # noqa: S603 - a list, no shell
            command,
            capture_output=True,
            check=False,
            cwd=folder,
            encoding="utf-8",
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(program) from error
    return Outcome(
        exit_code=finished.returncode, output=finished.stdout, complaints=finished.stderr
    )
