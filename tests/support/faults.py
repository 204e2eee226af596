"""Put a fault where a function of ours is, to see what becomes of an error that nobody foresaw.

The one thing that the tests put in the place of a real part: a defect cannot be had otherwise, for
every one that is known is mended. Only `tests/unit/signing/test_defects.py` may use it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import getmodule
from types import FunctionType, ModuleType
from typing import Any, NoReturn


@contextmanager
def in_place_of(place: object, name: str, stand_in: Callable[..., Any]) -> Iterator[None]:
    """While it lasts, the module or class has the stand-in under this name."""
    original = getattr(place, name)
    setattr(place, name, stand_in)
    try:
        yield
    finally:
        setattr(place, name, original)


@contextmanager
def fault(place: object, name: str, error: Exception) -> Iterator[None]:
    """While it lasts, whoever calls that function gets this error, as from a line of its module."""

    def raising(*_arguments: object, **_named: object) -> NoReturn:
        raise error.with_traceback(None)  # it may be raised more than once

    module = place if isinstance(place, ModuleType) else getmodule(place)
    there = FunctionType(raising.__code__, vars(module), name, None, raising.__closure__)
    with in_place_of(place, name, there):
        yield
