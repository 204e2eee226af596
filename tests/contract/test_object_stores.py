"""What every object store must do, in a folder and on a real S3 server."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.storage.objects import (
    ObjectDamagedError,
    ObjectDigest,
    ObjectMissingError,
    ObjectStore,
    StoreUnavailableError,
)
from tests.support.s3 import Bucket


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A store, and ways around it."""

    store: ObjectStore
    names: Callable[[], list[str]]
    """The names of everything that is kept."""
    change: Callable[[str, bytes], None]
    """Lets other bytes be kept under a name."""
    read: Callable[[str], bytes]


def kept_in_folder(root: Path) -> Kept:
    def names() -> list[str]:
        files = (path for path in root.rglob("*") if path.is_file())
        return [path.relative_to(root).as_posix() for path in files]

    def change(name: str, content: bytes) -> None:
        (root / name).chmod(0o600)
        (root / name).write_bytes(content)

    store = FolderObjectStore(root)
    return Kept(store=store, names=names, change=change, read=lambda n: (root / n).read_bytes())


def kept_in_bucket(bucket: Bucket) -> Kept:
    return Kept(store=bucket.store(), names=bucket.keys, change=bucket.change, read=bucket.read)


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "folder":
        return kept_in_folder(tmp_path / "objects")
    return kept_in_bucket(request.getfixturevalue("bucket"))


@pytest.fixture
def store(kept: Kept) -> ObjectStore:
    return kept.store


def test_what_is_put_can_be_got_under_its_digest(store: ObjectStore) -> None:
    digest = store.put(b"content")
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert store.get(digest) == b"content"


def test_nothing_and_much_can_be_kept(store: ObjectStore) -> None:
    for content in (b"", bytes(range(256)) * 40_000):
        assert store.get(store.put(content)) == content


def test_putting_twice_is_one_object_named_by_its_digest(kept: Kept) -> None:
    digest = kept.store.put(b"same")
    assert kept.store.put(b"same") == digest
    assert kept.names() == [f"{digest[:2]}/{digest[2:4]}/{digest}"]


def test_a_sound_store_says_so_and_keeps_nothing(kept: Kept) -> None:
    kept.store.check()
    assert kept.names() == []


def test_missing_is_told(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissingError):
        store.get(ObjectDigest("0" * 64))


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 63, "G" * 64])
def test_no_path_can_be_smuggled_in(store: ObjectStore, digest: str) -> None:
    with pytest.raises(ObjectMissingError):
        store.get(ObjectDigest(digest))


@pytest.mark.parametrize("other", [b"changed", b"", b"conten"])
def test_a_changed_object_is_refused(kept: Kept, other: bytes) -> None:
    digest = kept.store.put(b"content")
    kept.change(kept.names()[0], other)
    with pytest.raises(ObjectDamagedError):
        kept.store.get(digest)


def test_an_object_is_never_overwritten(kept: Kept) -> None:
    kept.store.put(b"content")
    (name,) = kept.names()
    kept.change(name, b"changed")
    with pytest.raises(ObjectDamagedError):
        kept.store.put(b"content")
    assert kept.read(name) == b"changed"


class TestFolderObjectStore:
    def test_no_temporary_file_stays(self, tmp_path: Path) -> None:
        FolderObjectStore(tmp_path).put(b"content")
        assert [path.name for path in tmp_path.rglob("tmp*")] == []

    def test_every_new_name_is_flushed_down_from_the_first_new_folder(self, tmp_path: Path) -> None:
        durable: set[Path] = set()
        root = tmp_path / "deep" / "objects"
        store = FolderObjectStore(root, sync_folder=lambda f: durable.update(f.iterdir()))
        digest = store.put(b"content")
        path = root / digest[:2] / digest[2:4] / digest
        assert {path, path.parent, path.parent.parent, root, root.parent} <= durable

    def test_a_name_that_another_process_made_is_flushed_too(self, tmp_path: Path) -> None:
        durable: set[Path] = set()
        FolderObjectStore(tmp_path, sync_folder=lambda _: None).put(b"content")
        store = FolderObjectStore(tmp_path, sync_folder=lambda f: durable.update(f.iterdir()))
        digest = store.put(b"content")
        path = tmp_path / digest[:2] / digest[2:4] / digest
        assert {path, path.parent, path.parent.parent} <= durable

    def test_a_store_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        blocked = tmp_path / "objects"
        blocked.write_text("a file where the folder should be")
        with pytest.raises(StoreUnavailableError):
            FolderObjectStore(blocked).put(b"content")
        with pytest.raises(StoreUnavailableError):
            FolderObjectStore(blocked).check()

    def test_a_store_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        store = FolderObjectStore(tmp_path)
        digest = store.put(b"content")
        path = tmp_path / digest[:2] / digest[2:4] / digest
        path.unlink()
        path.mkdir()
        with pytest.raises(StoreUnavailableError):
            store.get(digest)
