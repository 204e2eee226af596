"""The base of all events.

- An event is a frozen dataclass, defined in the wing where it happens; its `kind` never changes,
  since entries of the log and what subscribers remember name it.
- Its fields are declared with the forms of `forms`; one that holds anything else cannot be made.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, ClassVar, get_type_hints

from certsvc.foundation.clock import rfc3339
from certsvc.foundation.db.base import Json
from certsvc.foundation.events.forms import Code, check_form

_SUBJECT = "subject"


@dataclass(frozen=True, kw_only=True)
class Event:
    """事件: something that happened.

    Attributes:
        kind: Stable name, `area.what-happened`.
        left_out: Fields that stand in the details only if they are not None.
    """

    kind: ClassVar[str] = ""
    left_out: ClassVar[frozenset[str]] = frozenset()

    subject: Code
    """What it happened to: a copy number, a seal, a batch."""

    def __post_init__(self) -> None:
        forms = self._forms()
        for field in fields(self):
            check_form(field.name, getattr(self, field.name), forms[field.name])

    @property
    def details(self) -> Json:
        """All fields but the subject, as JSON has them."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: _plain(value)
            for name, value in named.items()
            if name != _SUBJECT and not (value is None and name in self.left_out)
        }

    @classmethod
    @cache
    def _forms(cls) -> dict[str, Any]:
        return get_type_hints(cls, include_extras=True)

    @classmethod
    def kinds(cls) -> "dict[str, type[Event]]":
        """Return the classes that are defined below this one, by their kinds."""
        found = {cls.kind: cls} if cls.kind else {}
        for each in cls.__subclasses__():
            found |= each.kinds()
        return found


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | frozenset):
        return [_plain(each) for each in (sorted(value) if isinstance(value, frozenset) else value)]
    return value
