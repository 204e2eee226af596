"""What every object store must do."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from certsvc.storage.folder import FolderObjectStore
from certsvc.storage.objects import (
    ObjectDamagedError,
    ObjectDigest,
    ObjectMissingError,
    ObjectStore,
    StoreUnavailableError,
)

StoreFactory = Callable[[Path], ObjectStore]


@pytest.fixture(params=[FolderObjectStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    factory: StoreFactory = request.param
    return factory(tmp_path / "objects")


def test_what_is_put_can_be_got_under_its_digest(store: ObjectStore) -> None:
    digest = store.put(b"content")
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert store.get(digest) == b"content"


def test_putting_twice_is_one_object(store: ObjectStore, tmp_path: Path) -> None:
    assert store.put(b"same") == store.put(b"same")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_sound_store_says_so_and_keeps_nothing(store: ObjectStore, tmp_path: Path) -> None:
    store.check()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_missing_is_told(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissingError):
        store.get(ObjectDigest("0" * 64))


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 63, "G" * 64])
def test_no_path_can_be_smuggled_in(store: ObjectStore, digest: str) -> None:
    with pytest.raises(ObjectMissingError):
        store.get(ObjectDigest(digest))


class TestFolderObjectStore:
    def test_a_changed_file_is_refused(self, tmp_path: Path) -> None:
        store = FolderObjectStore(tmp_path)
        digest = store.put(b"content")
        path = tmp_path / digest[:2] / digest[2:4] / digest
        path.chmod(0o600)
        path.write_bytes(b"changed")
        with pytest.raises(ObjectDamagedError):
            store.get(digest)

    def test_an_existing_file_is_never_overwritten(self, tmp_path: Path) -> None:
        store = FolderObjectStore(tmp_path)
        digest = store.put(b"content")
        path = tmp_path / digest[:2] / digest[2:4] / digest
        path.chmod(0o600)
        path.write_bytes(b"changed")
        with pytest.raises(ObjectDamagedError):
            store.put(b"content")
        assert path.read_bytes() == b"changed"

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
