"""The files of the project, as the tests of its architecture see them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "certsvc", "keys", "signing", "templates")
TOP_LEVEL = {*PACKAGES, "tests", "scripts", "docs", "deploy"}
_MADE_BY_PROGRAMS = {"__pycache__", "target", "node_modules"}


def files(*folders: str, suffix: str = "") -> list[Path]:
    """Return the files below the given top-level folders, without what programs make."""
    return sorted(path for folder in folders for path in _walk(ROOT / folder, suffix))


def project_files() -> list[Path]:
    """Return every file somebody wrote: the known folders, .ci, and the files beside them."""
    # In a second work tree of git, `.git` is a file.
    beside = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    return sorted([*files(*TOP_LEVEL, ".ci"), *beside])


def name_of(path: Path) -> str:
    """Return the path as a reader of a failed test writes it."""
    return path.relative_to(ROOT).as_posix()


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_modules(path: Path) -> set[str]:
    """Return the modules a Python file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _walk(folder: Path, suffix: str) -> Iterator[Path]:
    for path in folder.rglob("*"):
        made = _MADE_BY_PROGRAMS & set(path.relative_to(ROOT).parts)
        if path.is_file() and path.name.endswith(suffix) and not made:
            yield path
