"""A missing program skips on a laptop and fails in CI; so does every other skip."""

import os
from pathlib import Path

import pytest

from tests.support.tools import debian_packages, find_tool, require_library, require_tool

pytest_plugins = ["pytester"]
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def test_a_program_that_is_there_is_found() -> None:
    assert os.access(require_tool("sh"), os.X_OK)


def test_a_library_that_is_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    require_library("libc.so.6")
    with pytest.raises(pytest.fail.Exception, match="library libnone"):
        require_library("libnone.so.1")


@pytest.mark.usefixtures("laptop")
def test_a_missing_program_skips_on_a_laptop() -> None:
    with pytest.raises(pytest.skip.Exception, match="no-such-program is missing"):
        require_tool("no-such-program")


def test_a_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is missing"):
        require_tool("no-such-program")


def test_the_reason_names_the_debian_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install poppler-utils"):
        require_tool("pdfsig")


def test_the_servers_programs_are_found_off_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    require_tool("initdb")
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_tool("initdb") is not None


def test_every_program_names_its_package() -> None:
    packages = debian_packages()
    assert packages["certutil"] == "libnss3-tools"
    assert packages["libatomic.so.1"] == "libatomic1"
    assert all(packages.values())


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "failed")])
@pytest.mark.parametrize(
    "body",
    [
        "def test_it():\n    pytest.skip('gap')",
        "@pytest.mark.skip(reason='gap')\ndef test_it(): pass",
        "pytest.skip('gap', allow_module_level=True)",
    ],
)
def test_ci_turns_every_skip_into_a_failure(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str, body: str
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", str(_ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # loading all of them takes 2 s
    pytester.makeconftest("from tests.support.strictness import *")
    pytester.makepyfile(f"import pytest\n{body}\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rs")
    counts = result.parseoutcomes()
    assert (counts.get("skipped", 0) > 0) == (outcome == "skipped")
    assert (result.ret not in {pytest.ExitCode.OK, 5}) == (outcome == "failed")
    assert "gap" in result.stdout.str()
