"""Interface of object stores.

- An object is named by the SHA-256 of its bytes; putting the same bytes twice is one object.
- An object is never overwritten.
- Reading recomputes the digest; a changed object is an error, not an answer.
"""

import hashlib
import re
from datetime import timedelta
from typing import NewType, Protocol

from certsvc.foundation.errors import DefectError, NotFoundError, UnavailableError

ObjectDigest = NewType("ObjectDigest", str)
"""SHA-256 of an object's bytes, 64 lower-case hexadecimal digits."""

_FORM = re.compile(r"[0-9a-f]{64}")


class ObjectMissingError(NotFoundError):
    """No object of this digest is stored."""

    code = "storage.object-missing"


class ObjectDamagedError(DefectError):
    """The stored bytes do not have the digest they are stored under."""

    code = "storage.object-damaged"


class StoreUnavailableError(UnavailableError):
    """The store is full, read-only or out of reach; nothing was stored."""

    code = "storage.unavailable"


class StoreRefusedError(StoreUnavailableError):
    """The server of the store does not accept our credentials, or not for this."""

    code = "storage.refused"


class BucketMissingError(StoreUnavailableError):
    """The server of the store has no such bucket."""

    code = "storage.bucket-missing"


class StoreFullError(StoreUnavailableError):
    """The server of the store has no room left."""

    code = "storage.full"


class ObjectStore(Protocol):
    """Keeps sealed files."""

    def put(self, content: bytes) -> ObjectDigest:
        """Keep the bytes durably and return their digest.

        Raises:
            ObjectDamagedError: other bytes are kept under this digest; they are left.
            StoreUnavailableError: they could not be kept.
        """

    def get(self, digest: ObjectDigest) -> bytes:
        """Return the bytes of a digest, checked.

        Raises:
            ObjectMissingError: nothing is stored under it.
            ObjectDamagedError: what is stored does not match it.
            StoreUnavailableError: the store cannot be read.
        """

    def check(self) -> None:
        """Make sure that objects could be put, without putting one.

        Raises:
            StoreUnavailableError: they could not.
        """


class DownloadAddresses(Protocol):
    """What some stores can do besides: let a browser fetch an object from the store itself."""

    def download_address(self, digest: ObjectDigest, *, disposition: str, lasts: timedelta) -> str:
        """Return an address that fetches one object and is refused after a time.

        Args:
            digest: The object.
            disposition: The `Content-Disposition` that the store sends with it (RFC 6266).
            lasts: How long; short, for whoever has the address has the file.
        """


def digest_of(content: bytes) -> ObjectDigest:
    """Compute the name an object has in every store."""
    return ObjectDigest(hashlib.sha256(content).hexdigest())


def parse_digest(text: str) -> ObjectDigest:
    """Read a digest.

    Raises:
        ObjectMissingError: the text is no digest, so no object can have it.
    """
    if not _FORM.fullmatch(text):
        raise ObjectMissingError
    return ObjectDigest(text)
