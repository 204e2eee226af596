"""Events of keys and ceremonies; the subject is the key, or the ceremony."""

from dataclasses import dataclass
from typing import ClassVar

from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import Code, Digest, Label
from certsvc.sealing.custody.rules import KeyAction, Outcome


@dataclass(frozen=True, kw_only=True)
class KeyStep(Event):
    """Fields that all steps share."""

    left_out: ClassVar[frozenset[str]] = frozenset({"ceremony"})

    operation: Code
    ceremony: Digest | None = None
    """Digest of the ceremony that it is part of."""


@dataclass(frozen=True, kw_only=True)
class KeyGenerationStarted(KeyStep):
    """生成开始."""

    kind: ClassVar[str] = "key.generate-started"


@dataclass(frozen=True, kw_only=True)
class KeyGenerationDone(KeyStep):
    """生成完成."""

    kind: ClassVar[str] = "key.generate-done"


@dataclass(frozen=True, kw_only=True)
class KeyGenerationFailed(KeyStep):
    """生成失败."""

    kind: ClassVar[str] = "key.generate-failed"


@dataclass(frozen=True, kw_only=True)
class KeyRequestStarted(KeyStep):
    """申请证书开始."""

    kind: ClassVar[str] = "key.request-started"


@dataclass(frozen=True, kw_only=True)
class KeyRequestDone(KeyStep):
    """申请证书完成."""

    kind: ClassVar[str] = "key.request-done"


@dataclass(frozen=True, kw_only=True)
class KeyRequestFailed(KeyStep):
    """申请证书失败."""

    kind: ClassVar[str] = "key.request-failed"


@dataclass(frozen=True, kw_only=True)
class KeyCertificationStarted(KeyStep):
    """导入证书开始."""

    kind: ClassVar[str] = "key.certify-started"


@dataclass(frozen=True, kw_only=True)
class KeyCertificationDone(KeyStep):
    """导入证书完成."""

    kind: ClassVar[str] = "key.certify-done"


@dataclass(frozen=True, kw_only=True)
class KeyCertificationFailed(KeyStep):
    """导入证书失败."""

    kind: ClassVar[str] = "key.certify-failed"


@dataclass(frozen=True, kw_only=True)
class KeyRotationStarted(KeyStep):
    """更换开始."""

    kind: ClassVar[str] = "key.rotate-started"


@dataclass(frozen=True, kw_only=True)
class KeyRotationDone(KeyStep):
    """更换完成."""

    kind: ClassVar[str] = "key.rotate-done"


@dataclass(frozen=True, kw_only=True)
class KeyRotationFailed(KeyStep):
    """更换失败."""

    kind: ClassVar[str] = "key.rotate-failed"


@dataclass(frozen=True, kw_only=True)
class KeyDestructionStarted(KeyStep):
    """销毁开始."""

    kind: ClassVar[str] = "key.destroy-started"


@dataclass(frozen=True, kw_only=True)
class KeyDestructionDone(KeyStep):
    """销毁完成."""

    kind: ClassVar[str] = "key.destroy-done"


@dataclass(frozen=True, kw_only=True)
class KeyDestructionFailed(KeyStep):
    """销毁失败."""

    kind: ClassVar[str] = "key.destroy-failed"


@dataclass(frozen=True, kw_only=True)
class KeyAdopted(Event):
    """登记已有密钥."""

    kind: ClassVar[str] = "key.adopted"

    operation: Code


@dataclass(frozen=True, kw_only=True)
class CeremonyStep(Event):
    """Fields that all ceremony events share; the subject is the number of the ceremony."""

    subject: Label
    sha256: Digest
    """Of the ceremony's file."""


@dataclass(frozen=True, kw_only=True)
class CeremonyApproved(CeremonyStep):
    """批准."""

    kind: ClassVar[str] = "ceremony.approved"

    shown_sha256: Digest


@dataclass(frozen=True, kw_only=True)
class CeremonyStarted(CeremonyStep):
    """仪式开始."""

    kind: ClassVar[str] = "ceremony.started"


@dataclass(frozen=True, kw_only=True)
class CeremonyDone(CeremonyStep):
    """仪式完成."""

    kind: ClassVar[str] = "ceremony.done"


@dataclass(frozen=True, kw_only=True)
class CeremonyFailed(CeremonyStep):
    """仪式失败."""

    kind: ClassVar[str] = "ceremony.failed"


def key_step(action: KeyAction, outcome: Outcome) -> type[KeyStep]:
    """Return the event for the progress of an action on a key."""
    return _KEY_STEPS[f"key.{action.value}-{outcome.value}"]


_KEY_STEPS = {each.kind: each for each in KeyStep.__subclasses__()}
