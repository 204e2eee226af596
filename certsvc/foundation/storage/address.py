"""Address of a bucket: `s3+https://host[:port]/bucket`."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

_SCHEMES = {"s3+https": True, "s3+http": False}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""The names every S3 server takes, without dots, which TLS wildcards do not cover."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, kw_only=True)
class BucketAddress:
    """A bucket on a server."""

    endpoint: str
    """Host, and port if it is not the usual one."""
    bucket: str
    secure: bool
    """Whether the connection is encrypted."""
    loopback: bool
    """Whether the server is on this machine, where nobody listens on the way."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address.

        Raises:
            ValueError: it is no address of a bucket, or has credentials in it.
        """
        parts = urlsplit(text)
        bucket = parts.path.removeprefix("/")
        malformed = (
            parts.scheme not in _SCHEMES
            or not parts.hostname
            or parts.port == 0
            or "@" in parts.netloc
            or parts.query
            or parts.fragment
        )
        if malformed or not _BUCKET.fullmatch(bucket):
            raise ValueError("objects_url")
        return cls(
            endpoint=parts.netloc.lower(),
            bucket=bucket,
            secure=_SCHEMES[parts.scheme],
            loopback=parts.hostname in _LOOPBACK,
        )
