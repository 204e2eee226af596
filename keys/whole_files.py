"""Atomic file writes, and removing what killed writers left behind.

* A file is written under a name of ours, flushed to disk, and then given its own name.
* A writer that is killed in between leaves a file under that name of ours. It goes when it is
  hours old; nothing else is ever taken away, whatever it is called.
"""

import os
import re
import secrets
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

LEFT_AFTER_S = 6 * 3600.0
"""Temporary files untouched for this long were left by killed writers."""
_OWNER_ONLY = 0o600
_OURS = re.compile(r"\.certsvc-[0-9a-f]{16}\.part")


def write_whole(
    path: Path,
    pieces: Iterable[bytes],
    *,
    replace: bool = False,
    mode: int = _OWNER_ONLY,
    written_in: Path | None = None,
) -> None:
    """Write a file so that it is there whole or not at all, also after a kill or a power cut.

    Args:
        path: Its name.
        pieces: Its content, in order.
        replace: Whether it takes the place of what has this name already.
        mode: Its permissions; the umask takes from them.
        written_in: Folder on the same file system in which it is written first; its own if None.
            What is swept should be few folders with few names.

    Raises:
        FileExistsError: The name is taken, and nothing is to be replaced.
        OSError: It could not be written; nothing is left of it.
    """
    unfinished = (written_in or path.parent) / f".certsvc-{secrets.token_hex(8)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(unfinished, flags, mode), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            unfinished.replace(path)
        else:
            os.link(unfinished, path)  # unlike a rename it never overwrites
    finally:
        unfinished.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Delete temporary files of killed writers in a folder; return how many were deleted.

    A file goes if it has the name that :func:`write_whole` gives, is a plain file of this very
    account, and was last written more than ``LEFT_AFTER_S`` seconds ago. Folders below are left.

    Raises:
        OSError: The folder can be read by nobody like us.
    """
    gone = 0
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            # Another process may have swept the same file, or finished it, this very moment.
            with suppress(FileNotFoundError):
                if _OURS.fullmatch(entry.name) and _is_left(entry.stat(follow_symlinks=False)):
                    Path(entry.path).unlink()
                    gone += 1
    return gone


def _is_left(found: os.stat_result) -> bool:
    is_own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    return is_own and time.time() - found.st_mtime > LEFT_AFTER_S
