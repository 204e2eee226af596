"""Every transition table of the program, and the page that prints them.

scripts/states           print the page
scripts/states --write   write it into docs/states.md
"""

import pkgutil
import sys
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import certsvc
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.foundation.states.markdown import table_section
from certsvc.foundation.states.rules import TransitionTable
from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "states.md"
_HEAD = """\
# States

What may happen to each thing of the service: in which state, by whom, what must be given with it,
and what it is then. Whatever no line permits is refused. The program decides by these very tables;
`scripts/states --write` prints them here, and a test holds this page to them.

"Another person" is another one than whoever made the step before, from whatever account
(市中区规则第九条 for seals). *If* names a condition; a line without one holds in all other cases.
"""
Table = TransitionTable[Any, Any]


@cache
def rules_modules() -> tuple[ModuleType, ...]:
    """Import every module of rules."""
    names = [each.name for each in pkgutil.walk_packages(certsvc.__path__, "certsvc.")]
    return tuple(import_module(name) for name in names if name.endswith("rules"))


def tables() -> list[Table]:
    """Return every transition table, by the module that has it."""
    found = {
        id(value): value
        for module in rules_modules()
        for value in vars(module).values()
        if isinstance(value, TransitionTable)
    }
    return sorted(found.values(), key=lambda table: table.states.__module__)


def state_enums() -> set[type[StrEnum]]:
    """Return every enum of states that a module of rules defines."""
    return {
        value
        for module in rules_modules()
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, StrEnum)
        and value.__module__ == module.__name__
        and name.endswith(("State", "Status"))
    }


def page() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *(table_section(table, _say) for table in tables())])


def _say(code: str) -> str:
    catalogue = load_catalogue()
    return " · ".join(catalogue.text(code, language) for language in Language)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
