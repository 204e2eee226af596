"""Links of accounts to persons of the identity platform; the subject is the account."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Digest, Label


@dataclass(frozen=True, kw_only=True)
class IdentityLinked(Event):
    """关联统一身份."""

    kind: ClassVar[str] = "identity.linked"

    subject: Label
    identity_hmac: Digest
    """Keyed digest of the platform's number of the person."""


@dataclass(frozen=True, kw_only=True)
class IdentityUnlinked(Event):
    """解除关联."""

    kind: ClassVar[str] = "identity.unlinked"

    subject: Label
    identity_hmac: Digest
