"""Events of the log of uses; the subject is the seal, or a dash for all."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event


@dataclass(frozen=True, kw_only=True)
class UsesExported(Event):
    """用印记录导出."""

    kind: ClassVar[str] = "seal.uses-exported"

    count: int
