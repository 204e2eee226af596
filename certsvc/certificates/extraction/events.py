"""Events of copies, and of searches for them."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code, Digest


@dataclass(frozen=True, kw_only=True)
class CopyFetched(Event):
    """取件; the subject is the copy."""

    kind: ClassVar[str] = "copy.fetched"

    sha256: Digest


@dataclass(frozen=True, kw_only=True)
class CopyWithdrawn(Event):
    """退回; the subject is the copy."""

    kind: ClassVar[str] = "copy.withdrawn"

    reason_code: Code


@dataclass(frozen=True, kw_only=True)
class CopyArchived(Event):
    """归档时间戳; the subject is the copy."""

    kind: ClassVar[str] = "copy.archived"

    sha256: Digest
    sealed_sha256: Digest


@dataclass(frozen=True, kw_only=True)
class HolderLookedUp(Event):
    """查看持有人; the subject is the matter."""

    kind: ClassVar[str] = "holder.looked-up"

    copies: int
    holder_hmac: Digest


@dataclass(frozen=True, kw_only=True)
class RecordsSearched(Event):
    """查询; the subject is the unit of whoever searched."""

    kind: ClassVar[str] = "records.searched"

    by: Code
    found: int
    holder_hmac: Digest | None
