"""Events of departments' handlers; the subject is the reply."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code


@dataclass(frozen=True, kw_only=True)
class InquiryReplied(Event):
    """核实回复."""

    kind: ClassVar[str] = "inquiry.replied"

    type: Code
    unit: Code
