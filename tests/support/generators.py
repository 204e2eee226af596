"""Judges of the interface's description, and generators of clients: pinned, installed once.

- `redocly` and `spectral` judge it, `openapi-typescript` makes types of it (npm, from a lock with
  digests); `openapi-python-client` and openapi-generator (Maven) make clients.
- What is installed stays in `var/tools`, under a stamp of what it was installed from.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.support.tools import require_tool

FOLDER = Path(__file__).with_name("openapi")
_TOOLS = Path(__file__).resolve().parents[2] / "var" / "tools"
_NODE, _PYTHON, _MAVEN = _TOOLS / "openapi", _TOOLS / "openapi-python", _TOOLS / "maven"
_INSTALL_S, _RUN_S = 900, 600


def run(
    command: Sequence[str | Path], folder: Path, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder; what it says is for the test to look at."""
    return subprocess.run(  # noqa: S603  a list, no shell
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", **(more or {})},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=_RUN_S,
    )


def node_tool(name: str) -> Path:
    """Return a program that npm installed."""
    npm = require_tool("npm")
    lock = FOLDER / "package-lock.json"

    def install() -> None:
        for each in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / each, _NODE)
        _install([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], _NODE)

    _once(_NODE, lock.read_bytes(), install)
    return _NODE / "node_modules" / ".bin" / name


def node_modules() -> Path:
    """Return the folder of what npm installed."""
    node_tool("tsc")
    return _NODE / "node_modules"


def python_generator() -> Path:
    """Return the Python that has openapi-python-client and what its clients need."""
    wanted = FOLDER / "requirements.txt"
    python = _PYTHON / "bin" / "python"

    def install() -> None:
        _install([sys.executable, "-m", "venv", _PYTHON], _TOOLS)
        _install([python, "-m", "pip", "install", "-q", "--no-deps", "-r", wanted], _TOOLS)

    _once(_PYTHON, wanted.read_bytes(), install)
    return python


def run_maven(
    folder: Path, more: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run Maven in a folder; what it fetches is kept."""
    maven = require_tool("mvn")
    return run([maven, "-q", "-B", f"-Dmaven.repo.local={_MAVEN}", *arguments], folder, more)


def told(output: str) -> dict[str, dict[str, Any]]:
    """Read what a client told of each operation."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {line.pop("operation"): line for line in lines}


def _once(folder: Path, content: bytes, install: Callable[[], None]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stamp, wanted = folder / ".installed", sha256(content).hexdigest()
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of pytest's workers installs
        if not stamp.exists() or stamp.read_text() != wanted:
            install()
            stamp.write_text(wanted)


def _install(command: Sequence[str | Path], folder: Path) -> None:
    subprocess.run(  # noqa: S603  a list, no shell
        [str(part) for part in command], cwd=folder, check=True, timeout=_INSTALL_S
    )
