"""Object store in a folder, for embedded use."""

import os
import tempfile
from pathlib import Path

from certsvc.storage.objects import (
    ObjectDamagedError,
    ObjectDigest,
    ObjectMissingError,
    StoreUnavailableError,
    digest_of,
    parse_digest,
)


class FolderObjectStore:
    """Keeps each object as a read-only file `ab/cd/abcd…` under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> ObjectDigest:
        """Write to a temporary file, flush to disk, then link it to its final name.

        `os.link` fails if the name exists, so nothing is ever overwritten.

        Raises:
            StoreUnavailableError: the disk is full, read-only or gone.
        """
        digest = digest_of(content)
        path = self._path(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write_new(path, content)
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

    def _path(self, digest: ObjectDigest) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest

    def _write_new(self, path: Path, content: bytes) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), 0o440)
                os.fsync(file.fileno())
            try:
                os.link(temporary, path)
            except FileExistsError:
                return
            _sync_folder(path.parent)
        finally:
            Path(temporary).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    # Without this the new name itself may be lost in a power cut.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
