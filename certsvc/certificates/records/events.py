"""Changes of the state of records; the subject is the identifier."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code


@dataclass(frozen=True, kw_only=True)
class RecordStep(Event):
    """Fields that all changes share."""

    number: int
    reason_code: Code
    effective_at: datetime


@dataclass(frozen=True, kw_only=True)
class RecordSuspended(RecordStep):
    """中止."""

    kind: ClassVar[str] = "record.suspended"


@dataclass(frozen=True, kw_only=True)
class RecordResumed(RecordStep):
    """恢复."""

    kind: ClassVar[str] = "record.resumed"


@dataclass(frozen=True, kw_only=True)
class RecordRevoked(RecordStep):
    """撤销."""

    kind: ClassVar[str] = "record.revoked"


@dataclass(frozen=True, kw_only=True)
class RecordCancelled(RecordStep):
    """注销."""

    kind: ClassVar[str] = "record.cancelled"


@dataclass(frozen=True, kw_only=True)
class RecordSuperseded(RecordStep):
    """由新版本取代."""

    kind: ClassVar[str] = "record.superseded"


@dataclass(frozen=True, kw_only=True)
class EndingStep(Event):
    """Steps of a proposal to end a record."""

    proposal: int
    action: Code
    reason_code: Code


@dataclass(frozen=True, kw_only=True)
class EndingProposed(EndingStep):
    """提议撤销或注销."""

    kind: ClassVar[str] = "record.ending-proposed"


@dataclass(frozen=True, kw_only=True)
class EndingApproved(EndingStep):
    """批准."""

    kind: ClassVar[str] = "record.ending-approved"


@dataclass(frozen=True, kw_only=True)
class EndingRejected(EndingStep):
    """驳回."""

    kind: ClassVar[str] = "record.ending-rejected"


@dataclass(frozen=True, kw_only=True)
class EndingTakenBack(EndingStep):
    """撤回提议."""

    kind: ClassVar[str] = "record.ending-taken-back"
