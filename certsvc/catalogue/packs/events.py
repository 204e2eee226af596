"""Steps in the life of a version of a template pack; the subject is the pack."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code, Digest


@dataclass(frozen=True, kw_only=True)
class VersionStep(Event):
    """Fields that all steps share."""

    left_out: ClassVar[frozenset[str]] = frozenset({"shown_sha256"})

    id: int
    version: Code
    sha256: Digest
    effective_on: date
    shown_sha256: Digest | None = None
    """Digest of what was shown to whoever decided; only for decisions."""


@dataclass(frozen=True, kw_only=True)
class VersionProposed(VersionStep):
    """提出."""

    kind: ClassVar[str] = "pack.version-proposed"


@dataclass(frozen=True, kw_only=True)
class VersionApproved(VersionStep):
    """批准."""

    kind: ClassVar[str] = "pack.version-approved"


@dataclass(frozen=True, kw_only=True)
class VersionRejected(VersionStep):
    """驳回."""

    kind: ClassVar[str] = "pack.version-rejected"


@dataclass(frozen=True, kw_only=True)
class VersionWithdrawn(VersionStep):
    """撤回."""

    kind: ClassVar[str] = "pack.version-withdrawn"
