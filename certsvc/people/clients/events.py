"""What happens to systems as clients; the subject is the client."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code


@dataclass(frozen=True, kw_only=True)
class ClientAdded(Event):
    """应用系统登记."""

    kind: ClassVar[str] = "client.added"

    left_out: ClassVar[frozenset[str]] = frozenset({"matters"})

    unit: Code
    scopes: frozenset[Code]
    matters: frozenset[Code] | None = None
    """None: all of its unit."""


@dataclass(frozen=True, kw_only=True)
class ClientSecretRotated(Event):
    """更换密钥."""

    kind: ClassVar[str] = "client.secret-rotated"

    old_until: datetime
    """Until when the secret before is good."""


@dataclass(frozen=True, kw_only=True)
class ClientDisabled(Event):
    """停用."""

    kind: ClassVar[str] = "client.disabled"


@dataclass(frozen=True, kw_only=True)
class ClientTokenGiven(Event):
    """发放访问令牌."""

    kind: ClassVar[str] = "client.token-given"

    scopes: frozenset[Code]


@dataclass(frozen=True, kw_only=True)
class ClientGuessedAt(Event):
    """Somebody tried wrong secrets, one after another."""

    kind: ClassVar[str] = "client.guessed-at"
