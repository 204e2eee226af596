"""What import-linter's contracts cannot say about imports."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.architecture.tree import PACKAGES, files, imported_modules, name_of, parse

# Rules are pure: the standard library, other rules, and the words all areas share.
_SHARED_WORDS = (
    "certsvc.catalogue.routes",
    "certsvc.foundation.codes",
    "certsvc.foundation.clock",
    "certsvc.foundation.errors",
    "signing.levels",
    "signing.report",  # what a validation found: values, held pure below
)
_PURE_LIBRARIES = (
    "rfc8785",  # canonical JSON: bytes of a value, nothing else
    "typing_extensions",  # typing's `override`, which Python 3.11 has not
)
# Of the standard library, what reaches outside the process or reads the time.
_IMPURE = {"http", "os", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "time", "urllib"}


# What opens a connection over HTTP, and who may: everybody else asks `keys.http_port`.
_HTTP_CLIENTS = {
    *("aiohttp", "http.client", "httpcore2", "httpx2", "requests", "urllib.request", "urllib3"),
}
_MAY_CALL_OUT = ("certsvc/foundation/net/", "certsvc/foundation/storage/")


def test_only_one_room_calls_out_over_http() -> None:
    found = {
        name_of(path): sorted(used)
        for path in files(*PACKAGES, suffix=".py")
        if not name_of(path).startswith(_MAY_CALL_OUT)
        and (used := imported_modules(path) & _HTTP_CLIENTS)
    }
    assert found == {}


def test_no_cycles_between_files() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as cycle:
        pytest.fail("imports in a circle: " + " → ".join(reversed(cycle.args[1])), pytrace=False)


def test_rules_are_pure() -> None:
    rules = files("certsvc", suffix="rules.py")
    assert rules, "no rules.py found"
    impure = {name_of(path): _impure_imports(path) for path in rules}
    assert {name: found for name, found in impure.items() if found} == {}


def test_shared_words_are_pure() -> None:
    words = [
        path for path in files("certsvc", "signing", suffix=".py") if _module(path) in _SHARED_WORDS
    ]
    words += files("certsvc/foundation/codes", suffix=".py")
    impure = {name_of(path): _impure_imports(path) for path in words}
    assert {name: found for name, found in impure.items() if found} == {}


def test_one_module_writes_files_aside_and_names_them() -> None:
    others = {
        name_of(path): sorted(found)
        for path in files(*PACKAGES, suffix=".py")
        if (found := set(map(_way_of_naming, ast.walk(parse(path)))) - {""})
    }
    assert others == {
        "keys/whole_files.py": ["link", "replace"],
        "api/cli/demonstration.py": ["replace"],  # the copy of the day before gets another name
    }


def _way_of_naming(node: ast.AST) -> str:
    """What a call does to a file written aside; empty if it is none of that."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    name = node.func.attr
    # Texts are replaced with two arguments, instants with named ones, paths with one.
    is_of_path = name == "replace" and len(node.args) == 1 and not node.keywords
    ways = {"mkstemp", "NamedTemporaryFile", "link", "hardlink_to", "rename"}
    return name if is_of_path or name in ways else ""


def _impure_imports(path: Path) -> list[str]:
    return sorted(module for module in imported_modules(path) if not _is_pure(module))


def _is_pure(module: str) -> bool:
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return top not in _IMPURE
    allowed = (*_SHARED_WORDS, *_PURE_LIBRARIES)
    return (module.startswith("certsvc.") and module.endswith(".rules")) or any(
        module == name or module.startswith(f"{name}.") for name in allowed
    )


def _module(path: Path) -> str:
    return name_of(path).removesuffix(".py").replace("/", ".")
