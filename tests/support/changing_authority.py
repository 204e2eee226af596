"""A timestamp authority that is another one at each turn."""

from signing.timestamps.authority import TimestampAuthority
from tests.support.seals import NOW, timestamp_authority


class ChangingAuthority:
    """One authority or another, in turn; with none, the demonstration's at the time told."""

    token_size_limit = 4096

    def __init__(self, *authorities: TimestampAuthority) -> None:
        self.authorities = list(authorities)
        self.asked = 0
        self.at = NOW

    def timestamp(self, digest: bytes) -> bytes:
        self.asked += 1
        if not self.authorities:
            return timestamp_authority(at=self.at).timestamp(digest)
        return self.authorities[min(self.asked, len(self.authorities)) - 1].timestamp(digest)
