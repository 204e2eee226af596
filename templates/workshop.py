"""A folder for one process, and the end of those that killed processes left behind.

- A process holds the lock of its folder for as long as it lives, however it ends.
- Whoever makes a folder takes away those whose lock nobody holds.
"""

import fcntl
import shutil
import tempfile
import time
import weakref
from pathlib import Path
from typing import BinaryIO

PREFIX = "certsvc-packs-"
_LOCK = "lock"
_IN_THE_MAKING_S = 3600
"""A folder without a lock may be one that is just being made, but not for so long."""


class Workshop:
    """A folder that ends with this object, or else with the next start of a process."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = (self.folder / _LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        weakref.finalize(self, _end, self.folder, lock)
        sweep(self.folder.parent)


def sweep(place: Path) -> None:
    """Take away the folders of processes that are gone; those of others are left to them."""
    for folder in place.glob(f"{PREFIX}*"):
        try:
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # somebody else's, or gone this very moment


def _is_abandoned(folder: Path) -> bool:
    lock = folder / _LOCK
    if folder.is_symlink() or not lock.exists():
        age_s = time.time() - folder.lstat().st_mtime
        return not folder.is_symlink() and age_s > _IN_THE_MAKING_S
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _end(folder: Path, lock: BinaryIO) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.close()
