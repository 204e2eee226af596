"""Whether the files of all published copies are in the store; moving them to another store.

- Both files of a copy count: as it was sealed, and as it was archived since.
- Moving copies the files that the register names, one after the other. A file that is there
  already, whole, is left, so an interrupted move is simply started again. The old store is only
  read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from certsvc.certificates.extraction.records import Extraction
from certsvc.foundation.db.engine import Database
from certsvc.foundation.storage.objects import (
    ObjectDamagedError,
    ObjectDigest,
    ObjectMissingError,
    ObjectStore,
    parse_digest,
)

_AT_A_TIME = 500


class FileState(StrEnum):
    """Result of checking or copying one file."""

    WHOLE = "whole"
    """Present and undamaged."""
    COPIED = "copied"
    """Copied to the new store."""
    MISSING = "missing"
    """Missing in the store (the old one, when files are moved)."""
    DAMAGED = "damaged"
    """Present with different content."""


FAULTS = frozenset({FileState.MISSING, FileState.DAMAGED})


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that the register names."""

    copy_number: str
    digest: ObjectDigest
    state: FileState


def check_files(database: Database, store: ObjectStore) -> Iterator[StoredFile]:
    """Read every file and recompute its digest.

    Raises:
        StoreUnavailableError: the store cannot be read.
    """
    return _each(database, lambda digest: _look_for(store, digest))


def copy_files(
    database: Database, *, source: ObjectStore, target: ObjectStore
) -> Iterator[StoredFile]:
    """Copy every file that the target store lacks.

    Raises:
        StoreUnavailableError: one of the stores cannot be reached; what was copied stays.
    """

    def move(digest: ObjectDigest) -> FileState:
        there = _look_for(target, digest)
        return _copy(source, target, digest) if there is FileState.MISSING else there

    return _each(database, move)


def _each(database: Database, treat: Callable[[ObjectDigest], FileState]) -> Iterator[StoredFile]:
    for number, digest in _named_files(database):
        yield StoredFile(copy_number=number, digest=digest, state=treat(digest))


def _named_files(database: Database) -> Iterator[tuple[str, ObjectDigest]]:
    last: str | None = ""
    while last is not None:
        query = (
            select(Extraction.copy_number, Extraction.object_sha256, Extraction.archived_sha256)
            .where(Extraction.object_sha256.is_not(None), Extraction.copy_number > last)
            .order_by(Extraction.copy_number)
            .limit(_AT_A_TIME)
        )
        # Read before the files are, so that no transaction is open meanwhile.
        with database.reading() as session:
            rows = session.execute(query).all()
        for number, *names in rows:
            yield from ((number, parse_digest(name)) for name in names if name)
        last = rows[-1][0] if rows else None


def _look_for(store: ObjectStore, digest: ObjectDigest) -> FileState:
    try:
        store.get(digest)
    except ObjectMissingError:
        return FileState.MISSING
    except ObjectDamagedError:
        return FileState.DAMAGED
    return FileState.WHOLE


def _copy(source: ObjectStore, target: ObjectStore, digest: ObjectDigest) -> FileState:
    try:
        content = source.get(digest)
    except ObjectMissingError:
        return FileState.MISSING
    except ObjectDamagedError:
        return FileState.DAMAGED
    target.put(content)
    return FileState.COPIED
