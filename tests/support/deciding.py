"""Decisions in one line: approve, reject, withdraw a change of a seal or a version of a pack."""

from datetime import datetime

from sqlalchemy.orm import Session

from certsvc.catalogue.packs.decisions import decide_version
from certsvc.catalogue.packs.records import PackVersion
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.decisions import decide_change
from certsvc.sealing.changes.shown_changes import ChangeReader
from certsvc.sealing.register.rules import SealState


def approve_change(
    session: Session,
    *,
    change_id: int,
    shown: str,
    reader: ChangeReader,
    reason: str,
    actor: Actor,
    now: datetime,
) -> SealState:
    decision = Decision(outcome=Outcome.APPROVED, reason=reason, shown=shown)
    state = decide_change(session, change_id, decision, actor=actor, now=now, reader=reader)
    assert state is not None
    return state


def reject_change(
    session: Session, *, change_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    decision = Decision(outcome=Outcome.REJECTED, reason=reason)
    decide_change(session, change_id, decision, actor=actor, now=now)


def withdraw_change(session: Session, *, change_id: int, actor: Actor, now: datetime) -> None:
    decision = Decision(outcome=Outcome.WITHDRAWN)
    decide_change(session, change_id, decision, actor=actor, now=now)


def approve_version(
    session: Session, *, version_id: int, shown: str, reason: str, actor: Actor, now: datetime
) -> PackVersion:
    decision = Decision(outcome=Outcome.APPROVED, reason=reason, shown=shown)
    return decide_version(session, version_id, decision, actor=actor, now=now)


def reject_version(
    session: Session, *, version_id: int, reason: str, actor: Actor, now: datetime
) -> PackVersion:
    decision = Decision(outcome=Outcome.REJECTED, reason=reason)
    return decide_version(session, version_id, decision, actor=actor, now=now)


def withdraw_version(
    session: Session, *, version_id: int, reason: str, actor: Actor, now: datetime
) -> PackVersion:
    decision = Decision(outcome=Outcome.WITHDRAWN, reason=reason)
    return decide_version(session, version_id, decision, actor=actor, now=now)
