"""What happens to webhooks; the subject is the webhook."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code


@dataclass(frozen=True, kw_only=True)
class WebhookStep(Event):
    """Fields that all steps share."""

    client: Code


@dataclass(frozen=True, kw_only=True)
class WebhookAdded(WebhookStep):
    """登记."""

    kind: ClassVar[str] = "webhook.added"


@dataclass(frozen=True, kw_only=True)
class WebhookSecretRotated(WebhookStep):
    """更换密钥."""

    kind: ClassVar[str] = "webhook.secret-rotated"


@dataclass(frozen=True, kw_only=True)
class WebhookEnabled(WebhookStep):
    """重新启用."""

    kind: ClassVar[str] = "webhook.enabled"


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(WebhookStep):
    """停用: it failed for long, or said that it is gone."""

    kind: ClassVar[str] = "webhook.disabled"


@dataclass(frozen=True, kw_only=True)
class WebhookRemoved(WebhookStep):
    """删除."""

    kind: ClassVar[str] = "webhook.removed"
