"""Programs the tests run: found, or the test skips on a laptop and fails in CI."""

import ctypes
import os
import shutil
from glob import glob
from pathlib import Path
from typing import NoReturn

import pytest

_PACKAGES_FILE = Path(__file__).with_name("debian-packages.txt")
_SERVER_PROGRAMS = "/usr/lib/postgresql/*/bin"  # Debian keeps initdb and postgres off PATH
_GO_PROGRAMS = "/usr/local/go/bin"  # where Go's own archive is unpacked; seldom on PATH


def debian_packages() -> dict[str, str]:
    """Return the Debian package of every program and shared library the tests need."""
    lines = _PACKAGES_FILE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return {program: package for program, package in pairs}  # noqa: C416 - checks the pair


def in_ci() -> bool:
    """Return whether a missing part is a failure (CI) rather than a skip (a laptop)."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def find_tool(name: str) -> Path | None:
    """Return the path of a program, or None when this machine has none."""
    folders = [os.environ.get("PATH", os.defpath), *sorted(glob(_SERVER_PROGRAMS)), _GO_PROGRAMS]  # noqa: PTH207
    found = shutil.which(name, path=os.pathsep.join(folders))
    return Path(found) if found else None


def require_tool(name: str) -> Path:
    """Return the path of a program; skip the test without it, or fail it in CI."""
    found = find_tool(name)
    if found is None:
        missing(f"the program {name} is missing: apt-get install {_package_of(name)}")
    return found


def require_library(name: str) -> None:
    """Skip the test without a shared library, or fail it in CI."""
    try:
        ctypes.CDLL(name)
    except OSError:
        missing(f"the library {name} is missing: apt-get install {_package_of(name)}")


def missing(reason: str) -> NoReturn:
    """Say that something a test needs is missing: a failure in CI, a skip elsewhere."""
    if in_ci():
        pytest.fail(f"{reason} (CI skips nothing)", pytrace=False)
    pytest.skip(reason)


def _package_of(name: str) -> str:
    return debian_packages().get(name, name)
