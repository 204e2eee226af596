"""Steps of changes of seals; the subject is the seal.

The reason is free text and may name people, so it stays in the register.
"""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Base64, Code, Digest


@dataclass(frozen=True, kw_only=True)
class ChangeStep(Event):
    """Fields that all steps share."""

    number: int
    action: Code


@dataclass(frozen=True, kw_only=True)
class ChangeProposed(ChangeStep):
    """提出."""

    kind: ClassVar[str] = "seal.change-proposed"
    left_out: ClassVar[frozenset[str]] = frozenset(
        {"route", "certificate_sha256", "version_sha256"}
    )

    route: Code | None = None
    certificate_sha256: Digest | None = None
    version_sha256: Digest | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeApproved(ChangeStep):
    """批准."""

    kind: ClassVar[str] = "seal.change-approved"
    left_out: ClassVar[frozenset[str]] = frozenset({"version_sha256"})

    state: Code
    shown_sha256: Digest
    version_sha256: Digest | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeRejected(ChangeStep):
    """驳回."""

    kind: ClassVar[str] = "seal.change-rejected"


@dataclass(frozen=True, kw_only=True)
class ChangeWithdrawn(ChangeStep):
    """撤回."""

    kind: ClassVar[str] = "seal.change-withdrawn"


@dataclass(frozen=True, kw_only=True)
class KeyTried(Event):
    """试签."""

    kind: ClassVar[str] = "seal.key-tried"

    change: int
    certificate_sha256: Digest
    signature_base64: Base64
    error: Code
