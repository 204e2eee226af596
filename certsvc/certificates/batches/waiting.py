"""Batches that wait for a person's action."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import BatchState
from certsvc.people.rights.rules import Actor, Permission, require

WAITS_FOR_SOMEBODY = (BatchState.CHECKED, BatchState.STOPPED)
"""States that only a person ends."""
_MOST = 100
"""Counting stops at this number."""


def count_waiting(session: Session, *, actor: Actor) -> int:
    """Count the batches of the actor's unit that wait for somebody, up to a hundred.

    Raises:
        PermissionDeniedError: the actor may not issue.
    """
    require(actor, Permission.ISSUE)
    waiting = select(Batch.id).where(
        Batch.unit_code == actor.unit_code,
        Batch.state.in_([state.value for state in WAITS_FOR_SOMEBODY]),
    )
    return len(session.scalars(waiting.limit(_MOST)).all())
