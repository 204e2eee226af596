"""Object store in a folder, for embedded use."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from certsvc.foundation.storage.objects import (
    ObjectDamagedError,
    ObjectDigest,
    ObjectMissingError,
    StoreUnavailableError,
    digest_of,
    parse_digest,
)
from keys.whole_files import write_whole


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to disk; without this a power cut may lose a new one."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_READ_ONLY = 0o400
ROOM_WANTED_BYTES = 64 * 1024 * 1024
"""Room for some hundred certificates; with less, the store reports itself unavailable."""


class FolderObjectStore:
    """Keeps each object as a read-only file `ab/cd/abcd…` under one folder.

    Args:
        folder: Where; made when the first object is put.
        sync_folder: Makes the names in a folder durable.
    """

    def __init__(self, folder: Path, *, sync_folder: Callable[[Path], None] = sync_folder) -> None:
        self._folder = folder
        self._sync_folder = sync_folder

    def put(self, content: bytes) -> ObjectDigest:
        """Write the file whole beside the folders of objects, then give it its name.

        1. A name that exists is left as it is, so nothing is ever overwritten.
        2. The folders down to the name are flushed also when the name exists: whoever made it
           may not have come to that yet.

        Raises:
            StoreUnavailableError: the disk is full, read-only or gone.
        """
        digest = digest_of(content)
        path = self._path(digest)
        try:
            new_folders = [folder for folder in path.parents if not folder.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                write_whole(path, [content], mode=_READ_ONLY, written_in=self._folder)
            self._sync_down_to(path, new_folders)
        except OSError as error:
            raise StoreUnavailableError from error
        self.get(digest)
        return digest

    def get(self, digest: ObjectDigest) -> bytes:
        """Read an object and check its digest.

        Raises:
            ObjectMissingError: nothing is stored under it.
            ObjectDamagedError: what is stored does not match it.
            StoreUnavailableError: the folder cannot be read.
        """
        try:
            content = self._path(parse_digest(digest)).read_bytes()
        except FileNotFoundError as error:
            raise ObjectMissingError from error
        except OSError as error:
            raise StoreUnavailableError from error
        if digest_of(content) != digest:
            raise ObjectDamagedError(digest=digest)
        return content

    def check(self) -> None:
        """Make sure that the folder can be written and has room.

        Raises:
            StoreUnavailableError: it cannot, or less than `ROOM_WANTED_BYTES` are left.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            room = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise StoreUnavailableError from error
        if room < ROOM_WANTED_BYTES or not os.access(self._folder, os.W_OK):
            raise StoreUnavailableError

    def _path(self, digest: ObjectDigest) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest

    def _sync_down_to(self, path: Path, new_folders: list[Path]) -> None:
        own = {path.parent, path.parent.parent, self._folder}
        for folder in sorted(own | {new.parent for new in new_folders}, reverse=True):
            self._sync_folder(folder)
