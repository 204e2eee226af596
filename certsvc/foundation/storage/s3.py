"""Object store in a bucket of an S3 server.

- Put is conditional (`If-None-Match: *`): an object that is there is never overwritten.
- The server is given the SHA-256 of what it is to keep and refuses anything else
  (`x-amz-checksum-sha256`); what it then gives back is checked once more.
- What goes wrong is told by its kind; names of servers and keys stay out of the errors.
"""

import io
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import MinioException, S3Error, ServerError
from minio.retention import Retention
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from certsvc.foundation.storage.address import BucketAddress
from certsvc.foundation.storage.objects import (
    BucketMissingError,
    ObjectDamagedError,
    ObjectDigest,
    ObjectMissingError,
    StoreFullError,
    StoreRefusedError,
    StoreUnavailableError,
    digest_of,
    parse_digest,
)
from certsvc.foundation.storage.s3_traffic import StoreConnections

OBJECT_MAX_BYTES = 256 * 1024 * 1024
"""Far above any sealed file; more is not read into memory."""
_PART_BYTES = 256 * 1024
_PATIENCE = 6
"""Limit for a whole answer, in multiples of the timeout; a slower server is given up."""
_REFUSED = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccountProblem",
    "AllAccessDisabled",
    "RequestTimeTooSkewed",
}
_FULL = {
    "XMinioStorageFull",
    "QuotaExceeded",
    "InsufficientStorage",
    "XMinioAdminBucketQuotaExceeded",
}
_NO_ROOM = 507
_EXISTS = "PreconditionFailed"


@dataclass(frozen=True, kw_only=True)
class S3Account:
    """Credentials for the server."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "us-east-1"


class S3ObjectStore:
    """Keeps each object as `ab/cd/abcd…` in one bucket, named as in a folder.

    Args:
        address: The bucket; it is never made here.
        account: Credentials.
        timeout_s: How long to wait for a connection and each part of an answer.
        retention: How long the server must keep an object undeletable (object lock, mode
            COMPLIANCE); not asked for if None.
        clock: The time of the real world, which the server compares with its own.
    """

    def __init__(
        self,
        *,
        address: BucketAddress,
        account: S3Account,
        clock: Callable[[], datetime],
        timeout_s: float = 10.0,
        retention: timedelta | None = None,
    ) -> None:
        self._bucket = address.bucket
        self._clock = clock
        self._retention = retention
        self._answer_s = timeout_s * _PATIENCE
        self._client = Minio(
            address.endpoint,
            access_key=account.access_key,
            secret_key=account.secret_key,
            secure=address.secure,
            region=account.region,
            http_client=StoreConnections(timeout_s=timeout_s),
        )

    def put(self, content: bytes) -> ObjectDigest:
        """Send the bytes with their digest, then read back what is kept under it.

        Raises:
            ObjectDamagedError: other bytes are kept under this digest; they are left.
            StoreUnavailableError: they could not be kept.
        """
        digest = digest_of(content)
        try:
            with _told():
                self._client.put_object(
                    self._bucket,
                    _key(digest),
                    io.BytesIO(content),
                    len(content),
                    content_type="application/pdf",
                    metadata={"x-amz-checksum-sha256": _base64(digest)},
                    retention=self._kept_until(),
                )
        except _ThereAlreadyError:
            pass
        except ObjectMissingError as error:
            raise StoreUnavailableError from error
        return self._read_back(digest)

    def get(self, digest: ObjectDigest) -> bytes:
        """Read an object and check its digest.

        Raises:
            ObjectMissingError: nothing is stored under it.
            ObjectDamagedError: what is stored does not match it.
            StoreUnavailableError: the server does not answer, or not in time, or refuses.
        """
        key = _key(parse_digest(digest))
        with _told():
            answer = self._client.get_object(self._bucket, key)
            try:
                content = self._read(answer)
            finally:
                # Closed rather than given back: what is left of an answer is not waited for.
                answer.close()
                answer.release_conn()
        if digest_of(content) != digest:
            raise ObjectDamagedError(digest=digest)
        return content

    def check(self) -> None:
        """Ask for the bucket, and for its lock if objects are to be locked.

        Raises:
            BucketMissingError: there is no such bucket.
            StoreRefusedError: the credentials do not open it, or it has no object lock.
            StoreUnavailableError: the server does not answer.
        """
        with _told():
            found = self._client.bucket_exists(self._bucket)
        if not found:
            raise BucketMissingError
        if self._retention:
            try:
                with _told():
                    self._client.get_object_lock_config(self._bucket)
            except ObjectMissingError as error:
                raise StoreRefusedError from error

    def download_address(self, digest: ObjectDigest, *, disposition: str, lasts: timedelta) -> str:
        """Sign an address that fetches this object alone, for a short time.

        Nothing is asked of the server; whether the object is there shows when it is fetched.
        """
        return self._client.presigned_get_object(
            self._bucket,
            _key(parse_digest(digest)),
            expires=lasts,
            request_date=self._clock(),
            response_headers={
                "response-content-disposition": disposition,
                "response-content-type": "application/pdf",
                "response-cache-control": "private, no-store",
            },
        )

    def _read_back(self, digest: ObjectDigest) -> ObjectDigest:
        try:
            self.get(digest)
        except ObjectMissingError as error:
            raise StoreUnavailableError from error
        return digest

    def _read(self, answer: BaseHTTPResponse) -> bytes:
        give_up_at = time.monotonic() + self._answer_s
        parts, size = [], 0
        # Whatever has come, rather than a whole part: one that drips would never be whole.
        while part := answer.read1(_PART_BYTES):
            parts.append(part)
            size += len(part)
            if size > OBJECT_MAX_BYTES or time.monotonic() > give_up_at:
                raise StoreUnavailableError
        return b"".join(parts)

    def _kept_until(self) -> Retention | None:
        if self._retention is None:
            return None
        return Retention(COMPLIANCE, self._clock() + self._retention)


class _ThereAlreadyError(Exception):
    """The server has an object of this name."""


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the client raises into the errors of a store.

    `ValueError` and `ParseError` come from answers that are no S3 answers.
    """
    try:
        yield
    except S3Error as error:
        raise _error_of(error) from error
    except ServerError as error:
        full = error.status_code == _NO_ROOM
        raise (StoreFullError() if full else StoreUnavailableError()) from error
    except (MinioException, HTTPError, OSError, ValueError, ParseError) as error:
        raise StoreUnavailableError from error


def _error_of(error: S3Error) -> Exception:
    code = error.code or ""
    if code == _EXISTS:
        return _ThereAlreadyError()
    if code in {"NoSuchKey", "ObjectLockConfigurationNotFoundError"}:
        return ObjectMissingError()
    if code == "NoSuchBucket":
        return BucketMissingError()
    if code in _FULL or error.response.status == _NO_ROOM:
        return StoreFullError()
    return StoreRefusedError() if code in _REFUSED else StoreUnavailableError()


def _key(digest: ObjectDigest) -> str:
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _base64(digest: ObjectDigest) -> str:
    return b64encode(bytes.fromhex(digest)).decode()
