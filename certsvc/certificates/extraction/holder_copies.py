"""Earlier copies that a unit extracted about a holder, shown to clerks first.

- Only the unit's own copies are shown, and only for a matter that it handles; nothing is asked of
  any source, since no proof has been chosen yet (非必要不收集).
- Every look-up of a person is logged: who, when, for which matter, and by a keyed
  digest about whom; never a name or a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.matters.records import Matter
from certsvc.catalogue.matters.service import get_matter_of
from certsvc.certificates.extraction.events import HolderLookedUp
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import CopyState
from certsvc.certificates.extraction.service import extracted_by, state_of_copy
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.codes.holder import (
    HolderCode,
    has_wrong_check_character,
    is_old_identity_number,
    mask_code,
    mask_name,
)
from certsvc.foundation.events.holder_digests import holder_hmac
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor, Permission, require

MOST_COPIES = 20
"""Copies that are looked at, the newest first."""


@dataclass(frozen=True, kw_only=True)
class HolderCopies:
    """A holder, with the unit's earlier copies."""

    matter: Matter
    """Matter that is handled."""
    name: str | None
    """Masked, as a source last gave it to the unit; None if the unit never extracted anything."""
    code: str
    """Masked."""
    is_doubtful: bool
    """Whether the last character of the number does not fit the others."""
    is_old_form: bool
    """Whether it is an identity number of 15 digits."""
    copies: Sequence[Extraction] = field(repr=False)
    """The unit's copies, those in force first, then the newest."""


def look_up_holder(
    session: Session,
    *,
    holder: HolderCode,
    holder_key: bytes,
    matter_code: str,
    actor: Actor,
    now: datetime,
) -> HolderCopies:
    """Return the copies that the actor's unit extracted about a holder, and log the look-up.

    `holder_key` is the installation's key for holders in the log.

    Raises:
        PermissionDeniedError: the actor may not issue, or not read the unit's certificates.
        MatterUnknownError: there is no such matter.
        MatterOfOtherUnitError: the unit does not handle it.
        MatterExcludedError: it is excluded.
    """
    require(actor, Permission.ISSUE)
    require(actor, Permission.READ_UNIT_CERTIFICATES)
    matter = get_matter_of(session, matter_code, unit_code=actor.unit_code or "")
    copies = session.scalars(
        select(Extraction)
        .join(CertificateRecord, CertificateRecord.id == Extraction.record_id)
        .where(
            CertificateRecord.holder_kind == holder.kind.value,
            CertificateRecord.holder_code == holder.value,
            extracted_by(actor),
            Extraction.object_sha256.is_not(None),
        )
        .order_by(Extraction.extracted_at.desc(), Extraction.copy_number)
        .limit(MOST_COPIES)
    ).all()
    looked_up = HolderLookedUp(
        subject=matter.code, copies=len(copies), holder_hmac=holder_hmac(holder_key, holder)
    )
    record(session, looked_up, actor=actor.id, now=now)
    return HolderCopies(
        matter=matter,
        name=mask_name(copies[0].record.holder_name) if copies else None,
        code=mask_code(holder.value),
        is_doubtful=has_wrong_check_character(holder),
        is_old_form=is_old_identity_number(holder),
        copies=sorted(copies, key=lambda copy: state_of_copy(copy, now) != CopyState.IN_FORCE),
    )
