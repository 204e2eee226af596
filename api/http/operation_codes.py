"""Which codes the problems of each operation may have; more may come, none is taken away.

The tests hold every problem that any of them is answered against this table.
"""

from collections.abc import Iterable

_ALWAYS = ("http.parameter-unknown", "http.unexpected", "db.unavailable")
_CODES: dict[str, tuple[str, ...]] = {}


def codes_of(operation: str) -> list[str]:
    """Return the codes of an operation's problems, sorted."""
    found: Iterable[str] = {*_ALWAYS, *_CODES.get(operation, ())}
    return sorted(found)
