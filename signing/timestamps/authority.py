"""The port to a timestamp authority (时间戳机构, RFC 3161)."""

from typing import Protocol


class TimestampAuthority(Protocol):
    """Vouches that a digest existed at a time."""

    @property
    def token_size_limit(self) -> int:
        """Bytes kept for a token in a sealed file; a larger token is refused."""
        ...

    def timestamp(self, digest: bytes) -> bytes:
        """A token for a SHA-256 digest, already checked against it.

        Returns:
            A DER TimeStampToken.

        Raises:
            TimestampError: The subclass says why none could be had.
        """
        ...
