"""Put a fault where a function of ours is, to see what becomes of an error that nobody foresaw.

The one thing that the tests put in the place of a real part: a defect cannot be had otherwise, for
every one that is known is mended. Only `tests/unit/signing/test_defects.py` may use it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    """While it lasts, whoever calls that function gets this error."""

    def raising(*_arguments: object, **_named: object) -> NoReturn:
        raise error

    with in_place_of(place, name, raising):
        yield
