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

from certsvc.foundation.errors import RefusedError

SYSTEM = "system"
"""Who stopped a seal where no person did."""


class SealState(StrEnum):
    """Where a seal stands in its life."""

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


class StopGround(StrEnum):
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
TRANSITIONS: dict[tuple[SealState | None, SealAction], SealState] = {
    (None, SealAction.APPLY): SealState.APPLIED,
    (SealState.APPLIED, SealAction.MAKE): SealState.MADE,
    (SealState.MADE, SealAction.FILE): SealState.FILED,
    (SealState.FILED, SealAction.ENABLE): SealState.IN_USE,
    (SealState.STOPPED, SealAction.ENABLE): SealState.IN_USE,
    (SealState.IN_USE, SealAction.STOP): SealState.STOPPED,
    (SealState.IN_USE, SealAction.CANCEL): SealState.CANCELLED,
    (SealState.STOPPED, SealAction.CANCEL): SealState.CANCELLED,
    (SealState.FILED, SealAction.CANCEL): SealState.CANCELLED,
    **{(state, SealAction.AMEND): state for state in _ALTERABLE},
    **{(state, SealAction.RESCOPE): state for state in _ALTERABLE},
}


class SealTransitionError(RefusedError):
    """The seal's state does not permit this change."""

    code = "seals.transition-refused"


def next_state(state: SealState | None, action: SealAction) -> SealState:
    """Return the state that a change leads to.

    Raises:
        SealTransitionError: the table has no such change.
    """
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise SealTransitionError(action=action.value, state=state or "none") from None
