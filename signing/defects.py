"""Handling of unexpected exceptions in the validator: they are defects of ours.

* It says nothing about the file, so it never becomes a verdict about the file.
* What is logged names the exception's class and where in the code it was raised, and nothing
  else: its message could quote the document.
* Where a guard takes what a library raises for the file's fault, functions of ours may run inside:
  :func:`was_raised_by_us` tells what they raise from what the library raises.
"""

import logging
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType

_LOG = logging.getLogger(__name__)
_PACKAGE = __name__.partition(".")[0]
_PLACES_LIMIT = 12
_LENGTH_LIMIT = 1000
_UNUSUAL = re.compile(r"[^A-Za-z0-9_.:<>, -]")


class DefectError(Exception):
    """An unexpected exception, told as :func:`describe_defect` tells it."""

    def __init__(self, description: str) -> None:
        super().__init__(description)
        self.description = description


def was_raised_by_us(raised: TracebackType | None) -> bool:
    """Whether an exception comes from a line of this package, or from what is not Python below it.

    What a library written in Python raises comes from a line of the library. Python's own library
    serves both: what is raised there belongs to whoever called it.

    Args:
        raised: The exception's traceback.
    """
    packages = [
        str(frame.f_globals.get("__name__", "")).partition(".")[0]
        for frame, _ in traceback.walk_tb(raised)
    ]
    others = (name for name in reversed(packages) if name not in sys.stdlib_module_names)
    return next(others, None) == _PACKAGE


def describe_defect(error: BaseException) -> str:
    """Class and places of an exception, innermost last, without its message."""
    if isinstance(error, DefectError):
        return error.description
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES_LIMIT:]
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places}"


def log_defect(step: str, error: BaseException) -> None:
    """Log that a step of the validation met a defect; what a child process tells is not trusted."""
    described = _UNUSUAL.sub("?", describe_defect(error)[:_LENGTH_LIMIT])
    _LOG.error("defect in validation step %s: %s", step, described)
