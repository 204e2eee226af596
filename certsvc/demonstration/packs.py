"""The demonstration's packs, put into force by its two people."""

from datetime import datetime

from sqlalchemy.orm import Session

from certsvc.catalogue.packs.decisions import decide_version
from certsvc.catalogue.packs.service import find_approved, propose_version
from certsvc.catalogue.packs.shown_versions import whole_version
from certsvc.demonstration.district import ensure_staff
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.clock import china_day
from certsvc.people.accounts.service import staff_actor
from templates.packs import PackLibrary

_REASON = "演示启用"


def put_packs_in_force(session: Session, packs: PackLibrary, *, now: datetime) -> None:
    """Put every pack of the folder into force whose version number is not in use yet."""
    ensure_staff(session)
    proposer, approver = staff_actor(session, "pack.sun"), staff_actor(session, "pack.zhou")
    for pack in packs:
        if find_approved(session, pack.code, pack.version):
            continue
        version = propose_version(
            session,
            pack=pack,
            effective_on=china_day(now),
            reason=_REASON,
            actor=proposer,
            now=now,
        )
        shown = whole_version(session, version).digest
        decision = Decision(outcome=Outcome.APPROVED, reason=_REASON, shown=shown)
        decide_version(session, version.id, decision, actor=approver, now=now)
