"""The tests keep to real parts: nothing is patched but environment variables, and nothing but a
fault is put in the place of a function (`tests/support/faults.py`)."""

import ast
import re

from tests.architecture.tree import ROOT, files, imported_modules, name_of, parse

_TESTS = files("tests", suffix=".py")
_ENVIRONMENT_ONLY = {"setenv", "delenv", "context", "undo"}


def test_only_environment_variables_are_patched() -> None:
    patched = [
        f"{name_of(path)}:{node.lineno} monkeypatch.{node.attr}"
        for path in _TESTS
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "monkeypatch"
        and node.attr not in _ENVIRONMENT_ONLY
    ]
    assert patched == []


def test_there_are_no_mocks() -> None:
    mocking = {"unittest.mock", "mock", "pytest_mock"}
    assert [name_of(path) for path in _TESTS if mocking & imported_modules(path)] == []


def test_faults_are_for_seeing_what_becomes_of_them() -> None:
    with_faults = [
        name_of(path) for path in _TESTS if "tests.support.faults" in imported_modules(path)
    ]
    assert with_faults == [
        "tests/unit/signing/test_defects.py",
        "tests/unit/signing/test_defects_everywhere.py",
    ]


def test_every_test_file_is_collected() -> None:
    named = re.compile(r"(^test_.*|^conftest)\.py$")
    with_tests = [
        path
        for path in _TESTS
        for node in parse(path).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert [name_of(path) for path in with_tests if not named.match(path.name)] == []


def test_every_folder_of_tests_is_described() -> None:
    described = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    folders = {
        name_of(path).split("/")[1] for path in _TESTS if len(path.parts) > len(ROOT.parts) + 2
    }
    assert [folder for folder in sorted(folders) if f"`{folder}/`" not in described] == []


def test_every_script_that_answers_in_json_is_run_for_it() -> None:
    texts = [path.read_text(encoding="utf-8") for path in _TESTS]
    saying = [path for path in files("scripts") if "--json" in path.read_text(encoding="utf-8")]
    untried = [
        path.name
        for path in saying
        if not any(
            f'"{path.name}"' in text and '"--json"' in text and "json.loads(" in text
            for text in texts
        )
    ]
    assert len(saying) >= 5
    assert untried == []
