"""Files stay small, say what they are, and stand where one looks for them."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, TOP_LEVEL, files, name_of, parse

_MOST_LINES = 400
_EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
# The "never" column of docs/architecture.md's table of words.
_NEVER_A_CLASS = {"Cert", "Stamp", "Ticket", "Timestamper", "Token", "User", "VerificationRequest"}
_SOURCES = files(*PACKAGES, suffix=".py")
_ALL_PYTHON = files(*TOP_LEVEL, suffix=".py")


def test_the_tree_is_seen() -> None:
    assert ROOT / "tests" / "architecture" / "tree.py" in _ALL_PYTHON
    assert {path.relative_to(ROOT).parts[0] for path in _SOURCES} == set(PACKAGES)


def test_no_file_is_longer_than_400_lines() -> None:
    # A migration is written once, by a program, and never edited again.
    lasting = [path for path in _ALL_PYTHON if path.parent.name != "versions"]
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in lasting}
    assert {name: length for name, length in lengths.items() if length > _MOST_LINES} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [path for path in _ALL_PYTHON if parse(path).body and not _docstring(path)]
    assert [name_of(path) for path in silent] == []


def test_no_module_is_named_after_nothing() -> None:
    named = [
        path for path in _ALL_PYTHON if _EMPTY_NAMES & set(name_of(path.with_suffix("")).split("/"))
    ]
    assert [name_of(path) for path in named] == []


def test_no_function_is_written_twice() -> None:
    places: dict[tuple[str, str], list[str]] = {}
    # A migration stands alone: what others do may change.
    for path in (each for each in _SOURCES if each.parent.name != "versions"):
        for node in parse(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                does = "".join(map(ast.dump, node.body[1:]))  # behind its docstring
                places.setdefault((node.name, does), []).append(name_of(path))
    assert [found for found in places.values() if len(found) > 1] == []


def test_no_class_uses_a_word_the_table_forbids() -> None:
    classes = {
        (name_of(path), node.name)
        for path in _SOURCES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef)
    }
    assert [pair for pair in sorted(classes) if pair[1] in _NEVER_A_CLASS] == []


def test_every_room_is_on_the_page_of_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent for path in (ROOT / "certsvc").glob("*/*/__init__.py")}
    # The demonstration is explained as a whole.
    rooms = {room for room in rooms if room.parent.name != "demonstration"}
    unnamed = [
        f"{room.parent.name}.{room.name}"
        for room in sorted(rooms)
        if f"`{room.parent.name}.{room.name}`" not in page and f"`{room.name}`" not in page
    ]
    assert len(rooms) > 25
    assert unnamed == []


def test_nothing_stands_beside_the_known_folders() -> None:
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    visible = {name for name in folders if not name.startswith(".")}
    assert visible - TOP_LEVEL - ignored - {"__pycache__"} == set()


@pytest.mark.parametrize(
    "script",
    ["setup", "test", "lock", "duties", "demo", "fonts", "mutate", "compare_validators"],
)
def test_every_command_can_be_run(script: str) -> None:
    path = ROOT / "scripts" / script
    assert path.stat().st_mode & 0o111, f"scripts/{script} is not executable"
    assert path.read_text().startswith("#!")


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(parse(path))
