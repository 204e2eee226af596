"""Reading and writing the files a command names."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from api.cli.errors import (
    FileAbsentError,
    FileIsFolderError,
    FileUnreadableError,
    OutExistsError,
    OutUnwritableError,
)
from keys import whole_files
from signing.pdf.document_limits import SIZE_LIMIT

_LONGEST_NAME_BYTES = 255


def read_bounded(path: Path) -> bytes:
    """Read a file, at most one byte more than any check would look at.

    Raises:
        FileAbsentError: there is none.
        FileIsFolderError: it is a folder.
        FileUnreadableError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise FileAbsentError(file=str(path)) from error
    except IsADirectoryError as error:
        raise FileIsFolderError(file=str(path)) from error
    except (OSError, ValueError) as error:
        raise FileUnreadableError(file=str(path)) from error


def check_writable(path: Path, *, force: bool) -> None:
    """Find out before any work whether a file could be written.

    Raises:
        OutExistsError: something is there, and it may not be overwritten.
        OutUnwritableError: it is a folder, or its folder is missing or may not be written.
    """
    try:
        _check_place(path, force=force)
    except (OSError, ValueError) as error:
        # A name that is longer than the system takes, or has a NUL in it.
        raise OutUnwritableError(file=str(path)) from error


def _check_place(path: Path, *, force: bool) -> None:
    if len(os.fsencode(path.name)) > _LONGEST_NAME_BYTES:
        raise OutUnwritableError(file=str(path))
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutUnwritableError(file=str(path))
    if os.path.lexists(path) and not force:
        raise OutExistsError(file=str(path))
    if path.exists() and not path.is_file():
        raise OutUnwritableError(file=str(path))


def write_whole(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        OutExistsError: something appeared meanwhile, and it may not be overwritten.
        OutUnwritableError: the disk is full, read-only or gone.
    """
    write_pieces(path, (content,), force=force)


def write_pieces(path: Path, pieces: Iterable[bytes], *, force: bool) -> None:
    """Write a file piece by piece, so that it is there whole or not at all.

    Raises:
        OutExistsError: something appeared meanwhile, and it may not be overwritten.
        OutUnwritableError: the disk is full, read-only or gone.
    """
    try:
        whole_files.write_whole(path, pieces, replace=force)
    except FileExistsError as error:
        raise OutExistsError(file=str(path)) from error
    except OSError as error:
        raise OutUnwritableError(file=str(path)) from error
    with suppress(OSError):  # a folder that may be written need not be one that may be read
        whole_files.sweep(path.parent)
