"""What happens to jobs; the subject is the kind of job."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event


@dataclass(frozen=True, kw_only=True)
class JobGivenUp(Event):
    """任务失败: it failed as often as it may."""

    kind: ClassVar[str] = "job.given-up"

    number: int
    attempts: int
