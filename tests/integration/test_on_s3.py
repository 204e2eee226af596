"""An installation as a city has it: PostgreSQL, and the files on an S3 server."""

import pytest
from sqlalchemy import select

from certsvc.certificates.extraction.stored_files import FileState, check_files, copy_files
from certsvc.certificates.issuance.recovery import RecoveryResult
from certsvc.certificates.issuance.rules import Step
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.storage.objects import (
    ObjectDamagedError,
    StoreUnavailableError,
    parse_digest,
)
from tests.support.s3 import Bucket
from tests.support.world import World


def test_nine_steps(s3_world: World, bucket: Bucket) -> None:
    steps: list[Step] = []
    issued = s3_world.services.issuer.issue(
        s3_world.request(), actor=s3_world.staff("clerk.wang"), on_step=steps.append
    )
    assert steps == list(Step)
    digest = parse_digest(issued.sha256)
    assert bucket.keys() == [f"{digest[:2]}/{digest[2:4]}/{digest}"]
    assert not (s3_world.home / "objects").exists()
    sealed = s3_world.services.store.get(digest)
    assert s3_world.services.authenticity.check_file(sealed).answer == "authentic"
    assert s3_world.services.recovery.recover() == RecoveryResult(finished=0, voided=0)


def test_a_bucket_that_is_gone_publishes_nothing(s3_world: World, bucket: Bucket) -> None:
    bucket.client.remove_bucket(bucket.address.bucket)
    with pytest.raises(StoreUnavailableError):
        s3_world.issue()
    with s3_world.services.database.reading() as session:
        assert session.scalars(select(CertificateRecord.status)).all() != ["issued"]


def test_a_changed_object_is_not_given_out(s3_world: World, bucket: Bucket) -> None:
    issued = s3_world.issue()
    (key,) = bucket.keys()
    bucket.change(key, b"changed")
    with pytest.raises(ObjectDamagedError):
        s3_world.services.store.get(parse_digest(issued.sha256))


class TestMoving:
    """From a folder to a bucket."""

    def test_every_file_is_moved_once(self, world: World, bucket: Bucket) -> None:
        for matter in ("1", "2", "3"):
            world.issue(idempotency_key=matter)
        database, source, target = world.services.database, world.services.store, bucket.store()
        half = copy_files(database, source=source, target=target)
        assert next(half).state is FileState.COPIED
        half.close()  # interrupted
        states = [file.state for file in copy_files(database, source=source, target=target)]
        assert sorted(states) == ["copied", "copied", "whole"]
        assert {file.state for file in check_files(database, target)} == {FileState.WHOLE}
        assert len(bucket.keys()) == 3

    def test_faults_are_told_and_keep_no_other_file_back(
        self, world: World, bucket: Bucket
    ) -> None:
        numbers = [world.issue(idempotency_key=key).copy_number for key in "abc"]
        folder = world.home / "objects"
        files = {path.name: path for path in folder.rglob("*") if path.is_file()}
        source, target = FolderObjectStore(folder), bucket.store()
        database = world.services.database
        first, second, _ = (file.digest for file in check_files(database, source))
        files[first].unlink()
        files[second].chmod(0o600)
        files[second].write_bytes(b"changed")
        found = {f.copy_number: f.state for f in copy_files(database, source=source, target=target)}
        assert set(found) == set(numbers)
        assert sorted(found.values()) == ["copied", "damaged", "missing"]
        assert len(bucket.keys()) == 1
