"""Whatever the S3 server does, the store tells it by one of its errors, in bounded time."""

import time
from base64 import b64decode, b64encode
from datetime import timedelta

import pytest
from minio.error import S3Error

from certsvc.foundation.storage.objects import (
    BucketMissingError,
    ObjectDigest,
    ObjectMissingError,
    StoreFullError,
    StoreRefusedError,
    StoreUnavailableError,
    digest_of,
)
from certsvc.foundation.storage.s3 import S3ObjectStore
from tests.support.s3 import Bucket, running_s3_server
from tests.support.unruly_server import answering, cutting, dripping, silent, unruly_server

CONTENT = b"content" * 1000
_SHORT_S = 0.3
_MOST_S = 20
"""No measure of speed: without a bound each of these would last for minutes or for ever."""


def require_unavailable(
    store: S3ObjectStore, kind: type[Exception] = StoreUnavailableError
) -> None:
    """Expect every operation to fail with one kind of error, soon."""
    began = time.monotonic()
    with pytest.raises(kind):
        store.get(digest_of(CONTENT))
    with pytest.raises(kind):
        store.put(CONTENT)
    with pytest.raises(kind):
        store.check()
    assert time.monotonic() - began < _MOST_S


def test_a_server_that_is_down_and_comes_back() -> None:
    with running_s3_server() as server, server.bucket() as bucket:
        store = bucket.store(timeout_s=5)
        digest = store.put(CONTENT)
        server.stop()
        require_unavailable(store)
        server.start()
        assert store.get(digest) == CONTENT


def test_a_silent_server(bucket: Bucket) -> None:
    with unruly_server(silent) as endpoint:
        require_unavailable(bucket.store(endpoint=endpoint, timeout_s=_SHORT_S))


def test_a_server_that_drips(bucket: Bucket) -> None:
    with unruly_server(dripping) as endpoint:
        store = bucket.store(endpoint=endpoint, timeout_s=_SHORT_S)
        with pytest.raises(StoreUnavailableError):
            store.get(digest_of(CONTENT))


def test_wrong_credentials(bucket: Bucket) -> None:
    require_unavailable(bucket.store(secret_key="guessed-wrongly"), StoreRefusedError)


def test_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    require_unavailable(bucket.store(bucket="not-there"), BucketMissingError)


FULL = b"<?xml version='1.0'?><Error><Code>XMinioStorageFull</Code><Message>full</Message></Error>"


def test_a_full_server(bucket: Bucket) -> None:
    head = b"HTTP/1.1 507 No\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n"
    with unruly_server(answering(head % len(FULL) + FULL)) as endpoint:
        store = bucket.store(endpoint=endpoint)
        with pytest.raises(StoreFullError):
            store.put(b"small")


NO_S3 = [
    b"",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<html>",
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
    b"HTTP/1.1 403 No\r\nContent-Type: application/xml\r\nContent-Length: 6\r\n\r\n<Error",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
]


@pytest.mark.parametrize("answer", NO_S3)
def test_something_that_is_no_s3_server(bucket: Bucket, answer: bytes) -> None:
    with unruly_server(answering(answer)) as endpoint:
        store = bucket.store(endpoint=endpoint, timeout_s=1)
        with pytest.raises(StoreUnavailableError):
            store.get(digest_of(CONTENT))
        with pytest.raises(StoreUnavailableError):
            store.put(b"small")


@pytest.mark.parametrize("after", [1, 200, 2000])
def test_half_an_answer_is_none(bucket: Bucket, after: int) -> None:
    digest = bucket.store().put(CONTENT)
    with unruly_server(cutting(bucket.address.endpoint, after=after)) as endpoint:
        store = bucket.store(endpoint=endpoint, timeout_s=2)
        with pytest.raises(StoreUnavailableError):
            store.get(digest)


def test_a_server_that_cuts_a_put_leaves_it_to_be_done_again(bucket: Bucket) -> None:
    with (
        unruly_server(cutting(bucket.address.endpoint, after=1)) as endpoint,
        pytest.raises(StoreUnavailableError),
    ):
        bucket.store(endpoint=endpoint, timeout_s=2).put(b"small")
    assert bucket.store().get(bucket.store().put(b"small")) == b"small"


def test_errors_name_neither_server_nor_key(bucket: Bucket) -> None:
    with pytest.raises(StoreRefusedError) as caught:
        bucket.store(secret_key="guessed-wrongly").check()
    assert caught.value.params == {}


class TestChecksums:
    def test_the_server_keeps_the_digest(self, bucket: Bucket) -> None:
        digest = bucket.store().put(CONTENT)
        (key,) = bucket.keys()
        assert b64decode(bucket.checksum(key)).hex() == digest

    def test_the_server_refuses_what_changed_on_the_way(self, bucket: Bucket) -> None:
        # Around our store, which cannot be made to send the digest of something else.
        wrong = b64encode(bytes.fromhex(digest_of(CONTENT))).decode()
        with pytest.raises(S3Error, match=r"(?i)checksum|digest"):
            bucket.change("key", b"changed", wrong)
        assert bucket.keys() == []


class TestLock:
    def test_nobody_can_delete_what_is_locked(self, locked_bucket: Bucket) -> None:
        store = locked_bucket.store(retention=timedelta(days=1))
        store.check()
        store.put(CONTENT)
        (key,) = locked_bucket.keys()
        with pytest.raises(S3Error, match="locked|WORM"):
            locked_bucket.delete_for_good(key)
        assert locked_bucket.read(key) == CONTENT

    def test_a_bucket_without_lock_is_told_before_anything_is_sealed(self, bucket: Bucket) -> None:
        store = bucket.store(retention=timedelta(days=1))
        with pytest.raises(StoreRefusedError):
            store.check()
        with pytest.raises(StoreUnavailableError):
            store.put(CONTENT)


def test_missing_is_not_unavailable(bucket: Bucket) -> None:
    with pytest.raises(ObjectMissingError):
        bucket.store().get(ObjectDigest("0" * 64))
