"""A test that hangs fails within minutes and says where, and the other tests are run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LONGEST_TEST_S = 600
_TESTS = """
from threading import Event

def test_before(): pass
def test_that_hangs(): Event().wait()
def test_after(): pass
"""


def test_this_run_ends_what_hangs(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getini("faulthandler_exit_on_timeout") is True
    if not pytestconfig.getoption("all"):
        assert 0 < pytestconfig.getini("faulthandler_timeout") <= _LONGEST_TEST_S


def test_a_hanging_test_fails_and_the_others_are_run(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(_TESTS, encoding="utf-8")
    plugins = ("-p", "xdist", "-p", "tests.support.schedule", "-n1", "--dist=loadfile")
    options = ("-o", "faulthandler_timeout=0.5", "-o", "faulthandler_exit_on_timeout=true")
    done = subprocess.run(  # noqa: S603  our own Python
        [sys.executable, "-m", "pytest", *plugins, *options, tmp_path],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        encoding="utf-8",
        # Loading all plugins takes 2 s.
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert done.returncode == 1
    assert "in test_that_hangs" in done.stderr
    assert "1 failed, 2 passed" in done.stdout
    assert "crashed while running 'test_it.py::test_that_hangs'" in done.stdout
