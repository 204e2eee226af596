"""What the processes of one run share: a folder, what one of them makes in it, and its servers.

A run has one process that started it and, under pytest-xdist, workers that come and go: one that a
hanging test took with it is replaced. What the first worker makes is there for all of them, and
servers are stopped by whoever started the run.
"""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

_FOLDER = pytest.StashKey[Path]()
_ENDING_S = 30


class Run:
    """A run of the tests, as each of its processes sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
        """The name of this process; no two of a run have the same."""

    def made_once(self, name: str, make: Callable[[Path], object]) -> Path:
        """Return a folder that the first process that asks makes; the others wait for it.

        Args:
            name: Its name; one of a kind in a run.
            make: Fills the folder, which is there. If it fails, whoever comes next tries again.
        """
        made, whole = self.folder / name, self.folder / f"{name}.whole"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(made, ignore_errors=True)
                made.mkdir()
                make(made)
                whole.touch()
        return made

    def stop_at_the_end(self, server: Popen[bytes]) -> None:
        """Have a server interrupted when all tests have ended, whatever becomes of this process."""
        (self.folder / f"{server.pid}.server").touch()
        # Python warns of a child that is let go while it runs; this one is known to run on.
        server.returncode = 0

    def end(self) -> None:
        """Stop the servers and remove the folder."""
        servers = [int(path.stem) for path in self.folder.glob("*.server")]
        for pid in servers:
            _stop(pid)
        shutil.rmtree(self.folder)


def _stop(pid: int) -> None:
    if _runs(pid):
        os.kill(pid, signal.SIGINT)
    give_up_at = time.monotonic() + _ENDING_S
    while _runs(pid):
        if time.monotonic() > give_up_at:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    # It need not be a child of this process, so it cannot be waited for.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the run, or take the one of whoever started this worker."""
    given = getattr(config, "workerinput", {}).get("run_folder")
    # A short path: names of sockets may not be long. PostgreSQL's account must get through.
    folder = Path(given or tempfile.mkdtemp(prefix="certsvc-run-"))
    if not given:
        folder.chmod(0o711)
        config.add_cleanup(Run(folder).end)
    config.stash[_FOLDER] = folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401  xdist has no types
    """Tell a worker where the folder is."""
    node.workerinput["run_folder"] = str(node.config.stash[_FOLDER])


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run that this process is part of."""
    return Run(pytestconfig.stash[_FOLDER])
