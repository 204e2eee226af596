"""Everything that a ceremony would do, for whoever approves it.

- The file's text, and the address of every key that it names and does not make: a name alone does
  not say which library is loaded, or which host is asked.
- Names and addresses in our keeping never change. A key that took a name after an approval was
  not approved: the digest is another one.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from certsvc.foundation.approvals.shown import digest_of_shown
from certsvc.sealing.custody.records import CustodyKey
from certsvc.sealing.custody.rules import Ceremony

KIND = "key-ceremony/1"


@dataclass(frozen=True, kw_only=True)
class ShownCeremony:
    """A ceremony as it is shown to whoever approves it."""

    ceremony: Ceremony
    """The file."""
    kept: tuple[CustodyKey, ...]
    """Keys in custody that it names, by name."""

    @cached_property
    def effect(self) -> dict[str, Any]:
        """All that would be done, as JSON has it."""
        ceremony = self.ceremony
        return {
            "sha256": ceremony.sha256,
            "number": ceremony.number,
            "title": ceremony.title,
            "operator": ceremony.operator,
            "approvers": list(ceremony.approvers),
            "protocol_key": ceremony.protocol_key,
            "steps": [
                {"action": step.action.value, "key": step.key, **step.entries}
                for step in ceremony.steps
            ],
            "keys": {key.name: key.uri for key in self.kept},
        }

    @cached_property
    def digest(self) -> str:
        """What an approval is bound to."""
        return digest_of_shown(KIND, self.effect)


def whole_ceremony(session: Session, ceremony: Ceremony) -> ShownCeremony:
    """Return all that a ceremony would do."""
    named = sorted({ceremony.protocol_key, *(step.key for step in ceremony.steps)})
    found = (session.get(CustodyKey, name) for name in named)
    return ShownCeremony(ceremony=ceremony, kept=tuple(key for key in found if key is not None))
