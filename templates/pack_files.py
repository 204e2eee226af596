"""The files a pack is made from: read from a folder, told apart by a digest, kept as one archive.

- A pack is the files of its own folder and those of the shared letterhead; both are held in memory,
  so what happens to the folder afterwards changes nothing.
- The digest covers the name and the bytes of every file, the letterhead's included.
- An archive gives back exactly the files it was made of; one whose digest differs is refused.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from templates.errors import PackInvalidError

HOUSE = "_house"
"""Folder beside the packs with the Typst code they share."""

MOST_BYTES = 4 * 1024 * 1024
"""Largest pack with its letterhead; ours have 30 to 60 KB."""
_MOST_FILES = 200
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP archive can tell: the same files give the same bytes at any time."""

Files = Mapping[str, bytes]
"""Bytes by name, relative to the folder that holds packs and letterhead: `code/pack.toml`."""


def read_files(folder: Path) -> Files:
    """Read a pack's files and those of the letterhead beside it.

    Raises:
        PackInvalidError: there are too many, or a file can't be read.
    """
    files: dict[str, bytes] = {}
    try:
        for root in (folder, folder.parent / HOUSE):
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                files[path.relative_to(folder.parent).as_posix()] = path.read_bytes()
    except OSError as error:
        raise PackInvalidError(pack=folder.name, reason="unreadable", detail="files") from error
    if len(files) > _MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise PackInvalidError(pack=folder.name, reason="too-large", detail=str(MOST_BYTES >> 20))
    return files


def digest_of_files(code: str, files: Files) -> str:
    """Return the SHA-256 (hex) over names and contents: the pack's own files, then the house's."""
    total = hashlib.sha256()
    for root in (code, HOUSE):
        own = [PurePosixPath(name) for name in files if name.startswith(f"{root}/")]
        for name in sorted(own):
            inner = hashlib.sha256(files[name.as_posix()]).hexdigest()
            total.update(f"{inner}  {name.as_posix()}\n".encode())
    return total.hexdigest()


def to_archive(files: Files) -> bytes:
    """Put files into one ZIP archive; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _BEGINNING), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def from_archive(code: str, content: bytes, *, digest: str) -> Files:
    """Take the files out of an archive that `to_archive` made.

    Raises:
        PackInvalidError: it is damaged, or holds other files than the digest says.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise PackInvalidError(pack=code, reason="damaged", detail="archive")
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise PackInvalidError(pack=code, reason="damaged", detail="archive") from error
    if digest_of_files(code, files) != digest or set(files) != _named(code, files):
        raise PackInvalidError(pack=code, reason="damaged", detail="digest")
    return files


def _named(code: str, files: Files) -> set[str]:
    """The names that the digest covers and that stay inside of a folder."""
    plain = (name for name in files if ".." not in PurePosixPath(name).parts)
    return {name for name in plain if PurePosixPath(name).parts[:1] in {(code,), (HOUSE,)}}
