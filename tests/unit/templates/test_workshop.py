"""What a killed process leaves behind goes with the next start; what another one uses stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from templates.workshop import PREFIX, Workshop

_MAKE = """
import sys
from templates.workshop import Workshop
kept = Workshop()
print(kept.folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_folders_of_the_dead_are_swept(place: Path) -> None:
    command = [sys.executable, "-c", _MAKE]
    with subprocess.Popen(  # noqa: S603  our own code
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        assert left.parent == place
        subprocess.run(  # noqa: S603  our own code
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
        )
        assert list(place.iterdir()) == [left]  # it lives, and the other one has tidied up
        process.send_signal(signal.SIGKILL)
    assert left.exists()
    subprocess.run(  # noqa: S603  our own code
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
    )
    assert list(place.iterdir()) == []


def test_what_has_no_lock_goes_when_it_is_old(place: Path) -> None:
    new, old, foreign = (place / f"{name}x" for name in (PREFIX, f"{PREFIX}old-", "other-"))
    for folder in (new, old, foreign):
        folder.mkdir()
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    os.utime(foreign, (long_ago, long_ago))
    subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", _MAKE],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assert set(place.iterdir()) == {new, foreign}


def test_it_ends_with_its_object() -> None:
    kept = Workshop()
    folder = kept.folder
    assert folder.is_dir()
    del kept
    assert not folder.exists()
