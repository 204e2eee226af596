"""Every error class that the packages define."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import api
import certsvc
import keys
import signing
import templates
from api.shared.sentences import KNOWN_ERRORS, KnownError

_NOT_IMPORTED = ("certsvc.foundation.db.migrations",)  # run by Alembic alone


@cache
def all_errors() -> tuple[type[KnownError], ...]:
    """Return the bases and all their descendants, wherever they are defined."""
    for package in (api, certsvc, keys, signing, templates):
        for name in _modules(package):
            importlib.import_module(name)
    found: set[type[KnownError]] = set()
    waiting: list[type[KnownError]] = list(KNOWN_ERRORS)
    while waiting:
        kind = waiting.pop()
        found.add(kind)
        waiting += kind.__subclasses__()
    ours = {error for error in found if not error.__module__.startswith("tests")}
    return tuple(sorted(ours, key=lambda error: error.__qualname__))


def _modules(package: ModuleType) -> Iterator[str]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(_NOT_IMPORTED):
            yield module.name
