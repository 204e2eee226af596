"""Hostile input stays within 256 MB and 5 s of processor time.

A warm process validates every bomb; it and the children that read for it are watched.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.attacks.bombs import BOMBS
from tests.attacks.cases_identity import root
from tests.attacks.container_bombs import CONTAINER_BOMBS
from tests.support.seals import NOW, demonstration_pki, sealed_document

_MEMORY_MB, _PROCESSOR_S = 256, 5
_ALL = {**BOMBS, **CONTAINER_BOMBS}
_GOOD = "chain of eighteen issuers"  # costly, and honest
_TICKS = os.sysconf("SC_CLK_TCK")
_ROOT = Path(__file__).parents[2]


@dataclass(kw_only=True)
class _Children:
    """Peaks of the processes that read for the one that is watched."""

    memory_mb: int = 0
    processor_s: float = 0

    def look(self, parent: int) -> None:
        for process in _children_of(parent):
            with suppress(OSError, IndexError):  # it is gone already
                status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
                fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()
                peak = int(status.split("VmHWM:")[1].split()[0]) >> 10
                self.memory_mb = max(self.memory_mb, peak)
                used = (int(fields[13]) + int(fields[14])) / _TICKS
                self.processor_s = max(self.processor_s, used)


def _children_of(parent: int) -> list[int]:
    with suppress(OSError):
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        return [int(number) for number in listed.split()]
    return []


class _Watched:
    """The process that validates, and its reading server."""

    def __init__(self, process: subprocess.Popen[str], stdin: IO[str], stdout: IO[str]) -> None:
        self._process, self._stdin, self._stdout = process, stdin, stdout
        assert stdout.readline() == "ready\n"
        (self._server,) = _children_of(process.pid)

    def validate(self, path: Path) -> tuple[dict[str, Any], _Children]:
        children, done = _Children(), threading.Event()

        def watch() -> None:
            while not done.is_set():
                children.look(self._server)
                time.sleep(0.002)

        watcher = threading.Thread(target=watch)
        watcher.start()
        self._stdin.write(f"{path}\n")
        self._stdin.flush()
        answer = self._stdout.readline()
        done.set()
        watcher.join()
        return json.loads(answer), children


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Watched]:
    folder = tmp_path_factory.mktemp("bounds")
    seals, timestamps, good = folder / "root.pem", folder / "timestamps.pem", folder / "good.pdf"
    seals.write_bytes(root().certificate.public_bytes(Encoding.PEM))
    timestamps.write_bytes(demonstration_pki().root.public_bytes(Encoding.PEM))
    good.write_bytes(sealed_document())
    command = [sys.executable, "-m", "tests.attacks.measured_validation"]
    with subprocess.Popen(  # noqa: S603  # a list, no shell
        [*command, str(seals), str(timestamps), str(good), NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=_ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield _Watched(process, process.stdin, process.stdout)


@pytest.mark.parametrize("name", _ALL)
def test_a_bomb_stays_within_the_bounds(name: str, watched: _Watched, tmp_path: Path) -> None:
    file = tmp_path / "bomb.pdf"
    file.write_bytes(_ALL[name]())
    report, children = watched.validate(file)
    file.unlink()
    assert report["memory_mb"] <= _MEMORY_MB  # the highest so far, this file or another
    assert children.memory_mb <= _MEMORY_MB
    assert report["processor_s"] + children.processor_s <= _PROCESSOR_S
    assert (report["verdict"] == "TOTAL-PASSED") == (name == _GOOD), report["failed"]
    assert report["failed"] or name == _GOOD
