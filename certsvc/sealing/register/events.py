"""Events of seals other than changes that people decide; the subject is the seal."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code


@dataclass(frozen=True, kw_only=True)
class SealStopped(Event):
    """系统自动停用."""

    kind: ClassVar[str] = "seal.stopped-by-system"

    number: int
    reason_code: Code


@dataclass(frozen=True, kw_only=True)
class FilingExported(Event):
    """备案材料导出."""

    kind: ClassVar[str] = "seal.filing-exported"

    state: Code
