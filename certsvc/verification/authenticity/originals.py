"""Access to the original of a file that differs from what was issued.

The register's own rights decide, as anywhere else; nobody gets more here than elsewhere.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from certsvc.certificates.extraction.record_cards import get_record_card
from certsvc.certificates.extraction.rules import SERVED
from certsvc.certificates.extraction.service import get_copy, state_of_copy
from certsvc.foundation.errors import CertsvcError
from certsvc.people.rights.rules import Actor
from certsvc.verification.authenticity.rules import Original


class WayToOriginal(StrEnum):
    """How a reader gets an original."""

    FILE = "file"
    """They may fetch it: its holder, or the unit that extracted it."""
    RECORD = "record"
    """They may see its record, which says who has it: the unit that vouches for it."""
    ASK = "ask"
    """They have to ask the unit."""


def way_to_original(
    session: Session, original: Original, *, actor: Actor | None, now: datetime
) -> WayToOriginal:
    """Return how a reader gets an original; a file that is not handed out is for nobody."""
    if actor is None:
        return WayToOriginal.ASK
    if original.copy_number is not None:
        try:
            copy = get_copy(session, original.copy_number, actor=actor)
        except CertsvcError:
            pass
        else:
            if state_of_copy(copy, now) in SERVED:
                return WayToOriginal.FILE
    try:
        get_record_card(session, original.identifier, actor=actor, now=now)
    except CertsvcError:
        return WayToOriginal.ASK
    return WayToOriginal.RECORD
