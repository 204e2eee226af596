"""The life of a seal.

- 申请 → 制作 → 备案 → 启用 ⇄ 停用 → 注销, each step proposed by one person and approved by another.
- 变更 (of image, signing certificate or key, or of what the seal may be used for) is such a step
  too; it keeps the state, and what was before stays on record.
- A proposal that is withdrawn, rejected or older than a week changes nothing and blocks nothing.
- The system itself may do one thing: stop a seal in use. Only people put it into use again.
- A seal may be used only between an approved 启用 and the next 停用 or 注销.
- The state at any past instant follows from the approved changes alone.
"""

from enum import StrEnum

from certsvc.foundation.states.rules import BY_SYSTEM, Move, TransitionTable, Who

SYSTEM = "system"
"""Actor of changes that the system makes."""


class SealState(StrEnum):
    """State of a seal."""

    APPLIED = "applied"
    """已申请."""
    MADE = "made"
    """已制作."""
    FILED = "filed"
    """已备案."""
    IN_USE = "in_use"
    """启用."""
    STOPPED = "stopped"
    """停用."""
    CANCELLED = "cancelled"
    """注销."""


class SealAction(StrEnum):
    """A change of a seal's state."""

    APPLY = "apply"
    MAKE = "make"
    FILE = "file"
    ENABLE = "enable"
    STOP = "stop"
    CANCEL = "cancel"
    AMEND = "amend"
    """变更 of image, signing certificate or key."""
    RESCOPE = "rescope"
    """变更使用范围: of what the seal may be used for."""


class StopReasonCode(StrEnum):
    """Why the system stopped a seal; stands in the register in place of a person's reason."""

    TOTAL_LIMIT = "total_limit"
    """It was used as often as it may be."""
    CERTIFICATE_ENDING = "certificate_ending"
    """Its signing certificate ends soon, or has ended."""


_ALTERABLE = (
    SealState.APPLIED,
    SealState.MADE,
    SealState.FILED,
    SealState.IN_USE,
    SealState.STOPPED,
)
_BY_APPROVAL = (Who(right="approve_seal_change", another_person=True),)
"""A change takes effect by approval, never by the proposal alone (市中区规则第九条)."""
_NEEDS = ("proposal", "reason")


def _moves(
    action: SealAction, *pairs: tuple[SealState | None, SealState], more: tuple[Who, ...] = ()
) -> list[Move[SealState, SealAction]]:
    return [
        Move(before=before, event=action, after=after, who=(*_BY_APPROVAL, *more), needs=_NEEDS)
        for before, after in pairs
    ]


SEAL_LIFE = TransitionTable(
    "seal",
    *_moves(SealAction.APPLY, (None, SealState.APPLIED)),
    *_moves(SealAction.MAKE, (SealState.APPLIED, SealState.MADE)),
    *_moves(SealAction.FILE, (SealState.MADE, SealState.FILED)),
    *_moves(
        SealAction.ENABLE,
        (SealState.FILED, SealState.IN_USE),
        (SealState.STOPPED, SealState.IN_USE),
    ),
    *_moves(SealAction.STOP, (SealState.IN_USE, SealState.STOPPED), more=(BY_SYSTEM,)),
    *_moves(
        SealAction.CANCEL,
        (SealState.IN_USE, SealState.CANCELLED),
        (SealState.STOPPED, SealState.CANCELLED),
        (SealState.FILED, SealState.CANCELLED),
    ),
    *_moves(SealAction.AMEND, *((state, state) for state in _ALTERABLE)),
    *_moves(SealAction.RESCOPE, *((state, state) for state in _ALTERABLE)),
    states=SealState,
    events=SealAction,
    words=("state", "action"),
    final=(SealState.CANCELLED,),
)


class SealUseEvent(StrEnum):
    """State of an authorisation to use a seal."""

    INTENDED = "intended"
    """已登记用印意图, before the key is touched."""
    SEALED = "sealed"
    """已用印."""
    ABANDONED = "abandoned"
    """已放弃: it is unknown whether the key was used; no sealed file was published."""


class SealUseStep(StrEnum):
    """A step of using a seal."""

    INTEND = "intend"
    SEAL = "seal"
    ABANDON = "abandon"


SEAL_USE_LIFE = TransitionTable(
    "seal-use",
    Move(before=None, event=SealUseStep.INTEND, after=SealUseEvent.INTENDED),
    Move(before=SealUseEvent.INTENDED, event=SealUseStep.SEAL, after=SealUseEvent.SEALED),
    Move(before=SealUseEvent.INTENDED, event=SealUseStep.ABANDON, after=SealUseEvent.ABANDONED),
    states=SealUseEvent,
    events=SealUseStep,
    words=("life.seal-use", "life.seal-use-step"),
    final=(SealUseEvent.SEALED, SealUseEvent.ABANDONED),
)
