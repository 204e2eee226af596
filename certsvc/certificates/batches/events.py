"""Events of batches; the subject is the batch."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code


@dataclass(frozen=True, kw_only=True)
class BatchChecked(Event):
    """Fields that all outcomes of the check share."""

    rows: int
    errors: int


@dataclass(frozen=True, kw_only=True)
class BatchAccepted(BatchChecked):
    """受理."""

    kind: ClassVar[str] = "batch.accepted"


@dataclass(frozen=True, kw_only=True)
class BatchSummedUp(BatchChecked):
    """待确认: checked, and shown to whoever sent it."""

    kind: ClassVar[str] = "batch.checked"


@dataclass(frozen=True, kw_only=True)
class BatchConfirmed(Event):
    """确认办理."""

    kind: ClassVar[str] = "batch.confirmed"

    rows: int


@dataclass(frozen=True, kw_only=True)
class BatchRejected(BatchChecked):
    """不予受理."""

    kind: ClassVar[str] = "batch.rejected"


@dataclass(frozen=True, kw_only=True)
class BatchCancelled(Event):
    """取消."""

    kind: ClassVar[str] = "batch.cancelled"


@dataclass(frozen=True, kw_only=True)
class BatchResumed(Event):
    """重新开始."""

    kind: ClassVar[str] = "batch.resumed"


@dataclass(frozen=True, kw_only=True)
class BatchFinished(Event):
    """办结: every row has its outcome."""

    kind: ClassVar[str] = "batch.finished"


@dataclass(frozen=True, kw_only=True)
class BatchFetched(Event):
    """取走结果."""

    kind: ClassVar[str] = "batch.fetched"

    what: Code
    issued: int
